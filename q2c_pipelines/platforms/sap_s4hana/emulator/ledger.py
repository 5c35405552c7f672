"""Accounting documents: their items as the cube shows them, opened, reversed and cleared.

entries -> numbered document -> one row an item; reversal -> mirrored document, both cleared
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator import chart
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE


def row_key(item: Row) -> str:
    """The key of an item's row."""
    return "/".join(str(item[name]) for name in ("CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"))


def number(state: State, kind: str) -> str:
    """The next document number of a document type, ten digits."""
    return f"{state.next(f'document {kind}', chart.DOCUMENT_TYPES.get(kind, 100000001)):010d}"


def is_open(state: State, on: date) -> bool:
    """Whether the posting period of a day is open."""
    return not state.select("select 1 from _closed_period where id = ?", (f"{on:%Y-%m}",))


def document(header: Row, items: Sequence[Row]) -> list[Row]:
    """A document's rows, numbered in the order given; the header's fields repeat on each."""
    on = str(header["PostingDate"])
    shared: Row = {
        "CompanyCodeCurrency": chart.CURRENCY,
        "FiscalYear": on[:4],
        "FiscalPeriod": f"{int(on[5:7]):03d}",
        "IsReversal": 0,
        "IsReversed": 0,
        "IsCleared": 0,
        "ReferenceDocumentType": "BKPFF",
    }
    rows = []
    for place, item in enumerate(items, start=1):
        row = shared | header | item | {"AccountingDocumentItem": f"{place:03d}"}
        row["AmountInCompanyCodeCurrency"] = row["AmountInTransactionCurrency"]
        row["DebitCreditCode"] = "S" if row["AmountInTransactionCurrency"] >= 0 else "H"
        rows.append({"_key": row_key(row), **row})
    return rows


def post(state: State, header: Row, items: Sequence[Row], now: datetime) -> Row:
    """Book a document; its header with number and year."""
    numbered = header | {"AccountingDocument": number(state, header["AccountingDocumentType"])}
    rows = document(numbered, items)
    reference = f"{numbered['AccountingDocument']}{numbered['CompanyCode']}{rows[0]['FiscalYear']}"
    for row in rows:
        state.insert(CUBE, {**row, "OriginalReferenceDocument": row.get("OriginalReferenceDocument") or reference}, now)
    return numbered | {"FiscalYear": rows[0]["FiscalYear"]}


def items_of(state: State, company: str, number: str, year: str) -> list[Row]:
    """A document's rows."""
    of_document = "CompanyCode = ? and AccountingDocument = ? and FiscalYear = ?"
    return state.select(f'select * from "{CUBE}" where {of_document} order by AccountingDocumentItem', (company, number, year))


def clear(state: State, rows: Sequence[Row], number: str, on: str, now: datetime) -> None:
    """Close open items against each other under one clearing document."""
    values: dict[str, Any] = {
        "ClearingAccountingDocument": number,
        "ClearingDocFiscalYear": on[:4],
        "ClearingDate": on,
        "ClearingCreationDate": now.date().isoformat(),
        "IsCleared": 1,
    }
    for row in rows:
        state.update(CUBE, row["_key"], values, now)
        if row["BillingDocument"] and state.get("A_BillingDocument", row["BillingDocument"]):
            state.write("A_BillingDocument", row["BillingDocument"], {"InvoiceClearingStatus": "C"})


def reverse(state: State, rows: Sequence[Row], on: str, now: datetime, **more: Any) -> Row:
    """Undo a document by a mirrored one on that day; each names the other, and open items are closed."""
    first = rows[0]
    kept = ("CompanyCode", "AccountingDocumentType", "TransactionCurrency", "DocumentReferenceID", "AccountingDocumentHeaderText")
    back = {"ReverseDocument": first["AccountingDocument"], "ReverseDocumentFiscalYear": first["FiscalYear"], "IsReversal": 1}
    header = {name: first[name] for name in kept} | {"PostingDate": on, "DocumentDate": on} | back | more
    same = ("GLAccount", "FinancialAccountType", "Customer", "Material", "Quantity", "DocumentItemText", "AssignmentReference")
    mirrored = [
        {name: row[name] for name in same} | {"AmountInTransactionCurrency": -row["AmountInTransactionCurrency"]} for row in rows
    ]
    made = post(state, header, mirrored, now)
    for row in rows:
        named = {"ReverseDocument": made["AccountingDocument"], "ReverseDocumentFiscalYear": made["FiscalYear"], "IsReversed": 1}
        state.update(CUBE, row["_key"], named, now)
    undone = [*rows, *items_of(state, first["CompanyCode"], made["AccountingDocument"], made["FiscalYear"])]
    clear(state, [row for row in undone if row["FinancialAccountType"] == "D"], made["AccountingDocument"], on, now)
    return made
