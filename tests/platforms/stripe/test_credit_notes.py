"""Credit notes: what they do to an invoice before and after its payment, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CHARGE, CUSTOMER, NOW, Account, seconds
from tests.platforms.stripe.invoicing import draft, get, opened, paid, post

UNEVEN = "The sum of refunds, credit amount, and out of band amount ({}) must equal the credit note post_payment_amount ({})."


def note(http: httpx.Client, invoice: dict[str, Any], **params: Any) -> httpx.Response:
    return http.post("/v1/credit_notes", data={"invoice": invoice["id"], **params})


def made(http: httpx.Client, invoice: dict[str, Any], **params: Any) -> dict[str, Any]:
    return post(http, "credit_notes", invoice=invoice["id"], **params)


def parts(credit_note: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(credit_note[name] for name in ("type", "amount", "pre_payment_amount", "post_payment_amount"))


def remaining(http: httpx.Client, invoice: dict[str, Any]) -> tuple[Any, ...]:
    held = get(http, f"invoices/{invoice['id']}")
    names = ("amount_due", "amount_paid", "amount_remaining", "pre_payment_credit_notes_amount", "post_payment_credit_notes_amount")
    return held["status"], *(held[name] for name in names)


def words(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["message"]


def test_before_payment_a_note_lowers_what_remains(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    first = made(http, invoice, amount=1500, reason="order_change", memo="less")
    assert (parts(first), first["number"], first["status"]) == (("pre_payment", 1500, 1500, 0), "ACME0001-0001-CN-01", "issued")
    assert remaining(http, invoice) == ("open", 4500, 0, 4500, 1500, 0)
    (asked,) = get(http, "invoice_payments", invoice=invoice["id"])["data"]
    intent = get(http, f"payment_intents/{asked['payment']['payment_intent']}")
    assert (asked["amount_requested"], intent["amount"]) == (4500, 4500)
    assert (made(http, invoice, amount=500)["number"], account.told(first["id"])) == (
        "ACME0001-0001-CN-02",
        ["credit_note.created"],
    )
    assert post(http, f"invoices/{invoice['id']}/pay")["amount_paid"] == 4000


def test_a_note_over_all_that_remains_pays_the_invoice(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    made(http, invoice, amount=6000)
    assert remaining(http, invoice) == ("paid", 0, 0, 0, 6000, 0)
    assert account.told(invoice["id"])[-1] == "invoice.paid"
    (asked,) = get(http, "invoice_payments", invoice=invoice["id"])["data"]
    assert asked["status"] == "canceled"


def test_after_payment_it_is_refunded_credited_or_settled_elsewhere(account: Account, http: httpx.Client) -> None:
    invoice = paid(http, 6000)
    ways = {"refund_amount": 3000, "credit_amount": 2000, "out_of_band_amount": 500}
    credit_note = made(http, invoice, amount=5500, **ways)
    assert (parts(credit_note), credit_note["out_of_band_amount"]) == (("post_payment", 5500, 0, 5500), 500)
    assert remaining(http, invoice) == ("paid", 6000, 6000, 0, 0, 5500)
    (refunded,) = credit_note["refunds"]
    refund = get(http, f"refunds/{refunded['refund']}", **{"expand[]": "charge"})
    assert (refunded["amount_refunded"], refund["amount"], refund["charge"]["amount_refunded"]) == (3000, 3000, 3000)
    assert get(http, f"balance_transactions/{refund['balance_transaction']}")["net"] == -3000
    assert get(http, f"customers/{CUSTOMER}")["balance"] == -2000
    (moved,) = get(http, f"customers/{CUSTOMER}/balance_transactions")["data"]
    assert (moved["id"], moved["type"], moved["amount"]) == (credit_note["customer_balance_transaction"], "credit_note", -2000)
    assert moved["credit_note"] == credit_note["id"]


def test_a_credited_balance_is_applied_to_the_next_invoice(http: httpx.Client) -> None:
    made(http, paid(http, 6000), amount=2000, credit_amount=2000)
    following = opened(http, 6000)
    assert (following["starting_balance"], following["amount_due"], following["ending_balance"]) == (-2000, 4000, 0)


def test_a_note_over_more_than_remains_is_mixed(account: Account, http: httpx.Client) -> None:
    account.plant("customer", CUSTOMER, balance=-1000)
    invoice = opened(http, 6000)
    assert parts(made(http, invoice, amount=6000, credit_amount=1000)) == ("mixed", 6000, 5000, 1000)
    assert remaining(http, invoice) == ("paid", 0, 0, 0, 5000, 1000)
    assert get(http, f"customers/{CUSTOMER}")["balance"] == -1000


def test_a_refund_that_was_made_before_is_linked(http: httpx.Client) -> None:
    invoice = paid(http, 6000)
    charge = get(http, "charges", limit=1)["data"][0]["id"]
    refund = post(http, "refunds", charge=charge, amount=2500)["id"]
    credit_note = made(http, invoice, amount=2500, **{"refunds[0][refund]": refund})
    linked = {"type": "refund", "payment_record_refund": None, "refund": refund, "amount_refunded": 2500}
    assert credit_note["refunds"] == [linked]
    assert get(http, f"charges/{charge}")["amount_refunded"] == 2500


def test_a_linked_refund_counts_for_no_more_than_it_gave_back(http: httpx.Client) -> None:
    invoice = paid(http, 6000)
    refund = post(http, "refunds", charge=get(http, "charges", limit=1)["data"][0]["id"], amount=2500)["id"]
    linked = {"refunds[0][refund]": refund, "refunds[0][amount_refunded]": 2501}
    assert (
        words(note(http, invoice, amount=2501, **linked))[1]
        == f"The refund {refund} is not of this invoice's charge, or not so large."
    )
    linked["refunds[0][amount_refunded]"] = 500
    assert made(http, invoice, amount=500, **linked)["refunds"][0]["amount_refunded"] == 500


def test_the_charge_that_went_well_is_refunded(http: httpx.Client) -> None:
    key = opened(http, 6000)["id"]
    http.post(f"/v1/invoices/{key}/pay", data={"payment_method": "pm_card_visa_chargeDeclined"})
    invoice = post(http, f"invoices/{key}/pay")
    (refunded,) = made(http, invoice, amount=100, refund_amount=100)["refunds"]
    refund = get(http, f"refunds/{refunded['refund']}", **{"expand[]": "charge"})
    assert (refund["charge"]["status"], refund["charge"]["amount_refunded"]) == ("succeeded", 100)


def test_lines_are_credited_in_part_by_quantity_and_on_their_own(http: httpx.Client) -> None:
    key = draft(http, 6000)["id"]
    post(http, "invoiceitems", customer=CUSTOMER, invoice=key, unit_amount_decimal="250", quantity=4, description="Seats")
    first, second = post(http, f"invoices/{key}/finalize")["lines"]["data"]
    lines = [
        {"type": "invoice_line_item", "invoice_line_item": first["id"], "amount": 1000},
        {"type": "invoice_line_item", "invoice_line_item": second["id"], "quantity": 1},
        {"type": "custom_line_item", "description": "Goodwill", "quantity": 2, "unit_amount": 5},
    ]
    form = {f"lines[{place}][{name}]": value for place, line in enumerate(lines) for name, value in line.items()}
    credit_note = made(http, {"id": key}, **form)
    assert [line["amount"] for line in credit_note["lines"]["data"]] == [1000, 250, 10]
    assert [line["description"] for line in credit_note["lines"]["data"]] == [None, "Seats", "Goodwill"]
    assert (credit_note["amount"], credit_note["subtotal"], credit_note["total"]) == (1260, 1260, 1260)
    paged = get(http, credit_note["lines"]["url"].removeprefix("/v1/"), limit=2)
    assert ([line["amount"] for line in paged["data"]], paged["has_more"]) == ([1000, 250], True)


def test_a_line_is_never_credited_beyond_itself(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000, 4000)
    line = invoice["lines"]["data"][0]["id"]
    form = {"lines[0][type]": "invoice_line_item", "lines[0][invoice_line_item]": line}
    made(http, invoice, **form, **{"lines[0][amount]": 5000})
    before = account.writes()
    beyond = f"The amount credited ($10.01) is greater than what can still be credited of the line {line} ($10.00)."
    assert words(note(http, invoice, **form, **{"lines[0][amount]": 1001})) == (400, beyond)
    twice = {name.replace("[0]", "[1]"): value for name, value in form.items()}
    both = {"lines[0][amount]": 600, "lines[1][amount]": 401}
    assert words(note(http, invoice, **form, **twice, **both)) == (400, beyond)
    assert account.writes() == before


def test_what_a_voided_note_credited_of_a_line_can_be_credited_again(http: httpx.Client) -> None:
    invoice = opened(http, 6000, 4000)
    line = {"lines[0][type]": "invoice_line_item", "lines[0][invoice_line_item]": invoice["lines"]["data"][0]["id"]}
    post(http, f"credit_notes/{made(http, invoice, **line)['id']}/void")
    assert made(http, invoice, **line)["amount"] == 6000


@pytest.mark.parametrize(
    ("way", "params", "refusal"),
    [
        ([], {"amount": 1}, "You cannot issue a credit note for an invoice that is draft."),
        (["finalize", "void"], {"amount": 1}, "You cannot issue a credit note for an invoice that is void."),
        (
            ["finalize"],
            {"amount": 6001},
            "The credit note amount ($60.01) is greater than what can still be credited of the invoice ($60.00).",
        ),
        (
            ["pay"],
            {"amount": 100},
            UNEVEN.format("$0.00", "$1.00"),
        ),
        (
            ["finalize"],
            {"amount": 100, "refund_amount": 100},
            UNEVEN.format("$1.00", "$0.00"),
        ),
        (["pay"], {"amount": 1, "credit_amount": 2, "refund_amount": -1}, "Invalid non-negative integer"),
        (["pay"], {"amount": 0}, "Invalid positive integer"),
        (["finalize"], {}, "You must pass exactly one of `amount` or `lines`."),
        (["finalize"], {"lines[0][type]": "gift"}, "Invalid lines[0][type]: must be one of custom_line_item, or invoice_line_item"),
        (["finalize"], {"lines[0][type]": "custom_line_item"}, "Missing required param: lines[0][description]."),
        (["finalize"], {"lines[0][type]": "invoice_line_item"}, "No such invoice line item: ''"),
        (
            ["pay"],
            {"amount": 1, "refunds[0][refund]": "re_other"},
            "The refund re_other is not of this invoice's charge, or not so large.",
        ),
    ],
)
def test_what_does_not_add_up_is_refused(
    account: Account, http: httpx.Client, way: list[str], params: dict[str, Any], refusal: str
) -> None:
    account.add("refund", id="re_other", charge=CHARGE, amount=1, currency="usd")
    invoice = draft(http, 6000)
    for step in way:
        post(http, f"invoices/{invoice['id']}/{step}")
    before = account.writes()
    assert (words(note(http, invoice, **params)), account.writes()) == ((400, refusal), before)


def test_what_was_paid_elsewhere_has_no_charge_to_refund(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    post(http, f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    assert words(note(http, invoice, amount=1, refund_amount=1)) == (400, "This invoice has no charge to refund.")
    assert parts(made(http, invoice, amount=1, out_of_band_amount=1)) == ("post_payment", 1, 0, 1)


def test_a_note_on_an_open_invoice_can_be_voided_once(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    key = made(http, invoice, amount=1500)["id"]
    voided = post(http, f"credit_notes/{key}/void")
    assert (voided["status"], voided["voided_at"], remaining(http, invoice)) == (
        "void",
        seconds(NOW),
        ("open", 6000, 0, 6000, 0, 0),
    )
    assert account.told(key)[-1] == "credit_note.voided"
    assert words(http.post(f"/v1/credit_notes/{key}/void"))[1] == "This credit note has already been voided."
    assert made(http, invoice, amount=6000)["number"].endswith("CN-02")


def test_a_note_that_gave_something_back_stays(http: httpx.Client) -> None:
    key = made(http, paid(http, 6000), amount=1500, credit_amount=1500)["id"]
    assert http.post(f"/v1/credit_notes/{key}/void").status_code == 400
    assert post(http, f"credit_notes/{key}", memo="sorry", **{"metadata[a]": "b"})["memo"] == "sorry"
    (found,) = get(http, "credit_notes", customer=CUSTOMER)["data"]
    assert (found["id"], found["status"], found["metadata"]) == (key, "issued", {"a": "b"})
