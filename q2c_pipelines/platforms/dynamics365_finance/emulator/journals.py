"""General and payment journals: what new ones take over, what a payment settles, and the batch job that posts them.

header, lines -> IsPosted No -> the job -> IsPosted Yes, or No with the reasons in the infolog
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import NOTHING
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import infolog
from q2c_pipelines.platforms.dynamics365_finance.emulator.ledger import account_problem, period_problem
from q2c_pipelines.platforms.emulation import Row, State

_PAYMENT = "CustomerPaymentJournal"
_CENT = 0.005


def header(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """The company's currency and the journal name's own description."""
    ledger = state.select('select * from "Ledgers" where lower("LegalEntityId") = ?', (row["dataAreaId"],))
    currency = ledger[0]["AccountingCurrency"] if ledger else ""
    return payment_header(state, row, given, now, "Daily") | {"AccountingCurrency": currency}


def payment_header(state: State, row: Row, given: Row, now: datetime, kind: str = "CustPayment") -> dict[str, Any]:
    """The journal name's description. Refuses a journal name of another type."""
    named = state.get("JournalNames", f"{row['dataAreaId']}|{row['JournalName']}") or {}
    if named and named["Type"] != kind:
        raise infolog("LedgerJournalHeader", f"Error: Journal name {row['JournalName']} is not of type {kind}.")
    return {"Description": row["Description"] or named.get("Description", "")}


def line(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """The voucher that is not in balance yet, else a new one. Refuses a line of no journal, or of a posted one."""
    _require_open(state, "LedgerJournalHeaders", row, "LedgerJournalLine")
    return {"LineNumber": row["LineNumber"] or _next_line(state, "LedgerJournalLines", row)} | _shared(state, row)


def payment_line(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """A customer's line. Refuses an unknown customer or invoice."""
    _require_open(state, f"{_PAYMENT}Headers", row, f"{_PAYMENT}Line")
    if not state.get("CustomersV3", f"{row['dataAreaId']}|{row['AccountDisplayValue']}"):
        told = f"Error: The value '{row['AccountDisplayValue']}' in field 'Account' is not found in the related table 'Customers'."
        raise infolog(f"{_PAYMENT}Line", told)
    if row["MarkedInvoice"] and _invoice(state, row["MarkedInvoiceCompany"] or row["dataAreaId"], row["MarkedInvoice"]) is None:
        raise infolog(f"{_PAYMENT}Line", f"Error: Invoice {row['MarkedInvoice']} is not found among the open transactions.")
    return {"LineNumber": row["LineNumber"] or _next_line(state, f"{_PAYMENT}Lines", row), "AccountType": "Cust"}


def settled(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """An invoice marked for settlement by a payment. Refuses one that is unknown, or more than is open of it."""
    payment = state.get(f"{_PAYMENT}Lines", f"{row['dataAreaId']}|{row['JournalBatchNumber']}|{row['JournalLineNumber']:g}")
    _require_open(state, f"{_PAYMENT}Headers", row, f"{_PAYMENT}LineSettledInvoice")
    invoice = _invoice(state, row["InvoiceCompany"] or row["dataAreaId"], row["InvoiceNumber"])
    if payment is None or invoice is None:
        raise infolog(f"{_PAYMENT}LineSettledInvoice", f"Error: Invoice {row['InvoiceNumber']} or its payment is not found.")
    if row["SettlementAmountInInvoiceCurrency"] > open_amount(state, invoice) + _CENT:
        raise infolog(f"{_PAYMENT}LineSettledInvoice", f"Error: Less is open of invoice {row['InvoiceNumber']}.")
    return {"AccountDisplayValue": payment["AccountDisplayValue"], "InvoiceDueDate": invoice["InvoiceDate"]}


def mark(state: State, payment: Row, now: datetime) -> None:
    """The settlement of the one invoice that a payment's line marks, as far as the money and the invoice go."""
    company = payment["MarkedInvoiceCompany"] or payment["dataAreaId"]
    invoice = _invoice(state, company, payment["MarkedInvoice"]) or {}
    amount = min(payment["CreditAmount"] - payment["DebitAmount"], open_amount(state, invoice))
    row = {
        "dataAreaId": payment["dataAreaId"],
        "JournalBatchNumber": payment["JournalBatchNumber"],
        "JournalLineNumber": payment["LineNumber"],
        "InvoiceCompany": company,
        "InvoiceNumber": payment["MarkedInvoice"],
    }
    key = f"{payment['_key']}|{company}|{payment['MarkedInvoice']}"
    own = {"_key": key, "AccountDisplayValue": payment["AccountDisplayValue"], "InvoiceDueDate": invoice["InvoiceDate"]}
    amounts = {"SettlementAmountInInvoiceCurrency": round(amount, 2), "CashDiscountToTakeInInvoiceCurrency": 0}
    state.insert(f"{_PAYMENT}LineSettledInvoices", row | own | amounts, now)


def open_amount(state: State, invoice: Row) -> float:
    """What no payment has been marked for."""
    sql = """select coalesce(sum("SettlementAmountInInvoiceCurrency"), 0) as n from "CustomerPaymentJournalLineSettledInvoices"
        where "InvoiceCompany" = ? and "InvoiceNumber" = ?"""
    marked = state.select(sql, (invoice["dataAreaId"], invoice["InvoiceNumber"]))[0]["n"]
    return round(float(invoice["TotalInvoiceAmount"] - marked), 2)


def post_all(state: State, now: datetime) -> None:
    """The periodic job: every journal that is not posted is, unless something is wrong with it."""
    for table, lines, date in (
        ("LedgerJournalHeaders", "LedgerJournalLines", "TransDate"),
        (f"{_PAYMENT}Headers", f"{_PAYMENT}Lines", "TransactionDate"),
    ):
        for journal in state.select(f'select * from "{table}" where "IsPosted" = \'No\' order by _key'):
            _post(state, table, journal, _lines(state, lines, journal), date, now)


def _post(state: State, table: str, journal: Row, lines: list[Row], date: str, now: datetime) -> None:
    problems = _problems(state, journal["dataAreaId"], lines, date)
    if not problems:
        state.update(table, journal["_key"], {"IsPosted": "Yes"}, now)
        for each in lines if table == "LedgerJournalHeaders" else []:
            _reverse(state, journal, each, lines, now)
    says = "; ".join(problems)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    state.db.execute("insert or replace into _infolog values (?, ?, ?)", (journal["_key"], stamp, says or "Posted"))


def _problems(state: State, company: str, lines: list[Row], date: str) -> list[str]:
    if not lines:
        return ["The journal has no lines."]
    problems = [period_problem(state, company, day) for day in sorted({each[date] for each in lines})]
    problems += [account_problem(state, company, display) for each in lines for display in _accounts(each)]
    differences = {voucher: _difference(lines, voucher) for voucher in sorted({each["Voucher"] for each in lines})}
    problems += [
        f"The transactions on voucher {voucher} do not balance ({difference:.2f})."
        for voucher, difference in differences.items()
        if abs(difference) > _CENT
    ]
    return list(dict.fromkeys(filter(None, problems)))


def _accounts(line: Row) -> list[str]:
    """The ledger accounts that a line names."""
    sides = [side for side in ("", "Offset") if line[f"{side}AccountType"] == "Ledger"]
    return [line[f"{side}AccountDisplayValue"] for side in sides if line[f"{side}AccountDisplayValue"]]


def _difference(lines: list[Row], voucher: str) -> float:
    own = [each for each in lines if each["Voucher"] == voucher and not each["OffsetAccountDisplayValue"]]
    return float(sum(each["DebitAmount"] - each["CreditAmount"] for each in own))


def _reverse(state: State, journal: Row, line: Row, lines: list[Row], now: datetime) -> None:
    """The posted journal that undoes one whose lines ask for it, made with its first line."""
    if line["ReverseEntry"] != "Yes" or line["ReverseDate"] == NOTHING or line is not lines[0]:
        return
    number = f"{journal['JournalBatchNumber']}R"
    undoes = {"JournalBatchNumber": number, "IntegrationKey": "", "IsPosted": "Yes", "_key": f"{journal['dataAreaId']}|{number}"}
    state.insert("LedgerJournalHeaders", journal | undoes, now)
    for each in lines:
        sides = {"DebitAmount": each["CreditAmount"], "CreditAmount": each["DebitAmount"], "TransDate": each["ReverseDate"]}
        own = {
            "JournalBatchNumber": number,
            "_key": f"{journal['dataAreaId']}|{number}|{each['LineNumber']:g}",
            "ReverseEntry": "No",
        }
        state.insert("LedgerJournalLines", each | sides | own, now)


def total(state: State, line: Row) -> None:
    """Bring a journal's totals up to its lines."""
    lines = _lines(state, "LedgerJournalLines", line)
    totals = {side: round(sum(each[f"{side}Amount"] for each in lines), 2) for side in ("Debit", "Credit")}
    key = f"{line['dataAreaId']}|{line['JournalBatchNumber']}"
    state.write("LedgerJournalHeaders", key, {f"JournalTotal{side}": amount for side, amount in totals.items()})


def _lines(state: State, table: str, of: Row) -> list[Row]:
    sql = f'select * from "{table}" where "dataAreaId" = ? and "JournalBatchNumber" = ? order by "LineNumber"'
    return state.select(sql, (of["dataAreaId"], of["JournalBatchNumber"]))


def _next_line(state: State, table: str, row: Row) -> float:
    return float(max((each["LineNumber"] for each in _lines(state, table, row)), default=0) + 1)


def _shared(state: State, row: Row) -> dict[str, Any]:
    """The voucher of the lines before, while it is not in balance."""
    lines = _lines(state, "LedgerJournalLines", row)
    last = lines[-1]["Voucher"] if lines else ""
    is_open = bool(last) and abs(_difference(lines, last)) > _CENT
    return {"Voucher": row["Voucher"] or (last if is_open else "")}


def _require_open(state: State, headers: str, row: Row, entity: str) -> None:
    journal = state.get(headers, f"{row['dataAreaId']}|{row['JournalBatchNumber']}")
    if journal is None:
        told = f"Error: The value '{row['JournalBatchNumber']}' in field 'Journal batch number' is not found in '{headers}'."
        raise infolog(entity, told)
    if journal["IsPosted"] == "Yes":
        raise infolog(entity, f"Error: Journal {row['JournalBatchNumber']} is posted and cannot be changed.")


def _invoice(state: State, company: str, number: str) -> Row | None:
    sql = 'select * from "SalesInvoiceHeadersV2" where "dataAreaId" = ? and "InvoiceNumber" = ?'
    found = state.select(sql, (company, number))
    return found[0] if found else None
