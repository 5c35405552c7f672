"""Journals and payments in the environment: vouchers, what is refused when it is written, and what the batch job does not post."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from tests.platforms.dynamics365_finance.conftest import AREA, CUSTOMER, INVOICE, Environment
from tests.platforms.dynamics365_finance.test_entities import told

LINES, PAYMENTS = "/data/LedgerJournalLines", "/data/CustomerPaymentJournalLines"
DAY = "2026-11-04T00:00:00Z"


def journal(http: httpx.Client, name: str = "GenJrn") -> str:
    kind = "LedgerJournal" if name == "GenJrn" else "CustomerPaymentJournal"
    made = http.post(f"/data/{kind}Headers", json={**AREA, "JournalName": name})
    assert made.status_code == 201, made.text
    return str(made.json()["JournalBatchNumber"])


def line(batch: str, account: str = "605150", debit: float = 0, credit: float = 0, **more: Any) -> dict[str, Any]:
    sides = {"AccountDisplayValue": account, "DebitAmount": debit, "CreditAmount": credit}
    return {**AREA, "JournalBatchNumber": batch, "TransDate": DAY, "CurrencyCode": "GBP", **sides, **more}


def payment(batch: str, amount: float, **more: Any) -> dict[str, Any]:
    paid = {"AccountDisplayValue": CUSTOMER, "CreditAmount": amount, "TransactionDate": DAY, "MarkedInvoice": INVOICE}
    offset = {"OffsetAccountDisplayValue": "110155", "MarkedInvoiceCompany": "ukmf", "CurrencyCode": "GBP"}
    return {**AREA, "JournalBatchNumber": batch, **paid, **offset, **more}


def infolog(environment: Environment, batch: str) -> str:
    return str(environment.state.select("select says from _infolog where journal = ?", (f"ukmf|{batch}",))[0]["says"])


def posted(environment: Environment, batch: str, headers: str = "LedgerJournalHeaders") -> str:
    environment.advance(minutes=5)
    return str(environment.row(headers, "ukmf", batch)["IsPosted"])


def test_lines_share_a_voucher_until_it_balances(http: httpx.Client) -> None:
    batch = journal(http)
    made = [
        http.post(LINES, json=line(batch, **side)).json() for side in ({"debit": 5}, {"credit": 5}, {"debit": 7}, {"credit": 7})
    ]
    assert [each["LineNumber"] for each in made] == [1, 2, 3, 4]
    first, second, third, fourth = (each["Voucher"] for each in made)
    assert (first, third) == (second, fourth)
    assert first != third


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("nothing", "has no lines"),
        ("unbalanced", "do not balance (5.00)"),
        ("closed", "Period 11 for the date 2026-11-04 is not open (Closed)"),
        ("suspended", "605150 is suspended"),
        ("dimension", "'022' is suspended"),
    ],
)
def test_the_batch_job_leaves_a_journal_that_is_wrong_and_says_why(
    environment: Environment, http: httpx.Client, problem: str, reason: str
) -> None:
    batch = journal(http)
    if problem != "nothing":
        http.post(LINES, json=line(batch, "605150--022", debit=10))
        http.post(LINES, json=line(batch, "110155", credit=5 if problem == "unbalanced" else 10))
    if problem == "closed":
        environment.close(date(2026, 11, 1))
    if problem == "suspended":
        environment.plant("MainAccounts", "Shared", "605150", IsSuspended="Yes")
    if problem == "dimension":
        environment.plant("FinancialDimensionValues", "Department", "", "022", IsSuspended="Yes")
    assert posted(environment, batch) == "No"
    assert reason in infolog(environment, batch)


def test_a_journal_that_was_put_right_is_posted_by_the_next_run(environment: Environment, http: httpx.Client) -> None:
    batch = journal(http)
    http.post(LINES, json=line(batch, debit=10))
    assert posted(environment, batch) == "No"
    http.post(LINES, json=line(batch, "110155", credit=10))
    assert (posted(environment, batch), infolog(environment, batch)) == ("Yes", "Posted")


def test_a_line_with_an_offset_account_balances_alone(environment: Environment, http: httpx.Client) -> None:
    batch = journal(http)
    http.post(LINES, json=line(batch, debit=10, OffsetAccountDisplayValue="110155"))
    assert posted(environment, batch) == "Yes"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"AccountDisplayValue": "999999"}, "'999999' in field 'Main account'"),
        ({"AccountDisplayValue": "605150-77"}, "dimension value '77' does not exist"),
        ({"TransDate": "1999-01-01T00:00:00Z"}, "No fiscal period is defined for the date 1999-01-01"),
        ({"JournalBatchNumber": "nothing"}, "'nothing' in field 'Journal batch number'"),
        ({"AccountDisplayValue": ""}, "'AccountDisplayValue' must be filled in"),
    ],
)
def test_a_line_that_is_wrong_is_refused_at_once(http: httpx.Client, change: dict[str, str], reason: str) -> None:
    assert reason in told(http.post(LINES, json=line(journal(http), debit=1) | change))


def test_what_is_posted_is_not_touched(environment: Environment, http: httpx.Client) -> None:
    batch = journal(http)
    http.post(LINES, json=line(batch, debit=10, OffsetAccountDisplayValue="110155"))
    assert posted(environment, batch) == "Yes"
    key = f"dataAreaId='ukmf',JournalBatchNumber='{batch}'"
    for answer in (
        http.post(LINES, json=line(batch, debit=1)),
        http.patch(f"{LINES}({key},LineNumber=1)", json={"DebitAmount": 1}),
        http.delete(f"/data/LedgerJournalHeaders({key})"),
    ):
        assert "is posted" in told(answer)


def test_a_line_that_asks_for_its_reversal_gets_one(environment: Environment, http: httpx.Client) -> None:
    batch, undo = journal(http), {"ReverseEntry": "Yes", "ReverseDate": "2026-12-01T00:00:00Z"}
    http.post(LINES, json=line(batch, debit=10, **undo))
    http.post(LINES, json=line(batch, "110155", credit=10, **undo))
    assert posted(environment, batch) == "Yes"
    lines = environment.rows("LedgerJournalLines", JournalBatchNumber=f"{batch}R")
    assert [(each["DebitAmount"], each["CreditAmount"], each["TransDate"][:10]) for each in lines] == [
        (0, 10, "2026-12-01"),
        (10, 0, "2026-12-01"),
    ]


def test_a_payment_settles_no_more_than_is_open(environment: Environment, http: httpx.Client) -> None:
    batch = journal(http, "CustPay")
    for amount in (700, 50):
        assert http.post(PAYMENTS, json=payment(batch, amount)).status_code == 201
    shares = environment.rows("CustomerPaymentJournalLineSettledInvoices")
    assert [share["SettlementAmountInInvoiceCurrency"] for share in shares] == [700, 20]
    assert posted(environment, batch, "CustomerPaymentJournalHeaders") == "Yes"


def test_one_payment_settles_several_invoices_by_shares(environment: Environment, http: httpx.Client) -> None:
    batch = journal(http, "CustPay")
    http.post(PAYMENTS, json=payment(batch, 720, MarkedInvoice=""))
    share = {**AREA, "JournalBatchNumber": batch, "JournalLineNumber": 1, "InvoiceCompany": "ukmf", "InvoiceNumber": INVOICE}
    shares = "/data/CustomerPaymentJournalLineSettledInvoices"
    assert "Less is open" in told(http.post(shares, json=share | {"SettlementAmountInInvoiceCurrency": 721}))
    assert http.post(shares, json=share | {"SettlementAmountInInvoiceCurrency": 700}).status_code == 201


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"AccountDisplayValue": "nobody"}, "'nobody' in field 'Account'"), ({"MarkedInvoice": "x"}, "Invoice x")],
)
def test_a_payment_of_nobody_or_of_nothing_is_refused(http: httpx.Client, change: dict[str, str], reason: str) -> None:
    assert reason in told(http.post(PAYMENTS, json=payment(journal(http, "CustPay"), 1) | change))
