"""Tax on what is billed: by named rates and by the account's own, on top and inside, taken back, and where no place is known."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.billing import agree, rate, seat, subscribe
from tests.platforms.stripe.conftest import CUSTOMER, EARLY, Account
from tests.platforms.stripe.invoicing import draft, get, opened, post

AUTOMATIC = {"automatic_tax[enabled]": "true"}


def collected(account: Account, key: str, percentage: float, **where: Any) -> None:
    """A rate that the account collects by itself in the country where the customer is."""
    named = {"display_name": key, "country": "US", "jurisdiction": key, "jurisdiction_level": "state"} | where
    account.add("tax_rate", EARLY, id=key, percentage=percentage, **named)


def totals(invoice: dict[str, Any]) -> tuple[int, ...]:
    names = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due")
    return tuple(invoice[name] for name in names)


def test_a_named_rate_is_added_to_each_line_half_a_cent_rounded_up(http: httpx.Client) -> None:
    invoice = draft(http, 150, 10050, **{"default_tax_rates[0]": rate(http, "5")})
    assert [line["taxes"][0]["amount"] for line in invoice["lines"]["data"]] == [8, 503]
    assert totals(invoice) == (10200, 10200, 10711, 10200, 10711)
    (total,) = invoice["total_taxes"]
    assert (total["amount"], total["taxable_amount"], total["tax_behavior"]) == (511, 10200, "exclusive")
    assert post(http, f"invoices/{invoice['id']}/pay")["amount_paid"] == 10711


def test_an_inclusive_rate_is_taken_out_of_the_amounts(http: httpx.Client) -> None:
    inside = post(http, "tax_rates", display_name="VAT", inclusive="true", percentage="20")["id"]
    invoice = opened(http, 12000, **{"default_tax_rates[0]": inside})
    assert totals(invoice) == (12000, 10000, 12000, 10000, 12000)
    assert invoice["default_tax_rates"][0]["percentage"] == 20


def test_the_accounts_own_rates_hold_where_the_customer_is(account: Account, http: httpx.Client) -> None:
    for key, percentage, where in [
        ("txr_country", 5, {"state": None}),
        ("txr_state", 8, {"state": "NV"}),
        ("txr_elsewhere", 9, {"state": "UT"}),
        ("txr_abroad", 13, {"country": "CA"}),
        ("txr_typed", 20, {"jurisdiction_level": None}),
        ("txr_old", 30, {"active": False}),
    ]:
        collected(account, key, percentage, **where)
    invoice = opened(http, 10000, **AUTOMATIC)
    assert {each["tax_rate_details"]["tax_rate"]: each["amount"] for each in invoice["total_taxes"]} == {
        "txr_country": 500,
        "txr_state": 800,
    }
    assert (invoice["automatic_tax"]["status"], invoice["total"]) == ("complete", 11300)


def test_without_a_place_tax_is_not_calculated_and_nothing_is_finalised(account: Account, http: httpx.Client) -> None:
    account.plant("customer", CUSTOMER, address=None)
    waiting = draft(http, 100, **AUTOMATIC, auto_advance="true")
    assert waiting["automatic_tax"]["status"] == "requires_location_inputs"
    for answer in (
        http.post(f"/v1/invoices/{waiting['id']}/finalize"),
        http.post("/v1/subscriptions", data={"customer": CUSTOMER, "items[0][price]": seat(http), **AUTOMATIC}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "customer_tax_location_invalid")
    account.advance(hours=2)
    held = get(http, f"invoices/{waiting['id']}")
    assert (held["status"], held["auto_advance"]) == ("draft", False)


def test_named_and_automatic_tax_exclude_each_other(http: httpx.Client) -> None:
    named = {"default_tax_rates[0]": rate(http), "customer": CUSTOMER}
    answer = http.post("/v1/invoices", data=named | AUTOMATIC)
    assert answer.json()["error"]["param"] == "default_tax_rates"


def test_a_subscription_hands_its_tax_on_to_every_invoice(account: Account, http: httpx.Client) -> None:
    made = subscribe(http, seat(http), **{"default_tax_rates[0]": rate(http)})
    account.advance(days=31)
    renewed = get(http, f"subscriptions/{made['id']}", **{"expand[]": "latest_invoice"})["latest_invoice"]
    assert (renewed["id"] != made["latest_invoice"], renewed["subtotal"], renewed["total"]) == (True, 25000, 28250)


def test_a_line_is_credited_with_its_share_of_tax(account: Account, http: httpx.Client) -> None:
    agree(http)
    (note,) = get(http, "credit_notes")["data"]
    assert (note["subtotal"], note["total_excluding_tax"], note["total"], note["amount"]) == (1000, 1000, 1130, 1130)
    assert note["total_taxes"][0]["amount"] == note["lines"]["data"][0]["taxes"][0]["amount"] == 130
    assert get(http, f"invoices/{note['invoice']}")["post_payment_credit_notes_amount"] == 1130


def test_no_more_is_credited_than_was_asked_for_with_tax(http: httpx.Client) -> None:
    invoice = opened(http, 1000, **{"default_tax_rates[0]": rate(http)})
    line = {"lines[0][type]": "invoice_line_item", "lines[0][invoice_line_item]": invoice["lines"]["data"][0]["id"]}
    post(http, "credit_notes", invoice=invoice["id"], **line)
    assert get(http, f"invoices/{invoice['id']}")["status"] == "paid"
    assert http.post("/v1/credit_notes", data={"invoice": invoice["id"], "amount": "1"}).status_code == 400


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"inclusive": "false", "percentage": "5"}, "display_name"),
        ({"display_name": "x", "inclusive": "no", "percentage": "5"}, "inclusive"),
    ],
)
def test_a_rate_that_is_none_is_refused(http: httpx.Client, params: dict[str, str], param: str) -> None:
    assert http.post("/v1/tax_rates", data=params).json()["error"]["param"] == param


def test_what_a_rate_comes_to_stays(http: httpx.Client) -> None:
    key = rate(http)
    assert post(http, f"tax_rates/{key}", active="false", description="old")["active"] is False
    assert http.post(f"/v1/tax_rates/{key}", data={"percentage": "14"}).json()["error"]["param"] == "percentage"
