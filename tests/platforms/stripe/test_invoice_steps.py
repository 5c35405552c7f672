"""The life of an invoice: each step, what it does to amounts, payments and events, and which steps are refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CUSTOMER, NOW, Account, seconds
from tests.platforms.stripe.invoicing import draft, get, opened, paid, post


def amounts(invoice: dict[str, Any]) -> tuple[int, int, int]:
    return invoice["amount_due"], invoice["amount_paid"], invoice["amount_remaining"]


def payment_of(http: httpx.Client, invoice: dict[str, Any]) -> dict[str, Any]:
    (found,) = get(http, "invoice_payments", invoice=invoice["id"])["data"]
    payment: dict[str, Any] = found
    return payment


def words(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["message"]


def test_finalisation_numbers_the_invoice_and_asks_for_its_payment(account: Account, http: httpx.Client) -> None:
    first, second = opened(http, 6000, 2500), opened(http, 1)
    assert (first["number"], second["number"], first["status"]) == ("ACME0001-0001", "ACME0001-0002", "open")
    assert amounts(first) == (8500, 0, 8500)
    assert first["status_transitions"] == {
        "finalized_at": seconds(NOW),
        "marked_uncollectible_at": None,
        "paid_at": None,
        "voided_at": None,
    }
    assert {line["id"][:7] for line in first["lines"]["data"]} & {"il_tmp_"} == set()
    asked = payment_of(http, first)
    assert (asked["status"], asked["amount_requested"], asked["amount_paid"], asked["is_default"]) == ("open", 8500, None, True)
    intent = get(http, f"payment_intents/{asked['payment']['payment_intent']}")
    assert (intent["status"], intent["amount"]) == ("requires_payment_method", 8500)
    assert set(account.told(first["id"])) == {"invoice.created", "invoice.updated", "invoice.finalized"}
    assert account.told(intent["id"]) == ["payment_intent.created"]


def test_a_payment_is_charged_booked_and_told(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 60000)
    account.advance(hours=1)
    invoice = post(http, f"invoices/{invoice['id']}/pay", payment_method="pm_card_visa")
    assert (invoice["status"], amounts(invoice), invoice["attempt_count"]) == ("paid", (60000, 60000, 0), 1)
    assert invoice["status_transitions"]["paid_at"] == seconds(NOW) + 3600
    payment = payment_of(http, invoice)
    intent = get(http, f"payment_intents/{payment['payment']['payment_intent']}", **{"expand[]": "latest_charge"})
    charge = intent["latest_charge"]
    assert (payment["status"], payment["amount_paid"], payment["status_transitions"]["paid_at"]) == (
        "paid",
        60000,
        seconds(NOW) + 3600,
    )
    assert (intent["status"], intent["amount_received"], charge["status"], charge["paid"]) == (
        "succeeded",
        60000,
        "succeeded",
        True,
    )
    booked = get(http, f"balance_transactions/{charge['balance_transaction']}")
    assert (booked["amount"], booked["fee"], booked["net"], booked["type"]) == (60000, 1770, 58230, "charge")
    assert account.told(invoice["id"])[-1] == "invoice.paid"
    assert "invoice.payment_failed" not in account.told(invoice["id"])
    assert account.told(payment["id"]) == ["invoice_payment.paid"]
    assert account.told(charge["id"]) == ["charge.succeeded"]
    assert account.told(intent["id"]) == ["payment_intent.created", "payment_intent.succeeded"]


def test_an_invoice_names_no_payment_and_a_charge_no_invoice(http: httpx.Client) -> None:
    invoice = paid(http, 6000)
    assert not {"charge", "payment_intent"} & set(invoice)
    whole = get(http, f"invoices/{invoice['id']}", **{"expand[]": "payments.data.payment.payment_intent"})
    (payment,) = whole["payments"]["data"]
    charge = get(http, f"charges/{payment['payment']['payment_intent']['latest_charge']}")
    assert ("invoice" in charge, "invoice" in payment["payment"]["payment_intent"]) == (False, False)
    assert whole["payments"]["url"] == f"/v1/invoice_payments?invoice={invoice['id']}"


def test_what_was_paid_elsewhere_is_not_charged(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    before = len(get(http, "charges")["data"])
    invoice = post(http, f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    assert (invoice["status"], amounts(invoice), invoice["amount_paid_off_stripe"]) == ("paid", (6000, 6000, 0), 6000)
    assert len(get(http, "charges")["data"]) == before
    payment = payment_of(http, invoice)
    assert payment["status"] == "canceled"
    assert account.told(payment["payment"]["payment_intent"])[-1] == "payment_intent.canceled"


def test_a_declined_card_leaves_a_failed_charge_and_an_open_invoice(account: Account, http: httpx.Client) -> None:
    key = opened(http, 6000)["id"]
    card = {"payment_method": "pm_card_visa_chargeDeclined"}
    answers = [http.post(f"/v1/invoices/{key}/pay", data=card, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [402, 402]
    error = answers[1].json()["error"]
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", "card_declined", "generic_decline")
    invoice = get(http, f"invoices/{key}")
    assert (invoice["status"], amounts(invoice), invoice["attempt_count"]) == ("open", (6000, 0, 6000), 1)
    failed = get(http, "charges", limit=1)["data"][0]
    assert (failed["status"], failed["failure_code"], failed["balance_transaction"]) == ("failed", "card_declined", None)
    assert account.told(key)[-1] == "invoice.payment_failed"
    assert account.told(failed["id"]) == ["charge.failed"]
    assert account.told(failed["payment_intent"])[-1] == "payment_intent.payment_failed"
    assert post(http, f"invoices/{key}/pay")["attempt_count"] == 2


def test_a_draft_that_is_paid_is_finalised_first(account: Account, http: httpx.Client) -> None:
    invoice = post(http, f"invoices/{draft(http, 6000)['id']}/pay")
    assert (invoice["status"], invoice["number"]) == ("paid", "ACME0001-0001")
    assert {"invoice.finalized", "invoice.paid"} <= set(account.told(invoice["id"]))


def test_where_nothing_is_due_finalisation_is_payment(account: Account, http: httpx.Client) -> None:
    invoice = opened(http)
    assert (invoice["status"], invoice["status_transitions"]["paid_at"]) == ("paid", seconds(NOW))
    assert get(http, "invoice_payments")["data"] == []
    assert set(account.told(invoice["id"])[1:]) == {"invoice.updated", "invoice.finalized", "invoice.paid"}


@pytest.mark.parametrize(
    ("balance", "lines", "due", "ending"),
    [
        (-1000, [6000], 5000, 0),
        (-8000, [6000], 0, -2000),
        (500, [6000], 6500, 0),
        (0, [-700], 0, -700),
    ],
)
def test_the_customers_balance_is_applied_at_finalisation(
    account: Account, http: httpx.Client, balance: int, lines: list[int], due: int, ending: int
) -> None:
    account.plant("customer", CUSTOMER, balance=balance)
    invoice = opened(http, *lines)
    assert (invoice["starting_balance"], invoice["ending_balance"], invoice["amount_due"]) == (balance, ending, due)
    customer = get(http, f"customers/{CUSTOMER}")
    assert (customer["balance"], customer["next_invoice_sequence"], customer["currency"]) == (ending, 2, "usd")
    (moved,) = get(http, f"customers/{CUSTOMER}/balance_transactions")["data"]
    assert (moved["type"], moved["amount"], moved["ending_balance"]) == ("applied_to_invoice", ending - balance, ending)
    assert moved["invoice"] == invoice["id"]


def test_voiding_cancels_the_payment_and_gives_the_balance_back(account: Account, http: httpx.Client) -> None:
    account.plant("customer", CUSTOMER, balance=-1000)
    invoice = opened(http, 6000)
    invoice = post(http, f"invoices/{invoice['id']}/void")
    assert (invoice["status"], invoice["status_transitions"]["voided_at"], amounts(invoice)) == (
        "void",
        seconds(NOW),
        (5000, 0, 5000),
    )
    assert payment_of(http, invoice)["status"] == "canceled"
    assert get(http, f"customers/{CUSTOMER}")["balance"] == -1000
    moves = get(http, f"customers/{CUSTOMER}/balance_transactions")["data"]
    assert {(each["type"], each["amount"]) for each in moves} == {("applied_to_invoice", 1000), ("unapplied_from_invoice", -1000)}
    assert account.told(invoice["id"])[-1] == "invoice.voided"


@pytest.mark.parametrize(("step", "status"), [("pay", "paid"), ("void", "void")])
def test_an_uncollectible_invoice_can_still_be_paid_or_voided(account: Account, http: httpx.Client, step: str, status: str) -> None:
    key = opened(http, 6000)["id"]
    marked = post(http, f"invoices/{key}/mark_uncollectible")
    assert (marked["status"], marked["status_transitions"]["marked_uncollectible_at"]) == ("uncollectible", seconds(NOW))
    assert account.told(key)[-1] == "invoice.marked_uncollectible"
    assert post(http, f"invoices/{key}/{step}")["status"] == status


NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."
FINALISED = "This invoice is already finalized, you can't re-finalize a non-draft invoice."


@pytest.mark.parametrize(
    ("way", "step", "refusal"),
    [
        ([], "void", NOT_OPEN),
        ([], "mark_uncollectible", NOT_OPEN),
        (["finalize"], "finalize", FINALISED),
        (["finalize", "pay"], "finalize", FINALISED),
        (["finalize", "pay"], "pay", "Invoice is already paid"),
        (["finalize", "pay"], "void", "Invoices with `paid` payments cannot be voided."),
        (["finalize", "pay"], "mark_uncollectible", NOT_OPEN),
        (["finalize", "void"], "pay", NOT_OPEN),
        (["finalize", "void"], "void", NOT_OPEN),
        (["finalize", "void"], "mark_uncollectible", NOT_OPEN),
        (["finalize", "mark_uncollectible"], "mark_uncollectible", "This invoice has already been marked uncollectible."),
        (["finalize", "mark_uncollectible"], "finalize", FINALISED),
    ],
)
def test_a_step_that_is_not_to_be_taken_is_refused(
    account: Account, http: httpx.Client, way: list[str], step: str, refusal: str
) -> None:
    key = draft(http, 6000)["id"]
    for earlier in way:
        post(http, f"invoices/{key}/{earlier}")
    held, before = get(http, f"invoices/{key}"), account.writes()
    assert words(http.post(f"/v1/invoices/{key}/{step}")) == (400, refusal)
    assert (get(http, f"invoices/{key}"), account.writes()) == (held, before)


def test_a_step_of_no_invoice_is_refused_as_the_vendor_does(http: httpx.Client) -> None:
    refused = http.post("/v1/invoices/in_404/finalize")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (404, "resource_missing", "invoice")
    assert (error["message"], error["type"]) == ("No such invoice: 'in_404'", "invalid_request_error")
    assert error["doc_url"] == "https://stripe.com/docs/error-codes/resource-missing"


def test_a_draft_that_advances_is_finalised_after_an_hour_and_charged(account: Account, http: httpx.Client) -> None:
    left, sent = draft(http, 100), draft(http, 200, auto_advance="true", collection_method="send_invoice", days_until_due=30)
    charged = draft(http, 300, auto_advance="true")
    assert (charged["automatically_finalizes_at"], left["automatically_finalizes_at"]) == (seconds(NOW) + 3600, None)
    account.advance(minutes=59)
    assert get(http, f"invoices/{charged['id']}")["status"] == "draft"
    account.advance(minutes=1)
    held = [get(http, f"invoices/{each['id']}") for each in (left, sent, charged)]
    assert [each["status"] for each in held] == ["draft", "open", "paid"]
    assert {each["automatically_finalizes_at"] for each in held} == {None}
    (told,) = get(http, "events", type="invoice.paid")["data"]
    assert (told["request"], told["created"]) == ({"id": None, "idempotency_key": None}, seconds(NOW) + 3600)


def test_a_change_of_an_invoice_is_told_with_what_it_was(account: Account, http: httpx.Client) -> None:
    paid(http, 6000)
    (told,) = get(http, "events", type="invoice.paid")["data"]
    previous = told["data"]["previous_attributes"]
    assert (previous["status"], previous["amount_paid"], previous["amount_remaining"]) == ("open", 0, 6000)
    assert told["data"]["object"]["lines"]["data"][0]["amount"] == 6000


def test_invoices_are_listed_and_found(account: Account, http: httpx.Client) -> None:
    invoice = opened(http, 6000)
    draft(http, 1)
    assert [each["id"] for each in get(http, "invoices", status="open", customer=CUSTOMER)["data"]] == [invoice["id"]]
    account.advance(minutes=2)
    assert [each["id"] for each in get(http, "invoices/search", query="status:'open'")["data"]] == [invoice["id"]]
