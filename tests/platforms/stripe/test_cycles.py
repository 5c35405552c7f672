"""What time does to subscriptions: trials end, periods follow each other, terms are over; and what backdating bills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.platforms.stripe.billing import seat, subscribe
from tests.platforms.stripe.conftest import NOW, Account, seconds
from tests.platforms.stripe.invoicing import get, item, refused


@pytest.fixture
def price(http: httpx.Client) -> str:
    return seat(http)


def invoices(http: httpx.Client) -> list[tuple[str, int]]:
    """Why each was made and what it came to, oldest first."""
    return [(each["billing_reason"], each["total"]) for each in get(http, "invoices", limit=100)["data"][::-1]]


def period(http: httpx.Client, subscription: str) -> tuple[datetime, datetime]:
    (part,) = get(http, f"subscriptions/{subscription}")["items"]["data"]
    return tuple(datetime.fromtimestamp(part[f"current_period_{end}"], UTC) for end in ("start", "end"))


def test_a_period_that_is_over_is_followed_by_the_next_and_billed(account: Account, http: httpx.Client, price: str) -> None:
    made = subscribe(http, price)
    account.advance(days=62)
    assert period(http, made["id"]) == (datetime(2027, 1, 5, 18, 30, tzinfo=UTC), datetime(2027, 2, 5, 18, 30, tzinfo=UTC))
    assert invoices(http) == [("subscription_create", 25000), ("subscription_cycle", 50000)]
    assert account.told(made["id"])[-1] == "customer.subscription.updated"


def test_the_day_of_the_month_is_kept_where_a_month_has_it(account: Account, http: httpx.Client, price: str) -> None:
    account.at[0] = datetime(2027, 1, 31, 12, tzinfo=UTC)
    made = subscribe(http, price)
    assert period(http, made["id"])[1] == datetime(2027, 2, 28, 12, tzinfo=UTC)
    account.advance(days=28)
    assert period(http, made["id"])[1] == datetime(2027, 3, 31, 12, tzinfo=UTC)


def test_a_trial_asks_for_nothing_until_it_is_over(account: Account, http: httpx.Client, price: str) -> None:
    made = subscribe(http, price, trial_end=seconds(NOW + timedelta(days=3)))
    assert (made["status"], invoices(http)) == ("trialing", [("subscription_create", 0)])
    (line,) = get(http, f"invoices/{made['latest_invoice']}")["lines"]["data"]
    assert (line["description"], line["amount"]) == ("Trial period for SKU-1", 0)
    account.advance(days=4)
    assert get(http, f"subscriptions/{made['id']}")["status"] == "active"
    assert invoices(http)[1:] == [("subscription_cycle", 25000)]
    assert period(http, made["id"])[0] == NOW + timedelta(days=3)


def test_what_is_billed_once_comes_with_the_next_invoice(account: Account, http: httpx.Client, price: str) -> None:
    once = {"currency": "usd", "product": "SKU-1", "unit_amount": 9900}
    extra = {f"add_invoice_items[0][price_data][{name}]": value for name, value in once.items()}
    made = subscribe(http, price, **extra, **{"add_invoice_items[0][quantity]": 2})
    billed, seats = get(http, f"invoices/{made['latest_invoice']}")["lines"]["data"]
    assert (billed["amount"], seats["amount"]) == (19800, 25000)
    (waited,) = get(http, "invoiceitems", pending="false")["data"]
    assert billed["parent"]["invoice_item_details"]["invoice_item"] == waited["id"]
    assert waited["parent"]["subscription_details"]["subscription"] == billed["subscription"] == made["id"]
    assert item(http, amount=5)["parent"] is None


def test_time_gone_by_is_billed_by_the_period_and_what_is_left_of_one(http: httpx.Client, price: str) -> None:
    since = NOW - timedelta(days=40)
    made = subscribe(http, price, backdate_start_date=seconds(since), billing_cycle_anchor=seconds(NOW + timedelta(days=6)))
    lines = get(http, f"invoices/{made['latest_invoice']}")["lines"]["data"]
    assert [line["amount"] for line in lines] == [25000, round(25000 * 16 / 31)]
    assert lines[0]["period"]["start"] == made["start_date"] == seconds(since)


def test_what_goes_before_the_anchor_may_be_for_free(account: Account, http: httpx.Client, price: str) -> None:
    anchor = NOW + timedelta(days=6)
    made = subscribe(http, price, billing_cycle_anchor=seconds(anchor), proration_behavior="none")
    assert (made["latest_invoice"], period(http, made["id"])) == (None, (NOW, anchor))
    account.advance(days=7)
    assert invoices(http) == [("subscription_cycle", 25000)]


@pytest.mark.parametrize("how", ["cancel_at", "cancel_at_period_end"])
def test_a_term_that_is_over_ends_it_and_nothing_more_is_billed(account: Account, http: httpx.Client, price: str, how: str) -> None:
    ends = datetime(2026, 12, 5, 18, 30, tzinfo=UTC)
    made = subscribe(http, price, **{how: seconds(ends) if how == "cancel_at" else "true"})
    account.advance(days=40)
    held = get(http, f"subscriptions/{made['id']}")
    assert (held["status"], len(invoices(http)), account.told(made["id"])[-1]) == ("canceled", 1, "customer.subscription.deleted")
    assert how == "cancel_at_period_end" or held["ended_at"] == seconds(ends)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"cancel_at": seconds(NOW)}, "cancel_at"),
        ({"trial_end": seconds(NOW)}, "trial_end"),
        ({"backdate_start_date": seconds(NOW) + 1}, "backdate_start_date"),
        ({"billing_cycle_anchor": seconds(NOW) - 1}, "billing_cycle_anchor"),
        ({"proration_behavior": "all"}, "proration_behavior"),
        ({"items[1][price_data][currency]": "usd"}, "items[1][price_data][product]"),
        ({"add_invoice_items[0][price]": "seat"}, "price"),
    ],
)
def test_terms_that_cannot_be_are_refused(
    account: Account, http: httpx.Client, price: str, params: dict[str, Any], param: str
) -> None:
    before = account.writes()
    asked = {"customer": "cus_acme", "items[0][price]": price} | params
    assert refused(http.post("/v1/subscriptions", data=asked)) == (400, param)
    assert account.writes() == before
