"""CreateSubscription against the account: as agreed, once, found again, and what cannot be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import CreateSubscription
from q2c_pipelines.platforms.errors import Terminal, Transient, UnknownOutcome
from q2c_pipelines.platforms.stripe.money import in_minor_units
from q2c_pipelines.platforms.stripe.writer import handlers
from tests.platforms.stripe.conftest import CUSTOMER, EARLY, Account, seconds
from tests.platforms.stripe.invoicing import get
from tests.platforms.stripe.told import SUBSCRIPTION, SUBSCRIPTION_LINES, run


@pytest.fixture(autouse=True)
def products(account: Account) -> None:
    account.add("product", EARLY, id="SKU-1", name="Seat")
    account.add("product", EARLY, id="prod_setup", name="Setup", metadata={"product_code": "SKU-9"})


def subscriptions(account: Account) -> list[dict[str, Any]]:
    return account.state.select("select * from subscription")


def test_what_was_agreed_is_made(account: Account, client: Client) -> None:
    receipt = run(client, SUBSCRIPTION)
    made = receipt.read_back
    assert (receipt.outcome, made["customer"], made["status"], made["currency"]) == ("written", CUSTOMER, "trialing", "usd")
    assert made["metadata"] == {"quote_number": "Q-00000042", "order_number": "SO00000042"}
    assert (made["collection_method"], made["days_until_due"]) == ("send_invoice", 30)
    (item,) = made["items"]["data"]
    price = item["price"]
    assert (item["quantity"], price["product"], price["unit_amount_decimal"], price["active"]) == (10, "SKU-1", "3712.5", False)
    assert (price["recurring"]["interval"], price["recurring"]["interval_count"]) == ("month", 3)
    (once,) = account.state.select("select * from invoiceitem")
    assert (once["_subscription"], once["amount"], once["quantity"]) == (made["id"], 99000, 2)


def test_a_term_that_begins_later_is_a_trial_until_then(client: Client) -> None:
    made = run(client, SUBSCRIPTION).read_back
    starts, ends = datetime(2026, 11, 10, tzinfo=UTC), datetime(2027, 11, 10, tzinfo=UTC)
    assert (made["trial_end"], made["cancel_at"]) == (seconds(starts), seconds(ends))


def test_a_term_that_has_begun_is_backdated_and_its_periods_go_on_uncut(client: Client, http: httpx.Client) -> None:
    made = run(client, replace(SUBSCRIPTION, start_on=date(2026, 7, 31))).read_back
    assert (made["status"], made["start_date"]) == ("active", seconds(datetime(2026, 7, 31, tzinfo=UTC)))
    assert made["billing_cycle_anchor"] == seconds(datetime(2027, 1, 31, tzinfo=UTC))
    lines = get(http, f"invoices/{made['latest_invoice']}")["lines"]["data"]
    assert sorted(line["amount"] for line in lines) == [37125, 37125, 99000]


def test_time_gone_by_is_for_free_where_the_connection_says_so(client: Client, http: httpx.Client) -> None:
    command = replace(SUBSCRIPTION, start_on=date(2026, 7, 31), lines=SUBSCRIPTION_LINES[:1])
    receipt = client.run(handlers({"proration_behavior": "none"})[CreateSubscription](command))
    assert (receipt.outcome, receipt.read_back["latest_invoice"]) == ("written", None)


def test_tax_is_calculated_where_the_connection_says_so(account: Account, client: Client) -> None:
    taxing = handlers({"automatic_tax": "true", "collection_method": "charge_automatically"})[CreateSubscription]
    made = client.run(taxing(SUBSCRIPTION)).read_back
    assert (made["automatic_tax"]["enabled"], made["collection_method"], made["days_until_due"]) == (
        True,
        "charge_automatically",
        None,
    )
    account.plant("customer", CUSTOMER, address=None)
    with pytest.raises(Terminal, match="customer_tax_location_invalid"):
        client.run(taxing(replace(SUBSCRIPTION, key="another", quote_number="Q-00000043")))


@pytest.mark.proves("once")
@pytest.mark.parametrize("key", [SUBSCRIPTION.key, "another-key"])
def test_run_twice_is_made_once_whatever_the_key(account: Account, client: Client, key: str) -> None:
    first = run(client, SUBSCRIPTION)
    account.advance(minutes=1)
    second = run(client, replace(SUBSCRIPTION, key=key))
    assert (second.outcome, second.native_id, len(subscriptions(account))) == ("adopted", first.native_id, 1)


@pytest.mark.proves("timeout_after_commit")
def test_one_whose_answer_was_lost_is_adopted(account: Account, client: Client) -> None:
    account.fault("timeout_after_commit", method="POST")
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, SUBSCRIPTION)
    assert run(client, SUBSCRIPTION).outcome == "adopted"
    assert len(subscriptions(account)) == 1


def test_one_that_was_ended_since_is_not_made_again(account: Account, client: Client, http: httpx.Client) -> None:
    made = run(client, SUBSCRIPTION).native_id
    http.delete(f"/v1/subscriptions/{made}")
    again = run(client, SUBSCRIPTION)
    assert (again.outcome, again.native_id, again.read_back["status"]) == ("adopted", made, "canceled")


def test_one_of_another_customer_is_found_by_its_quote_too(account: Account, client: Client) -> None:
    account.add("customer", EARLY, id="cus_other", metadata={"crm_id": "other"})
    terms = {"status": "active", "currency": "usd", "collection_method": "send_invoice", "start_date": seconds(EARLY)}
    named = {"quote_number": SUBSCRIPTION.quote_number}
    account.add("subscription", EARLY, id="sub_other", customer="cus_other", metadata=named, **terms)
    assert (run(client, SUBSCRIPTION).outcome, run(client, SUBSCRIPTION).native_id) == ("adopted", "sub_other")


def test_a_customer_made_a_moment_ago_is_found_though_search_is_behind(account: Account, client: Client) -> None:
    account.add("customer", id="cus_new", metadata={"crm_id": "brand-new"})
    assert run(client, replace(SUBSCRIPTION, customer_crm_id="brand-new")).read_back["customer"] == "cus_new"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_crm_id": "nobody"}, "no customer carries the CRM id nobody; create the customer first"),
        ({"lines": SUBSCRIPTION_LINES[1:]}, "nothing recurs in quote Q-00000042"),
        ({"lines": (replace(SUBSCRIPTION_LINES[0], quantity=Decimal("1.5")),)}, "1.5 of SKU-1 cannot be sold"),
        ({"lines": (replace(SUBSCRIPTION_LINES[0], product_code="SKU-7"),)}, "0 products have the code SKU-7"),
        ({"start_on": date(2025, 1, 1)}, "the term of quote Q-00000042 ended on 2026-01-01"),
    ],
)
def test_what_cannot_be_made_goes_to_a_person(account: Account, client: Client, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Terminal, match=words):
        run(client, replace(SUBSCRIPTION, **changes))
    assert account.writes() == 0


def test_a_product_that_is_switched_off_is_refused_by_the_account(account: Account, client: Client) -> None:
    account.plant("product", "SKU-1", active=False)
    with pytest.raises(Terminal, match="product_inactive"):
        run(client, SUBSCRIPTION)
    assert subscriptions(account) == []


def test_after_a_refusal_it_is_asked_under_another_key(account: Account, client: Client) -> None:
    account.fault("lock_timeout", method="POST")
    with pytest.raises(Transient, match="lock_timeout"):
        run(client, SUBSCRIPTION)
    run(client, replace(SUBSCRIPTION, refusals=1))
    assert [row["key"] for row in account.state.select("select key from _idempotency")] == ["subscription-1-r1"]


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("12.345", "CAD", "1234.5"), ("500", "JPY", "500"), ("1.2345", "KWD", "1234.5")]
)
def test_amounts_are_counted_in_the_currencys_smallest_unit(amount: str, currency: str, units: str) -> None:
    assert in_minor_units(Decimal(amount), currency) == units
