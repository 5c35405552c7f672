"""Products switched on and off, subscriptions ended: once, only as observed, adopted after a lost answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from tests.platforms.stripe.billing import seat, subscribe
from tests.platforms.stripe.conftest import Account
from tests.platforms.stripe.told import HANDLERS, cancel, run, update


@pytest.fixture
def commands(http: httpx.Client) -> dict[str, Command]:
    """A command for a product and one for a subscription that are there."""
    made = subscribe(http, seat(http))
    off = replace(update("is_active", "true", "false", entity="product"), native_id="SKU-1")
    return {"product": off, "subscription": cancel(made["id"])}


@pytest.fixture(params=["product", "subscription"])
def command(commands: dict[str, Command], request: pytest.FixtureRequest) -> Any:
    return commands[request.param]


@pytest.mark.proves("once")
def test_it_is_done_once_though_run_twice(account: Account, client: Client, command: Command) -> None:
    before = account.writes()
    first, second = run(client, command), run(client, command)
    assert (first.outcome, second.outcome, account.writes() - before) == ("written", "adopted", 1)
    assert first.read_back["active" if "active" in first.read_back else "status"] in (False, "canceled")


@pytest.mark.proves("timeout_after_commit")
def test_a_lost_answer_is_looked_up(account: Account, client: Client, command: Command) -> None:
    before = account.writes()
    for method in ("POST", "DELETE"):
        account.fault("timeout_after_commit", method=method)
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, command)
    assert (run(client, command).outcome, account.writes() - before) == ("adopted", 1)


def test_what_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, command: Any) -> None:
    before = account.writes()
    receipt = run(client, replace(command, observed="draft"))
    assert (receipt.outcome, account.writes() - before) == ("superseded", 0)
    assert "not 'draft' as observed" in receipt.detail


def test_what_is_gone_is_left_alone(client: Client, command: Any) -> None:
    assert run(client, replace(command, native_id="none")).outcome == "superseded"


def test_a_product_is_switched_on_again_only_where_it_was_seen_off(client: Client, commands: dict[str, Any]) -> None:
    on = replace(commands["product"], key="on", observed="false", value="true")
    run(client, commands["product"])
    assert run(client, on).read_back["active"] is True
    seen_off = replace(commands["product"], key="off", observed="false", value="false")
    assert "is_active is 'true', not 'false' as observed" in run(client, seen_off).detail


def test_one_that_ended_between_look_and_end_is_adopted(account: Account, client: Client, commands: dict[str, Any]) -> None:
    flow = HANDLERS[UpdateStatus](commands["subscription"])
    looked = client.read(next(flow))
    run(client, commands["subscription"])
    assert flow.send(looked).method == "DELETE"
    back = flow.send(httpx.Response(404))
    with pytest.raises(StopIteration) as done:
        flow.send(client.read(back))
    assert done.value.value.outcome == "adopted"


@pytest.mark.parametrize("changes", [{"value": "active"}, {"entity": "invoice"}])
def test_other_moves_are_refused_before_anything_is_sent(client: Client, changes: dict[str, str]) -> None:
    with pytest.raises(Terminal, match="only a subscription can be cancelled"):
        run(client, cancel("sub_1", **changes))
    assert client.requests == 0
