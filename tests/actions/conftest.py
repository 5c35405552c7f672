"""Plans to test with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.actions.planner import Outcome, propose
from q2c_pipelines.actions.policy import Policy
from q2c_pipelines.actions.rows import Plan, Planned, planned_of
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action
from q2c_pipelines.platforms.commands import ApplyPayment, UpdateField

ALLOWED = {"is_unattended_allowed": True}
LIMITS = {"share_of_population": 0.5, "from_actions": 10, "amount": 100_000}


@pytest.fixture
def payment() -> Callable[..., Planned]:
    """An ApplyPayment as planned."""

    def make(key: str = "k1", amount: Any = 10, platform: str = "netsuite", currency: str = "USD", **about: Any) -> Planned:
        command = ApplyPayment(
            key=key,
            platform=platform,
            deal_key="d1",
            legal_entity=about.pop("legal_entity", "US"),
            customer_crm_id="c1",
            invoice_native_id="i1",
            invoice_number="INV1",
            payment_ref="ch_1",
            amount=Decimal(amount),
            currency=currency,
            paid_on=about.pop("paid_on", date(2026, 1, 2)),
        )
        return planned_of(command, currency=currency, **ALLOWED | about)

    return make


@pytest.fixture
def update() -> Callable[..., Planned]:
    """An UpdateField as planned."""

    def make(
        key: str = "u1",
        value: str = "new",
        entity: str = "customer",
        attribute: str = "name",
        platform: str = "netsuite",
        booked_on: date | None = None,
        **about: Any,
    ) -> Planned:
        command = UpdateField(
            key=key,
            platform=platform,
            deal_key=None,
            legal_entity="US",
            entity=entity,
            native_id="7",
            attribute=attribute,
            observed="old",
            value=value,
            observed_version=datetime(2026, 1, 1, tzinfo=UTC),
            booked_on=booked_on,
        )
        return planned_of(command, **ALLOWED | about)

    return make


@pytest.fixture
def policy() -> Callable[..., Policy]:
    """A policy with these rules; what they do not name needs approval."""
    return lambda *rules, **brake: Policy.model_validate({"rules": list(rules), "brake": LIMITS | brake})


@pytest.fixture
def plan(store: Store, policy: Callable[..., Policy]) -> Callable[..., Outcome]:
    """Brings the store to a plan of these actions."""

    def run(*planned: Planned, under: Policy | None = None, by: str = "q2c", **facts: Any) -> Outcome:
        return propose(store, Plan(planned, **facts), under or policy(), by=by)

    return run


@pytest.fixture
def action(store: Store) -> Callable[[str], Action]:
    """An action as it now stands."""

    def read(key: str = "k1") -> Action:
        with store.reading() as session:
            found = session.get_one(Action, key)
            session.expunge(found)
            return found

    return read


@pytest.fixture
def change(store: Store) -> Callable[..., None]:
    """Sets columns of an action, as delivery would."""

    def write(key: str = "k1", **values: Any) -> None:
        with store.work() as work:
            found = work.session.get_one(Action, key)
            for name, value in values.items():
                setattr(found, name, value)
            work.commit()

    return write
