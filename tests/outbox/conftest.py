"""A tiny platform to deliver to, and approved actions to deliver."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.outbox.delivery import Delivery, deliver
from q2c_pipelines.outbox.ownership import Ownership
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action
from q2c_pipelines.platforms.commands import ApplyPayment
from tests.policies import UNATTENDED


@pytest.fixture(scope="session")
def tiny_module() -> ModuleType:
    """The tiny platform's code."""
    spec = importlib.util.spec_from_file_location("tiny_platform", Path(__file__).with_name("tiny.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tiny(tiny_module: ModuleType) -> Iterator[Any]:
    """A running tiny platform."""
    with tiny_module.serving() as running:
        yield running


@pytest.fixture
def run(store: Store, tiny: Any, tiny_module: ModuleType, ownership: Ownership) -> Callable[..., Delivery]:
    """Delivers what is due to the tiny platform."""
    usual = {"handlers": tiny_module.handlers}
    return lambda **options: deliver(store, tiny_module.clients(tiny.base_url), ownership, **usual | options)


@pytest.fixture
def plan(store: Store) -> Callable[..., None]:
    """Plans one payment a key, which policy lets go unattended."""
    wanted: dict[str, Any] = {}

    def planned(*keys: str, platform: str = "tiny", amount: int = 10, **about: Any) -> None:
        for key in keys:
            command = ApplyPayment(
                key=key,
                platform=platform,
                deal_key="d1",
                legal_entity="US",
                customer_crm_id="c1",
                invoice_native_id="i1",
                invoice_number="INV1",
                payment_ref="ch_1",
                amount=Decimal(amount),
                currency="USD",
                paid_on=date(2026, 1, 2),
            )
            wanted[key] = planned_of(command, currency="USD", is_unattended_allowed=True, **about)
        propose(store, Plan(tuple(wanted.values())), UNATTENDED)

    return planned


@pytest.fixture
def action(store: Store) -> Callable[[str], Action]:
    """An action as it now stands."""

    def read(key: str) -> Action:
        with store.reading() as session:
            found = session.get_one(Action, key)
            session.expunge(found)
            return found

    return read
