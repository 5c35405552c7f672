"""Invoices as drafts: items, lines, amounts, and what can be changed until when."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CUSTOMER, Account
from tests.platforms.stripe.invoicing import draft, item, post, refused


def test_a_draft_has_no_number_and_comes_to_what_its_lines_do(http: httpx.Client) -> None:
    invoice = draft(http, 6000, 2500, -500)
    assert (invoice["status"], invoice["number"], invoice["billing_reason"]) == ("draft", None, "manual")
    assert (invoice["subtotal"], invoice["total"], invoice["amount_due"], invoice["amount_remaining"]) == (8000,) * 4
    assert [line["amount"] for line in invoice["lines"]["data"]] == [6000, 2500, -500]
    assert {line["id"][:7] for line in invoice["lines"]["data"]} == {"il_tmp_"}


def test_what_the_customer_is_owed_is_taken_off_a_draft(account: Account, http: httpx.Client) -> None:
    account.plant("customer", CUSTOMER, balance=-1000)
    invoice = draft(http, 6000)
    assert (invoice["total"], invoice["starting_balance"], invoice["ending_balance"]) == (6000, -1000, None)
    assert (invoice["amount_due"], invoice["amount_remaining"]) == (5000, 5000)


def test_the_layout_is_the_one_since_basil(http: httpx.Client) -> None:
    invoice = draft(http, 6000)
    gone = {"charge", "payment_intent", "paid", "paid_out_of_band", "subscription", "quote"}
    assert not gone & set(invoice)
    assert (invoice["parent"], "payments" in invoice) == (None, False)
    line = invoice["lines"]["data"][0]
    assert (line["parent"]["type"], line["pricing"]["unit_amount_decimal"]) == ("invoice_item_details", "6000")
    assert line["parent"]["invoice_item_details"]["invoice_item"].startswith("ii_")


def test_ten_lines_are_embedded_and_the_rest_is_at_their_address(http: httpx.Client) -> None:
    invoice = draft(http, *range(1, 13))
    lines = invoice["lines"]
    assert ([line["amount"] for line in lines["data"]], lines["has_more"]) == (list(range(1, 11)), True)
    assert (lines["url"], lines["object"]) == (f"/v1/invoices/{invoice['id']}/lines", "list")
    rest = http.get(lines["url"], params={"starting_after": lines["data"][-1]["id"]}).json()
    assert ([line["amount"] for line in rest["data"]], rest["has_more"]) == ([11, 12], False)
    back = http.get(lines["url"], params={"ending_before": rest["data"][0]["id"], "limit": 3}).json()
    assert ([line["amount"] for line in back["data"]], back["has_more"]) == ([8, 9, 10], True)


def test_what_is_pending_is_taken_where_it_is_asked_for_the_newest_first(account: Account, http: httpx.Client) -> None:
    for amount in (100, 200):
        item(http, amount=amount)
        account.advance(seconds=1)
    item(http, amount=300, currency="eur")
    assert post(http, "invoices", customer=CUSTOMER)["lines"]["data"] == []
    invoice = post(http, "invoices", customer=CUSTOMER, pending_invoice_items_behavior="include")
    assert [line["amount"] for line in invoice["lines"]["data"]] == [200, 100]
    assert account.told(invoice["id"]) == ["invoice.created"]
    assert len(http.get("/v1/invoiceitems", params={"invoice": invoice["id"]}).json()["data"]) == 2


@pytest.mark.parametrize(
    ("params", "amount", "quantity"),
    [
        ({"amount": 1250}, 1250, 1),
        ({"unit_amount_decimal": "1250", "quantity": 3}, 3750, 3),
        ({"unit_amount_decimal": "0.5", "quantity": 3}, 2, 3),
        ({"pricing[price]": "price_seat", "quantity": 4}, 10000, 4),
    ],
)
def test_an_item_is_an_amount_or_a_price_times_a_quantity(
    account: Account, http: httpx.Client, params: dict[str, Any], amount: int, quantity: int
) -> None:
    account.add(
        "price", id="price_seat", product="prod_seat", currency="usd", unit_amount=2500, unit_amount_decimal="2500", type="one_time"
    )
    made = item(http, description="Seats", **params)
    assert (made["amount"], made["quantity"], made["currency"], made["description"]) == (amount, quantity, "usd", "Seats")
    assert account.told(made["id"]) == ["invoiceitem.created"]


def test_an_items_line_follows_it(account: Account, http: httpx.Client) -> None:
    invoice = draft(http, 6000, 2500)
    first, second = (line["parent"]["invoice_item_details"]["invoice_item"] for line in invoice["lines"]["data"])
    post(http, f"invoiceitems/{first}", amount=7000, description="more")
    assert post(http, f"invoiceitems/{first}", quantity=2)["amount"] == 14000
    changed = http.get(f"/v1/invoices/{invoice['id']}").json()
    assert (changed["total"], changed["lines"]["data"][0]["description"]) == (16500, "more")
    assert http.delete(f"/v1/invoiceitems/{second}").json() == {"id": second, "object": "invoiceitem", "deleted": True}
    changed = http.get(f"/v1/invoices/{invoice['id']}").json()
    assert (changed["total"], len(changed["lines"]["data"])) == (14000, 1)
    assert account.told(second) == ["invoiceitem.created", "invoiceitem.deleted"]
    assert http.get(f"/v1/invoiceitems/{second}").status_code == 404


def test_a_draft_can_be_deleted_and_is_gone(account: Account, http: httpx.Client) -> None:
    key = draft(http, 6000)["id"]
    assert http.delete(f"/v1/invoices/{key}").json() == {"id": key, "object": "invoice", "deleted": True}
    gone = http.get(f"/v1/invoices/{key}")
    assert (gone.status_code, gone.json()["error"]["param"]) == (404, "invoice")
    assert account.told(key)[-1] == "invoice.deleted"
    assert account.state.select("select * from line_item") == []


def test_after_finalisation_only_metadata_changes(http: httpx.Client) -> None:
    key = draft(http, 6000)["id"]
    assert post(http, f"invoices/{key}", description="a", number="X-1", **{"metadata[po]": "7"})["number"] == "X-1"
    (line,) = post(http, f"invoices/{key}/finalize")["lines"]["data"]
    assert post(http, f"invoices/{key}", **{"metadata[po]": "8"})["metadata"] == {"po": "8"}
    held = line["parent"]["invoice_item_details"]["invoice_item"]
    editing = [
        http.post(f"/v1/invoices/{key}", data={"description": "b"}),
        http.post("/v1/invoiceitems", data={"customer": CUSTOMER, "invoice": key, "amount": "1"}),
        http.post(f"/v1/invoiceitems/{held}", data={"amount": "1"}),
        http.delete(f"/v1/invoiceitems/{held}"),
        http.delete(f"/v1/invoices/{key}"),
    ]
    assert {(each.status_code, each.json()["error"]["code"]) for each in editing} == {(400, "invoice_not_editable")}
    assert http.get(f"/v1/invoices/{key}").json()["total"] == 6000


@pytest.mark.parametrize(
    ("params", "due_in_days"),
    [
        ({"collection_method": "send_invoice", "days_until_due": 30}, 30),
        ({}, None),
        ({"collection_method": "charge_automatically"}, None),
    ],
)
def test_an_invoice_that_is_sent_has_a_due_date(http: httpx.Client, params: dict[str, Any], due_in_days: int | None) -> None:
    invoice = post(http, "invoices", customer=CUSTOMER, **params)
    expected = invoice["created"] + due_in_days * 86_400 if due_in_days else None
    assert (invoice["due_date"], "days_until_due" in invoice) == (expected, False)


@pytest.mark.parametrize(
    ("path", "params", "param"),
    [
        ("invoices", {}, "customer"),
        ("invoices", {"customer": "cus_none"}, "customer"),
        ("invoices", {"customer": CUSTOMER, "collection_method": "send_invoice"}, "due_date"),
        ("invoices", {"customer": CUSTOMER, "days_until_due": "30"}, "days_until_due"),
        ("invoices", {"customer": CUSTOMER, "collection_method": "post"}, "collection_method"),
        ("invoices", {"customer": CUSTOMER, "colour": "red"}, "colour"),
        ("invoiceitems", {"customer": CUSTOMER}, "amount"),
        ("invoiceitems", {"customer": CUSTOMER, "amount": "ten"}, "amount"),
        ("invoiceitems", {"customer": CUSTOMER, "unit_amount_decimal": "ten"}, "unit_amount_decimal"),
        ("invoiceitems", {"customer": CUSTOMER, "amount": "1", "invoice": "in_none"}, "invoice"),
        ("invoiceitems", {"customer": CUSTOMER, "amount": "1", "period[start]": "1"}, "period"),
        ("invoiceitems", {"customer": CUSTOMER, "pricing[price]": "price_none"}, "price"),
        ("invoiceitems", {"customer": CUSTOMER, "pricing": "price_none"}, "pricing[price]"),
    ],
)
def test_what_cannot_be_is_refused_with_its_parameter(
    account: Account, http: httpx.Client, path: str, params: dict[str, str], param: str
) -> None:
    assert refused(http.post(f"/v1/{path}", data=params)) == (400, param)
    assert account.writes() == 0


def test_an_item_goes_on_an_invoice_of_its_customer_and_currency_only(account: Account, http: httpx.Client) -> None:
    account.add("customer", id="cus_other", name="Other")
    key = draft(http)["id"]
    assert refused(http.post("/v1/invoiceitems", data={"customer": "cus_other", "invoice": key, "amount": 1})) == (400, "invoice")
    eur = {"customer": CUSTOMER, "invoice": key, "amount": 1, "currency": "eur"}
    assert refused(http.post("/v1/invoiceitems", data=eur)) == (400, "currency")
