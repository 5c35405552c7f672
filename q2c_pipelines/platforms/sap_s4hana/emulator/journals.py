"""Journal Entry - Post (synchronous): each entry of a message booked or refused on its own, with its log.

message -> entries -> checks (ids, balance, period, accounts, tax) -> document | log of what is wrong; always HTTP 200
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator import chart, ledger, soap
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from q2c_pipelines.platforms.sap_s4hana.emulator.soap import said

Note = tuple[str, str]  # TypeID, words
_TAX = {"TransactionTypeDetermination": "MWS"}
_DAYS = re.compile(r"P(\d+)D")


def confirm(emulation: Emulation, request: Element) -> bytes:
    """The answer to a message: one confirmation an entry, whatever became of it."""
    outer, answer = soap.envelope("JournalEntryBulkCreateConfirmation")
    at = f"{emulation.now():%Y-%m-%dT%H:%M:%SZ}"
    soap.add(answer, {"MessageHeader": {"ReferenceID": said(request, "MessageHeader/ID"), "CreationDateTime": at}})
    for each in request.findall("JournalEntryCreateRequest"):
        soap.add(answer, {"JournalEntryCreateConfirmation": _confirmation(emulation, each, said(request, "MessageHeader/ID"), at)})
    soap.add(answer, {"Log": ""})
    return soap.text(outer)


def _confirmation(emulation: Emulation, request: Element, bulk: str, at: str) -> Row:
    entry = request.find("JournalEntry")
    assert entry is not None
    company, year = said(entry, "CompanyCode"), said(entry, "PostingDate")[:4]
    own = said(request, "MessageHeader/ID")
    wrong = list(_faults(emulation.state, entry)) if bulk and own else [("019(FINS_FI_POSTING_IF)", "Message ID is missing")]
    if wrong:
        number, log = "0000000000", [*wrong, ("021(FINS_FI_POSTING_IF)", "Error in a sub-message; see the other messages")]
    else:
        made = _post(emulation.state, entry, emulation.now())
        number = made["AccountingDocument"]
        log = [("605(RW)", f"Document posted successfully: BKPFF {number}{company}{year} S4H")]
    severity = "3" if wrong else "1"
    items = [{"TypeID": type_id, "SeverityCode": severity, "Note": words[:200]} for type_id, words in log]
    return {
        "MessageHeader": {"ReferenceID": own, "CreationDateTime": at},
        "JournalEntryCreateConfirmation": {"AccountingDocument": number, "CompanyCode": company, "FiscalYear": year},
        "Log": {"MaximumLogItemSeverityCode": severity, "Item": items},
    }


def _faults(state: State, entry: Element) -> Iterator[Note]:
    on = date.fromisoformat(said(entry, "PostingDate"))
    if said(entry, "CompanyCode") != chart.COMPANY:
        yield "165(F5)", f"Company code {said(entry, 'CompanyCode')} does not exist"
    if not ledger.is_open(state, on):
        yield "201(F5)", f"Posting period {on:%m} {on:%Y} is not open"
    if sum(map(_amount, _items(entry)), Decimal(0)):
        yield "016(FINS_FI_POSTING_IF)", "Balance in transaction currency is not zero"
    reference, system = said(entry, "OriginalReferenceDocument"), said(entry, "OriginalReferenceDocumentLogicalSystem")
    known = f"select 1 from \"{CUBE}\" where OriginalReferenceDocument = ? and coalesce(ReferenceDocumentLogicalSystem, '') = ?"
    if reference and state.select(known, (reference, system)):
        yield "609(RW)", f"Document already exists: BKPFF {reference} {system}"
    yield from _unknown(state, entry)
    taxed, told = (
        {said(each, "TaxCode") for each in entry.findall("ProductTaxItem")},
        {said(each, "Tax/TaxCode") for each in entry.findall("Item")},
    )
    if taxed - told:
        yield "023(FINS_FI_POSTING_IF)", f"Tax code {', '.join(sorted(taxed - told))} is missing in the items"


def _unknown(state: State, entry: Element) -> Iterator[Note]:
    """What the entry names and the account does not have, or does not let post to."""
    for item in entry.findall("Item"):
        code = said(item, "GLAccount").lstrip("0")
        found = state.select('select * from "A_GLAccountInChartOfAccounts" where GLAccount = ?', (code,))
        if not found:
            yield "506(F5)", f"G/L account {code} is not defined in chart of accounts {chart.CHART_OF_ACCOUNTS}"
        elif found[0]["AccountIsBlockedForPosting"]:
            yield "351(F5)", f"Account {code} is blocked for posting"
    for item in entry.findall("DebtorItem"):
        customer = said(item, "Debtor").lstrip("0")
        if not state.get("A_CustomerCompany", f"{customer}/{said(entry, 'CompanyCode')}"):
            yield "102(F5)", f"Customer {customer} is not defined in company code {said(entry, 'CompanyCode')}"
    for item in entry.findall("ProductTaxItem"):
        if said(item, "TaxCode") not in chart.TAX_RATES:
            yield "712(FF)", f"Tax code {said(item, 'TaxCode')} is not defined for country {chart.COUNTRY}"


def _post(state: State, entry: Element, now: datetime) -> Row:
    header = {
        "CompanyCode": said(entry, "CompanyCode"),
        "AccountingDocumentType": said(entry, "AccountingDocumentType"),
        "BusinessTransactionType": said(entry, "BusinessTransactionType"),
        "DocumentDate": said(entry, "DocumentDate"),
        "PostingDate": said(entry, "PostingDate"),
        "DocumentReferenceID": said(entry, "DocumentReferenceID"),
        "AccountingDocumentHeaderText": said(entry, "DocumentHeaderText"),
        "OriginalReferenceDocument": said(entry, "OriginalReferenceDocument"),
        "ReferenceDocumentLogicalSystem": said(entry, "OriginalReferenceDocumentLogicalSystem"),
        "Reference1InDocumentHeader": said(entry, "Reference1InDocumentHeader"),
        "Reference2InDocumentHeader": said(entry, "Reference2InDocumentHeader"),
        "AccountingDocCreatedByUser": said(entry, "CreatedByUser"),
        "TransactionCurrency": next(_items(entry))[0].get("currencyCode"),
    }
    with state.transaction():
        return ledger.post(state, header, [_row(state, item, header) for _, item in _items(entry)], now)


def _items(entry: Element) -> Iterator[tuple[Element, Element]]:
    """Every item's amount, and the item."""
    for kind in ("Item", "DebtorItem", "ProductTaxItem"):
        for item in entry.findall(kind):
            amount = item.find("AmountInTransactionCurrency")
            assert amount is not None
            yield amount, item


def _amount(item: tuple[Element, Element]) -> Decimal:
    return Decimal(item[0].text or 0)


def _row(state: State, item: Element, header: Row) -> Row:
    shared: Row = {
        "AmountInTransactionCurrency": float(said(item, "AmountInTransactionCurrency")),
        "DocumentItemText": said(item, "DocumentItemText"),
        "AssignmentReference": said(item, "AssignmentReference"),
    }
    if item.tag == "DebtorItem":
        return shared | _debtor(state, item, header)
    if item.tag == "ProductTaxItem":
        return shared | {"GLAccount": chart.TAX_ACCOUNT, "FinancialAccountType": "S", "TaxCode": said(item, "TaxCode"), **_TAX}
    quantity = said(item, "QuantityInEntryUnit")
    return shared | {
        "GLAccount": said(item, "GLAccount").lstrip("0"),
        "FinancialAccountType": "S",
        "TaxCode": said(item, "Tax/TaxCode"),
        "Material": said(item, "Material"),
        "Quantity": float(quantity) if quantity else None,
        "SalesDocument": said(item, "AccountAssignment/SalesOrder").lstrip("0"),
        "SalesDocumentItem": said(item, "AccountAssignment/SalesOrderItem").lstrip("0"),
    }


def _debtor(state: State, item: Element, header: Row) -> Row:
    customer = said(item, "Debtor").lstrip("0")
    company: dict[str, Any] = state.get("A_CustomerCompany", f"{customer}/{header['CompanyCode']}") or {}
    base = said(item, "CashDiscountTerms/DueCalculationBaseDate") or header["DocumentDate"]
    told = _DAYS.fullmatch(said(item, "CashDiscountTerms/NetPaymentDays"))
    days = int(told[1]) if told else chart.DAYS.get(company.get("PaymentTerms") or "", 0)
    return {
        "GLAccount": company.get("ReconciliationAccount"),
        "FinancialAccountType": "D",
        "Customer": customer,
        "DueCalculationBaseDate": base,
        "NetPaymentDays": days,
        "NetDueDate": (date.fromisoformat(base) + timedelta(days=days)).isoformat(),
        "PaymentTerms": company.get("PaymentTerms"),
    }
