"""Subscriptions: what one is made with, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CUSTOMER, NOW, Account, seconds
from tests.platforms.stripe.invoicing import get, post, refused


@pytest.fixture
def seat(http: httpx.Client) -> str:
    product = post(http, "products", name="Seat")["id"]
    key: str = post(http, "prices", product=product, currency="usd", unit_amount=2500, **{"recurring[interval]": "month"})["id"]
    return key


def subscribe(http: httpx.Client, price: str, **params: Any) -> dict[str, Any]:
    return post(http, "subscriptions", customer=CUSTOMER, **{"items[0][price]": price, "items[0][quantity]": 10}, **params)


def test_it_is_made_with_its_items_and_its_first_invoice(account: Account, http: httpx.Client, seat: str) -> None:
    made = subscribe(http, seat, collection_method="send_invoice", days_until_due=30, **{"metadata[q2c_id]": "SUB-42"})
    assert (made["status"], made["days_until_due"], made["metadata"]) == ("active", 30, {"q2c_id": "SUB-42"})
    assert "current_period_end" not in made
    (part,) = made["items"]["data"]
    assert (part["price"]["id"], part["quantity"], part["current_period_start"]) == (seat, 10, seconds(NOW))
    assert part["current_period_end"] == seconds(datetime(2026, 12, 5, 18, 30, tzinfo=UTC))
    invoice = get(http, f"invoices/{made['latest_invoice']}")
    assert (invoice["status"], invoice["billing_reason"], invoice["total"]) == ("open", "subscription_create", 25000)
    assert invoice["due_date"] == seconds(NOW) + 30 * 86_400
    assert invoice["parent"]["subscription_details"]["subscription"] == made["id"]
    (line,) = invoice["lines"]["data"]
    assert line["parent"]["subscription_item_details"]["subscription_item"] == part["id"]
    assert (line["description"], line["period"]["end"]) == ("10 × Seat", part["current_period_end"])
    assert account.told(made["id"]) == ["customer.subscription.created"]


def test_it_is_charged_at_once_unless_its_invoices_are_sent(http: httpx.Client, seat: str) -> None:
    made = post(http, "subscriptions", customer=CUSTOMER, **{"items[0][price]": seat, "expand[]": "latest_invoice"})
    assert (made["collection_method"], made["latest_invoice"]["status"]) == ("charge_automatically", "paid")


def test_a_quantity_changes_by_the_items_id(account: Account, http: httpx.Client, seat: str) -> None:
    made = subscribe(http, seat)
    part = made["items"]["data"][0]["id"]
    changed = post(http, f"subscriptions/{made['id']}", description="more", **{"items[0][id]": part, "items[0][quantity]": "12"})
    assert (changed["items"]["data"][0]["quantity"], changed["description"]) == (12, "more")
    (listed,) = get(http, "subscription_items", subscription=made["id"])["data"]
    assert listed == get(http, f"subscription_items/{part}") == changed["items"]["data"][0]
    assert account.told(made["id"])[-1] == "customer.subscription.updated"


def test_one_that_is_canceled_is_listed_only_where_it_is_asked_for(account: Account, http: httpx.Client, seat: str) -> None:
    kept, ended = subscribe(http, seat)["id"], subscribe(http, seat)["id"]
    canceled = http.delete(f"/v1/subscriptions/{ended}").json()
    assert (canceled["status"], canceled["ended_at"], account.told(ended)[-1]) == (
        "canceled",
        seconds(NOW),
        "customer.subscription.deleted",
    )
    assert get(http, f"subscriptions/{ended}")["status"] == "canceled"
    listed = {
        status: {each["id"] for each in get(http, "subscriptions", **({"status": status} if status else {}))["data"]}
        for status in ("", "all", "canceled")
    }
    assert listed == {"": {kept}, "all": {kept, ended}, "canceled": {ended}}
    assert http.delete(f"/v1/subscriptions/{ended}").status_code == 404
    assert http.post(f"/v1/subscriptions/{ended}", data={"description": "x"}).status_code == 400


def test_its_customers_deletion_ends_it(http: httpx.Client, seat: str) -> None:
    made = subscribe(http, seat)
    http.delete(f"/v1/customers/{CUSTOMER}")
    assert get(http, f"subscriptions/{made['id']}")["status"] == "canceled"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "items"),
        ({"items[0][price]": "price_none"}, "price"),
        ({"items[0][price]": "price_once"}, "items[0][price]"),
        ({"items": "price_once"}, "items"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(account: Account, http: httpx.Client, params: dict[str, str], param: str) -> None:
    account.add("price", id="price_once", product="prod_a", currency="usd", unit_amount=1, unit_amount_decimal="1", type="one_time")
    assert refused(http.post("/v1/subscriptions", data={"customer": CUSTOMER, **params})) == (400, param)
    assert account.writes() == 0
