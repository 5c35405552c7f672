"""What the tests of Oracle Fusion may ask for: a pod that is served, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.platforms.oracle_fusion import connection, emulator
from tests.platforms.oracle_fusion.pod import NOW, Pod, credentials, furnish
from tests.platforms.served import serving


@pytest.fixture
def pod() -> Iterator[Pod]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], credentials())
    app = emulator.application(emulation)
    furnish(state)
    with serving(app) as base_url:
        yield Pod(emulation, base_url, at)


@pytest.fixture
def client(pod: Pod) -> Iterator[Client]:
    with pod.client() as client:
        yield client


@pytest.fixture
def http(pod: Pod) -> Iterator[httpx.Client]:
    """The bare protocol, signed in, in the framework version that q2c speaks."""
    headers = {"REST-Framework-Version": "4", "Accept": "application/vnd.oracle.adf.error+json, application/json"}
    with httpx.Client(base_url=pod.base_url, auth=connection.auth(pod.connection()), headers=headers) as http:
        yield http
