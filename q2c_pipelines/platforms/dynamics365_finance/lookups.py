"""What a writer asks before it writes: who carries a reference, what a code is called there, which period is open."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import httpx

from q2c_pipelines.platforms.dynamics365_finance.books import refused
from q2c_pipelines.platforms.dynamics365_finance.odata import CROSS, DATA, Key, equals, moment, record_path
from q2c_pipelines.platforms.flow import Request

_T = TypeVar("_T")
Look = Generator[Request, httpx.Response, _T]
Record = dict[str, Any]
REVERSAL = "REVERSAL:"  # what the integration key of a journal begins with that undoes another


def rows(entity_set: str, condition: str) -> Look[list[Record]]:
    """The records of a filter in no order, numbers exact."""
    response = yield Request("GET", f"{DATA}/{entity_set}", params={**CROSS, "$filter": condition})
    return list(json.loads(response.text, parse_float=Decimal)["value"])


def record(entity_set: str, key: Key) -> Look[Record | None]:
    """One record; None where there is none."""
    response = yield Request("GET", record_path(entity_set, key), params=CROSS, accept=(404,))
    return None if response.status_code == 404 else json.loads(response.text, parse_float=Decimal)


def customer_of(company: str, crm_id: str) -> Look[Record | None]:
    """The customer that carries the CRM's id."""
    found = yield from rows("CustomersV3", equals(dataAreaId=company, CrmId_Custom=crm_id))
    return found[0] if found else None


def order_of(company: str, quote_id: str) -> Look[Record | None]:
    """The oldest order of a quote that was not cancelled or stopped."""
    found = yield from rows("SalesOrderHeadersV2", equals(dataAreaId=company, QuoteId_Custom=quote_id))
    standing = [each for each in found if each["SalesOrderStatus"] != "Canceled" and each["IsSalesProcessingStopped"] != "Yes"]
    return min(standing, key=lambda each: (each["OrderCreationDateTime"], each["SalesOrderNumber"]), default=None)


def invoice_of(company: str, number: str) -> Look[Record | None]:
    """A posted invoice by its number."""
    found = yield from rows("SalesInvoiceHeadersV2", equals(dataAreaId=company, InvoiceNumber=number))
    return found[0] if found else None


def payment_of(company: str, payment_ref: str) -> Look[Record | None]:
    """The payment that carries the reference of the collected one."""
    found = yield from rows("CustomerPaymentJournalLines", equals(dataAreaId=company, PaymentReference=payment_ref))
    return found[0] if found else None


def journal_of(company: str, journal_ref: str) -> Look[Record | None]:
    """The journal that carries a reference and was not undone."""
    for journal in (yield from rows("LedgerJournalHeaders", equals(dataAreaId=company, IntegrationKey=journal_ref))):
        if (yield from reversal_of(journal)) is None:
            return journal
    return None


def reversal_of(journal: Record) -> Look[Record | None]:
    """The journal that undoes another."""
    key = REVERSAL + journal["JournalBatchNumber"]
    found = yield from rows("LedgerJournalHeaders", equals(dataAreaId=journal["dataAreaId"], IntegrationKey=key))
    return found[0] if found else None


def settled(invoice: Record) -> Look[Decimal]:
    """What payments, posted or not, are marked to settle of an invoice."""
    number, company = invoice["InvoiceNumber"], invoice["dataAreaId"]
    shares = yield from rows("CustomerPaymentJournalLineSettledInvoices", equals(InvoiceCompany=company, InvoiceNumber=number))
    marked = yield from rows("CustomerPaymentJournalLines", equals(MarkedInvoiceCompany=company, MarkedInvoice=number))
    known = {(each["JournalBatchNumber"], each["JournalLineNumber"]) for each in shares}
    alone = [each for each in marked if (each["JournalBatchNumber"], each["LineNumber"]) not in known]
    amounts = [each["SettlementAmountInInvoiceCurrency"] for each in shares]
    return Decimal(sum(amounts + [each["CreditAmount"] - each["DebitAmount"] for each in alone]))


def require_products(company: str, codes: Iterable[str]) -> Look[None]:
    """Raises Terminal naming the products that the company has not released."""
    wanted = sorted(set(codes))
    either = " or ".join(equals(ItemNumber=code) for code in wanted)
    found = yield from rows("ReleasedProductsV2", f"{equals(dataAreaId=company)} and ({either})")
    if missing := sorted(set(wanted) - {each["ItemNumber"] for each in found}):
        raise refused(f"no product {', '.join(missing)} is released to {company}; release it, then replay")


def terms(company: str) -> Look[dict[str, str]]:
    """What the terms of payment of a company say, by their name: `Net 30`. Those with months in them say their own name."""
    found = yield from rows("PaymentTerms", equals(dataAreaId=company))
    return {each["Name"]: each["Name"] if each["NumberOfMonths"] else _said(each["NumberOfDays"]) for each in found}


def term(company: str, said: str) -> Look[str]:
    """The name of the terms of payment that `Net 30` stands for. Raises Terminal where there are none."""
    names = [name for name, says in (yield from terms(company)).items() if says == said]
    if not names:
        raise refused(f"no terms of payment of {company} say {said}; create them, then replay")
    return names[0]


def _said(days: int) -> str:
    return f"Net {days}" if days else "Due on receipt"


def country(iso: str) -> Look[str]:
    """What the environment calls a country of two letters. Raises Terminal where it has none."""
    found = yield from rows("AddressCountryRegions", equals(ISOcode=iso))
    if not found:
        raise refused(f"no country/region has the ISO code {iso}; create it, then replay")
    return str(found[0]["CountryRegion"])


def require_open_period(company: str, on: date) -> Look[None]:
    """Raises Terminal naming the period a date posts to where it is not open: what is posted into it would never be."""
    ledger = yield from record("Ledgers", {"LegalEntityId": company.upper()})
    if ledger is None:
        raise refused(f"the company {company} has no ledger that the user may see")
    day = moment(on)
    condition = f"Calendar eq '{ledger['FiscalCalendar']}' and StartDate le {day} and EndDate ge {day}"
    periods = [each for each in (yield from rows("FiscalPeriods", condition)) if each["Type"] == "Operating"]
    if not periods:
        raise refused(f"no fiscal period of {company} holds {on}; open one, then replay", "PERIOD_CLOSED")
    named = {"LedgerName": ledger["Name"], "Calendar": periods[0]["Calendar"]}
    period = {"YearName": periods[0]["FiscalYear"], "PeriodName": periods[0]["PeriodName"]}
    found = yield from record("LedgerFiscalPeriods", named | period)
    status = found["PeriodStatus"] if found else "not there"
    if status != "Open":
        told = f"{period['PeriodName']} of {period['YearName']} in {company} is {status}; open it, then replay"
        raise refused(told, "PERIOD_CLOSED")
