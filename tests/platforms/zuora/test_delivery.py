"""Delivery to a tenant over HTTP: what Zuora remembers of an attempt does not decide the next one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from q2c_pipelines.actions.approval import approve
from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.config import SEEDS
from q2c_pipelines.outbox.delivery import deliver
from q2c_pipelines.outbox.outcomes import Result
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.replay import replay
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.zuora.writer import handlers
from tests.conftest import Clock
from tests.platforms.zuora.commands import CUSTOMER, PAYMENT, SUBSCRIPTION, update
from tests.platforms.zuora.tenant import Tenant
from tests.policies import BY_HAND

TERM = update("subscription", "S-Q-00000042", "term_months", "12", "24")


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/operations.db", clock)
    yield opened
    opened.close()


def agreed(store: Store, command: Command) -> None:
    propose(store, Plan((planned_of(command, currency="USD"),)), BY_HAND)
    approve(store, [command.key], by="a person")


def run(store: Store, tenant: Tenant) -> Mapping[Result, int]:
    return deliver(store, lambda _: tenant.client(attempts=1), load_ownership(SEEDS)).results


def later(clock: Clock, tenant: Tenant) -> None:
    clock.advance(minutes=2)
    tenant.advance(minutes=2)


@pytest.mark.parametrize("trouble", ["lock", "timeout_after_commit"])
@pytest.mark.parametrize(
    ("command", "path"),
    [
        pytest.param(CUSTOMER, "/v1/accounts", id="customer"),
        pytest.param(SUBSCRIPTION, "/v1/orders", id="subscription"),
        pytest.param(PAYMENT, "/v1/payments", id="payment"),
        pytest.param(TERM, "/v1/orders", id="term"),
    ],
)
def test_one_attempt_more_is_enough(
    tenant: Tenant, client: Client, store: Store, clock: Clock, command: Command, path: str, trouble: str
) -> None:
    if command is TERM:
        client.run(handlers({})[type(SUBSCRIPTION)](SUBSCRIPTION))
    agreed(store, command)
    tenant.fault(trouble, match=path, method="POST")
    assert run(store, tenant) == {"retry" if trouble == "lock" else "unknown": 1}
    later(clock, tenant)
    assert run(store, tenant) == {"confirmed": 1}


def test_a_dead_action_whose_cause_is_mended_is_written_when_it_is_replayed(tenant: Tenant, store: Store, clock: Clock) -> None:
    agreed(store, SUBSCRIPTION)
    tenant.state.update("Product", "p1", {"effectiveEndDate": "2026-01-01"}, tenant.at[0], by="sandbox")
    assert run(store, tenant) == {"dead": 1}
    tenant.state.update("Product", "p1", {"effectiveEndDate": "2050-01-01"}, tenant.at[0], by="sandbox")
    later(clock, tenant)
    replay(store, by="a person")
    assert run(store, tenant) == {"confirmed": 1}


def test_while_the_first_request_is_on_its_way_no_other_is_made(tenant: Tenant, store: Store, clock: Clock) -> None:
    agreed(store, SUBSCRIPTION)
    running = (f"{SUBSCRIPTION.key}-0", "POST", "/v1/orders", tenant.at[0].isoformat())
    tenant.state.db.execute("insert into _idempotency values (?, ?, ?, null, null, ?)", running)
    for _ in range(2):
        assert run(store, tenant) == {"retry": 1}
        later(clock, tenant)
