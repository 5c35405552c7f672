"""Lines of a subscription corrected: once, only as observed, adopted after a lost answer, and what was billed left as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from tests.platforms.stripe.billing import seat, subscribe
from tests.platforms.stripe.conftest import CUSTOMER, Account, opened
from tests.platforms.stripe.invoicing import get, post, refused
from tests.platforms.stripe.told import HANDLERS, correct, run

CORRECTIONS = {"quantity": ("10", "12"), "unit_price": ("25.000000", "27.125")}


@pytest.fixture
def subscription(http: httpx.Client) -> dict[str, Any]:
    """Ten seats of 25.00."""
    return subscribe(http, seat(http))


@pytest.fixture
def item(subscription: dict[str, Any]) -> str:
    key: str = subscription["items"]["data"][0]["id"]
    return key


@pytest.fixture(params=CORRECTIONS)
def command(item: str, request: pytest.FixtureRequest) -> UpdateField:
    return correct(item, request.param, *CORRECTIONS[request.param])


@pytest.mark.proves("once")
def test_a_line_is_corrected_once_though_run_twice(account: Account, client: Client, command: UpdateField) -> None:
    first = run(client, command)
    after = account.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome, first.native_id) == ("written", "adopted", command.native_id)
    assert account.writes() == after


@pytest.mark.proves("timeout_after_commit")
def test_a_correction_whose_answer_was_lost_is_adopted(account: Account, client: Client, command: UpdateField) -> None:
    account.fault("timeout_after_commit", method="POST")
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, command)
    after = account.writes()
    assert (run(client, command).outcome, account.writes()) == ("adopted", after)


def test_a_line_that_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, command: UpdateField) -> None:
    before = account.writes()
    receipt = run(client, replace(command, observed="9"))
    assert (receipt.outcome, account.writes()) == ("superseded", before)
    assert "not 9 as observed" in receipt.detail


def test_a_line_that_is_gone_is_left_alone(client: Client, command: UpdateField) -> None:
    assert run(client, replace(command, native_id="si_none")).outcome == "superseded"


def test_another_price_keeps_product_interval_and_quantity(http: httpx.Client, client: Client, item: str) -> None:
    made = run(client, correct(item, "unit_price", "25", "27.125")).read_back
    assert (made["price"]["unit_amount_decimal"], made["price"]["product"], made["quantity"]) == ("2712.5", "SKU-1", 10)
    assert (made["price"]["recurring"]["interval"], made["price"]["active"]) == ("month", False)


def test_what_was_billed_stays_and_the_next_period_is_as_corrected(
    account: Account, http: httpx.Client, client: Client, subscription: dict[str, Any], item: str
) -> None:
    assert run(client, correct(item, "quantity", "10", "12")).outcome == "written"
    assert account.told(subscription["id"])[-1] == "customer.subscription.updated"
    account.advance(days=31)
    newest, first = get(http, "invoices", customer=CUSTOMER)["data"]
    assert (first["total"], newest["total"]) == (25000, 30000)


def test_a_write_says_that_nothing_is_prorated(client: Client, command: UpdateField) -> None:
    flow = HANDLERS[UpdateField](command)
    request = flow.send(client.read(next(flow)))
    assert (request.form["proration_behavior"], request.headers["Idempotency-Key"]) == ("none", command.key)


def test_a_price_with_a_tax_behaviour_keeps_it(account: Account, client: Client, item: str) -> None:
    flow = HANDLERS[UpdateField](correct(item, "unit_price", "25", "26"))
    found = client.read(next(flow)).json()
    found["price"]["tax_behavior"] = "exclusive"
    assert flow.send(httpx.Response(200, json=found)).form["price_data[tax_behavior]"] == "exclusive"


@pytest.mark.parametrize(
    ("native_id", "value", "said"),
    [("ii_1", "12", "billed once"), (None, "1.5", "quantities are whole")],
    ids=["an invoice item", "a part"],
)
def test_what_cannot_be_corrected_goes_to_a_person(
    account: Account, client: Client, item: str, native_id: str | None, value: str, said: str
) -> None:
    before = account.writes()
    with pytest.raises(Terminal, match=said) as told:
        run(client, correct(native_id or item, "quantity", "10", value))
    assert (told.value.code, account.writes()) == ("NOT_WRITABLE", before)


def test_a_price_that_depends_on_how_many_is_left_alone(client: Client, item: str) -> None:
    flow = HANDLERS[UpdateField](correct(item, "unit_price", "25", "26"))
    found = client.read(next(flow)).json()
    found["price"] |= {"unit_amount_decimal": None, "billing_scheme": "tiered"}
    with pytest.raises(StopIteration) as done:
        flow.send(httpx.Response(200, json=found))
    assert done.value.value.outcome == "superseded"


@pytest.mark.proves("error_body")
def test_a_line_of_a_subscription_that_ended_is_refused_in_the_vendors_words(
    http: httpx.Client, client: Client, subscription: dict[str, Any], command: UpdateField
) -> None:
    http.delete(f"/v1/subscriptions/{subscription['id']}")
    with pytest.raises(Terminal, match="A canceled subscription can only update"):
        run(client, command)


def test_of_another_price_one_is_sold_unless_it_is_said_how_many(http: httpx.Client, item: str) -> None:
    other = post(http, "prices", product="SKU-1", currency="usd", unit_amount=3000, **{"recurring[interval]": "month"})["id"]
    assert post(http, f"subscription_items/{item}", price=other)["quantity"] == 1
    once = post(http, "prices", product="SKU-1", currency="usd", unit_amount=3000)["id"]
    assert refused(http.post(f"/v1/subscription_items/{item}", data={"price": once})) == (400, "price")


def test_a_restricted_key_may_correct_lines() -> None:
    key = "rk_test_51secret"
    with opened(key) as account, account.client(key=key) as client:
        account.add("price", id="price_seat", product="SKU-1", currency="usd", unit_amount=2500, unit_amount_decimal="2500")
        account.add("subscription", id="sub_1", customer=CUSTOMER, status="active", currency="usd")
        account.add("subscription_item", id="si_1", subscription="sub_1", price="price_seat", quantity=1)
        assert run(client, correct("si_1", "quantity", "1", "2")).read_back["quantity"] == 2
