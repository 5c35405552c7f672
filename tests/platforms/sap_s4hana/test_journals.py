"""The SOAP services of accounting, and what cancelling a billing document books."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE as ITEMS
from tests.platforms.sap_s4hana.conftest import CUSTOMER, NOW, Account
from tests.platforms.sap_s4hana.protocol import BILLING, CLEARING, confirmations, entry, envelope, one, send


def test_an_entry_is_booked_and_says_so(account: Account, http: httpx.Client) -> None:
    assert confirmations(send(http, envelope(entry()))) == [("0100000001", ["605(RW)"])]
    assert account.booked("0100000001") == {"68550000": 3.2, "14600000": -3.2}


def test_of_one_message_the_good_entries_are_booked_and_the_others_say_why(account: Account, http: httpx.Client) -> None:
    answer = send(http, envelope(entry(1), entry(2, back="-3.10"), entry(3)))
    assert confirmations(answer) == [
        ("0100000001", ["605(RW)"]),
        ("0000000000", ["016(FINS_FI_POSTING_IF)", "021(FINS_FI_POSTING_IF)"]),
        ("0100000002", ["605(RW)"]),
    ]
    assert account.count(ITEMS) == 4


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"account": "0099999999"}, "506(F5)"),
        ({"on": "2026-10-04"}, "201(F5)"),
        ({"company": "2020"}, "165(F5)"),
        ({"id": ""}, "019(FINS_FI_POSTING_IF)"),
        ({"reference": "REF0"}, "609(RW)"),
    ],
    ids=str,
)
def test_a_wrong_entry_is_refused_with_http_200_and_a_code(
    account: Account, http: httpx.Client, changed: dict[str, Any], code: str
) -> None:
    account.close(datetime(2026, 10, 1, tzinfo=UTC))
    send(http, envelope(entry(0)))
    ((number, codes),) = confirmations(send(http, envelope(entry(1, **changed))))
    assert (number, codes[0]) == ("0000000000", code)
    assert account.count(ITEMS) == 2


def test_an_account_that_is_blocked_takes_no_postings(account: Account, http: httpx.Client) -> None:
    account.plant("A_GLAccountInChartOfAccounts", "YCOA/68550000", AccountIsBlockedForPosting=1)
    ((_, codes),) = confirmations(send(http, envelope(entry())))
    assert "351(F5)" in codes


@pytest.mark.parametrize(
    "body",
    [
        "<not-closed>",
        envelope(entry()).replace("GLAccount>", "GlAccount>"),
        envelope(entry()).replace("<CompanyCode>1010</CompanyCode>", ""),
        envelope(entry(), root="JournalEntryBulkCreateRequests"),
        envelope(entry()).replace(
            "<CreatedByUser>Q2C</CreatedByUser><CompanyCode>1010</CompanyCode>", "<CompanyCode>1010</CompanyCode>"
        ),
        envelope(entry())
        .replace("<CreatedByUser>Q2C</CreatedByUser>", "")
        .replace("</PostingDate>", "</PostingDate><CreatedByUser/>"),
    ],
    ids=["broken", "tag case", "missing", "root", "creator", "out of sequence"],
)
def test_a_message_that_cannot_be_read_is_a_fault(account: Account, http: httpx.Client, body: str) -> None:
    answer = send(http, body)
    assert answer.status_code == 500
    assert "faultstring" in answer.text
    assert account.count(ITEMS) == 0


def test_soap_is_spoken_in_xml_only(http: httpx.Client) -> None:
    answer = http.post("/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi", json={})
    assert answer.status_code == 500


def open_items(account: Account, *amounts: float) -> list[str]:
    """Open items of the customer, one a document."""
    keys = []
    for number, amount in enumerate(amounts, start=1):
        keys.append(f"1010/2026/{number:010d}/001")
        item = {"_key": keys[-1], "CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": f"{number:010d}"}
        own = {"AccountingDocumentItem": "001", "FinancialAccountType": "D", "Customer": CUSTOMER, "IsCleared": 0}
        account.state.insert(ITEMS, item | own | {"AmountInTransactionCurrency": amount}, NOW, by="sandbox")
    return keys


def clearing(count: int) -> str:
    items = "".join(
        f"<APARItems><ReferenceDocumentItem>{n}</ReferenceDocumentItem><AccountType>D</AccountType><APARAccount>{CUSTOMER}</APARAccount>"
        f"<FiscalYear>2026</FiscalYear><AccountingDocument>{n}</AccountingDocument><AccountingDocumentItem>1</AccountingDocumentItem>"
        "</APARItems>"
        for n in range(1, count + 1)
    )
    head = (
        "<MessageHeader><ID>C</ID><CreationDateTime>2026-11-04T00:00:00Z</CreationDateTime></MessageHeader><JournalEntry>"
        "<CompanyCode>1010</CompanyCode><AccountingDocumentType>AB</AccountingDocumentType><DocumentDate>2026-11-04</DocumentDate>"
        "<PostingDate>2026-11-04</PostingDate><CurrencyCode>EUR</CurrencyCode>"
    )
    whole = f"<JournalEntryClearingRequest>{head}{items}</JournalEntry></JournalEntryClearingRequest>"
    return envelope(whole, root="JournalEntryBulkClearingRequest")


def test_open_items_that_balance_are_cleared_under_one_document(account: Account, http: httpx.Client) -> None:
    keys = open_items(account, 119, -100, -19)
    answer = send(http, clearing(3), CLEARING)
    assert (answer.status_code, answer.content) == (202, b"")
    held = [account.state.get(ITEMS, key) or {} for key in keys]
    assert {(row["IsCleared"], row["ClearingAccountingDocument"], row["ClearingDate"]) for row in held} == {
        (1, "0200000001", "2026-11-04")
    }
    assert {row["LastChangeDate"] for row in held} == {None}


def test_items_that_do_not_balance_stay_open_though_the_message_was_accepted(account: Account, http: httpx.Client) -> None:
    (key, _) = open_items(account, 119, -100)
    assert send(http, clearing(2), CLEARING).status_code == 202
    assert (account.state.get(ITEMS, key) or {})["IsCleared"] == 0


def test_a_message_with_an_id_that_was_used_is_passed_over(account: Account, http: httpx.Client) -> None:
    keys = open_items(account, 119, -100)
    send(http, clearing(2), CLEARING)
    account.plant(ITEMS, keys[0], AmountInTransactionCurrency=100)
    send(http, clearing(2), CLEARING)
    assert (account.state.get(ITEMS, keys[0]) or {})["IsCleared"] == 0


def test_a_billing_document_is_cancelled_by_another_and_its_posting_reversed(account: Account, http: httpx.Client) -> None:
    (key,) = open_items(account, 119)
    account.plant(ITEMS, key, BillingDocument="90000000", AccountingDocumentType="RV", PostingDate="2026-11-01")
    own = {"CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": "0000000001", "BillingDocumentType": "F2"}
    account.state.insert("A_BillingDocument", {"BillingDocument": "90000000", "BillingDocumentIsCancelled": 0} | own, NOW)
    answer = http.post(f"{BILLING}/Cancel", params={"BillingDocument": "'90000000'"})
    (made,) = answer.json()["d"]["results"]
    assert (made["BillingDocumentType"], made["CancelledBillingDocument"]) == ("S1", "90000000")
    cancelled = one(http, f"{BILLING}/A_BillingDocument('90000000')")
    assert cancelled["BillingDocumentIsCancelled"] is True
    assert cancelled["LastChangeDateTime"] is not None
    amounts = account.state.select(f"select AmountInTransactionCurrency as a, IsCleared as c, IsReversed as r from {ITEMS}")
    assert [tuple(row.values()) for row in amounts] == [(119, 1, 1), (-119, 1, 0)]
    assert http.post(f"{BILLING}/Cancel", params={"BillingDocument": "'90000000'"}).status_code == 400
