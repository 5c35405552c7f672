"""What the tests of Zuora may ask for: a tenant that is served, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.platforms.zuora import emulator
from q2c_pipelines.platforms.zuora.emulator.access import GATEWAY
from tests.platforms.served import serving
from tests.platforms.zuora.tenant import CREDENTIALS, NOW, Tenant, furnish


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], CREDENTIALS)
    app = emulator.application(emulation)
    furnish(state)
    with serving(app) as base_url:
        yield Tenant(emulation, app[GATEWAY], base_url, at)


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    with tenant.client() as client:
        yield client


@pytest.fixture
def http(tenant: Tenant) -> Iterator[httpx.Client]:
    """A bare client that is signed in."""
    with tenant.http() as http:
        yield http
