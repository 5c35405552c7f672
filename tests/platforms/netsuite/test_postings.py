"""Invoices, payments and journals: sums, periods, reversals."""

from __future__ import annotations

import httpx
import pytest

from tests.platforms.netsuite.conftest import CUSTOMER, NOW, ORDER, Account
from tests.platforms.netsuite.protocol import REST, bill, entries, line, new_id, pay, rows, told


def test_a_transformed_invoice_is_linked_dated_and_due(http: httpx.Client) -> None:
    invoice = http.get(f"{REST}/invoice/{bill(http)}").json()
    assert (invoice["createdFrom"]["id"], invoice["entity"]["id"], invoice["total"]) == (str(ORDER), str(CUSTOMER), 100)
    assert (invoice["tranDate"], invoice["dueDate"], invoice["postingPeriod"]["refName"]) == (
        "2026-11-05",
        "2026-12-05",
        "Nov 2026",
    )


def test_no_line_of_an_order_is_billed_twice_by_one_invoice(http: httpx.Client) -> None:
    items = [{"orderLine": 1, "quantity": 1, "rate": 5}, {"orderLine": 1, "quantity": 1, "rate": 5}]
    response = http.post(f"{REST}/salesOrder/{ORDER}/!transform/invoice?replace=item", json={"item": {"items": items}})
    assert told(response) == (400, "INVALID_CONTENT", "item.items[1].orderLine")


def test_an_order_is_billed_when_its_invoices_reach_its_total(http: httpx.Client) -> None:
    bill(http, 700)
    assert http.get(f"{REST}/salesOrder/{ORDER}").json()["orderStatus"]["id"] == "F"
    bill(http, 1000)
    assert http.get(f"{REST}/salesOrder/{ORDER}").json()["orderStatus"] == {"id": "G", "refName": "Billed"}


def test_applying_moves_what_is_open_and_never_more(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 60, 60))
    body = http.get(f"{REST}/invoice/{invoice}").json()
    assert (body["amountPaid"], body["amountRemaining"], body["status"]["id"]) == (60, 40, "A")
    assert told(pay(http, invoice, 50, 50))[:2] == (400, "USER_ERROR")
    assert told(pay(http, invoice, 10, 20))[:2] == (400, "USER_ERROR")
    new_id(http.post(f"{REST}/invoice/{invoice}/!transform/customerPayment", json={}))
    assert http.get(f"{REST}/invoice/{invoice}").json()["status"] == {"id": "B", "refName": "Paid In Full"}
    assert http.get(f"{REST}/customer/{CUSTOMER}").json()["balance"] == 0


def test_an_unapplied_part_lowers_the_customers_balance(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 70, 30))
    assert http.get(f"{REST}/customer/{CUSTOMER}").json()["balance"] == 30


def test_a_payment_taken_off_opens_its_invoice_again(account: Account, http: httpx.Client) -> None:
    invoice = bill(http)
    payment = new_id(pay(http, invoice, 100, 100))
    http.patch(f"{REST}/customerPayment/{payment}", json={"apply": {"items": [{"doc": {"id": invoice}, "apply": False}]}})
    assert http.get(f"{REST}/invoice/{invoice}").json()["amountRemaining"] == 100
    assert account.balances(payment) == {"1050": 100, "1200": -100}


def test_a_planted_deletion_of_a_payment_opens_its_invoice_too(account: Account, http: httpx.Client) -> None:
    invoice = bill(http)
    payment = new_id(pay(http, invoice, 100, 100))
    account.state.delete("transaction", int(payment), account.at[0], by="sandbox")
    assert http.get(f"{REST}/invoice/{invoice}").json()["status"]["id"] == "A"


def test_a_journal_must_balance(http: httpx.Client) -> None:
    assert told(http.post(f"{REST}/journalEntry", json=entries(10, 9)))[:2] == (400, "USER_ERROR")
    new_id(http.post(f"{REST}/journalEntry", json=entries()))


@pytest.mark.parametrize(("flag", "journals", "invoices"), [("closed", 400, 400), ("alllocked", 400, 400), ("arlocked", 204, 400)])
def test_a_shut_period_takes_no_postings(account: Account, http: httpx.Client, flag: str, journals: int, invoices: int) -> None:
    account.close(NOW, flag)
    response = http.post(f"{REST}/journalEntry", json=entries())
    assert response.status_code == journals
    assert http.post(f"{REST}/salesOrder/{ORDER}/!transform/invoice", json={}).status_code == invoices
    if journals == 400:
        assert "Nov 2026" in response.json()["o:errorDetails"][0]["detail"]
    new_id(http.post(f"{REST}/salesOrder", json={"entity": {"id": "107"}, **line()}))


def test_a_period_can_be_closed_through_the_service(http: httpx.Client) -> None:
    period = rows(http, "SELECT id FROM accountingperiod WHERE periodname = 'Nov 2026'")[0]["id"]
    new_id(http.patch(f"{REST}/accountingPeriod/{period}", json={"allLocked": True}))
    assert http.post(f"{REST}/journalEntry", json=entries()).status_code == 400


def test_a_reversal_date_makes_the_mirroring_entry(account: Account, http: httpx.Client) -> None:
    journal = new_id(http.post(f"{REST}/journalEntry", json=entries()))
    new_id(http.patch(f"{REST}/journalEntry/{journal}", json={"reversalDate": "2026-12-01"}))
    entry = http.get(f"{REST}/journalEntry/{journal}").json()["reversalEntry"]
    mirror = http.get(f"{REST}/journalEntry/{entry}").json()
    assert (mirror["isReversal"], mirror["tranDate"], mirror["postingPeriod"]["refName"]) == (True, "2026-12-01", "Dec 2026")
    assert account.balances(entry) == {"6500": -10, "1050": 10}


def test_an_invoice_with_a_payment_cannot_be_deleted(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 100, 100))
    assert told(http.delete(f"{REST}/invoice/{invoice}"))[:2] == (400, "USER_ERROR")
