"""What the pod keeps right by itself, whoever changed a record: who-columns, amounts, and what is open.

line, tax -> invoice's amount -> balance;  application -> balance, installment, receipt, account;  child -> its parent's stamp

An application moves the stamps of its receipt and installment, not the invoice's: the vendor keeps balances beside the invoice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import KINDS, PARENTS, Resource

_BESIDE = ("standardReceiptApplications", "receivablesInvoiceInstallments")  # children whose changes are none of their parent
_APPLIED = "\"ApplicationStatus\" = 'Applied' and \"IsLatestApplication\" = 'Y'"


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Bring everything that depends on a changed record up to date."""
    resource = KINDS.get(table)
    if resource is None:
        return
    if after:
        _stamp(state, resource, before, after, now)
    row = after or before or {}
    if (parent := PARENTS[table]) and table not in _BESIDE:
        _touch(state, parent, row["_parent"], now)
    if not after:
        _remove_children(state, resource, row, now)
    _follow(state, table, before, after, row, now)


def _follow(state: State, table: str, before: Row | None, after: Row | None, row: Row, now: datetime) -> None:
    if table in ("lines", "receivablesInvoiceLines") and before and after:
        _amount_of_line(state, table, before, after)
    if table == "receivablesInvoiceLines":
        total(state, row["_parent"], now)
    elif table == "receivablesInvoiceLineTaxLines":
        line = state.get("receivablesInvoiceLines", row["_parent"])
        if line:
            total(state, line["_parent"], now)
            _touch(state, KINDS["receivablesInvoices"], line["_parent"], now)
    elif table == "standardReceiptApplications":
        settle_receipt(state, row["StandardReceiptId"], now)
        settle(state, row["ReferenceTransactionId"], now)
    elif table == "standardReceipts" and before and after and before["Amount"] != after["Amount"]:
        settle_receipt(state, row["StandardReceiptId"], now)


def _stamp(state: State, resource: Resource, before: Row | None, after: Row, now: datetime) -> None:
    """Stamp the change, unless it says itself when it was made: a row that commits late brings an old stamp."""
    values: Row = {}
    if resource.updated in resource.attributes:
        own = after[resource.updated]
        if own is None or (before and before[resource.updated] == own):
            values[resource.updated] = now
    if resource.created in resource.attributes and after[resource.created] is None:
        values[resource.created] = now
    if values:
        state.write(resource.name, after[resource.key], values)


def _touch(state: State, resource: Resource, key: Any, now: datetime) -> None:
    """Move the stamp of a record and of those above it."""
    row = state.get(resource.name, key)
    if row is None:
        return
    state.write(resource.name, key, {resource.updated: now})
    if above := PARENTS[resource.name]:
        _touch(state, above, row["_parent"], now)


def _amount_of_line(state: State, table: str, before: Row, after: Row) -> None:
    """A line's amount follows its quantity and price, unless it was set itself."""
    amount, quantity = {"lines": ("ExtendedAmount", "OrderedQuantity")}.get(table, ("LineAmount", "Quantity"))
    repriced = any(before[name] != after[name] for name in (quantity, "UnitSellingPrice"))
    if repriced and before[amount] == after[amount]:
        worth = round((after[quantity] or 0) * (after["UnitSellingPrice"] or 0), 2)
        state.write(table, after[KINDS[table].key], {amount: worth})


def total(state: State, invoice: Any, now: datetime) -> None:
    """Set an invoice's amount to what its lines and their tax add up to."""
    lines = """select coalesce(sum("LineAmount"), 0) as amount from "receivablesInvoiceLines" where _parent = ?"""
    taxes = """select coalesce(sum("TaxAmount"), 0) as amount from "receivablesInvoiceLineTaxLines"
        where _parent in (select "CustomerTransactionLineId" from "receivablesInvoiceLines" where _parent = ?)"""
    amount = sum(state.select(sql, (invoice,))[0]["amount"] for sql in (lines, taxes))
    state.write("receivablesInvoices", invoice, {"EnteredAmount": round(amount, 2)})
    settle(state, invoice, now)


def settle(state: State, key: Any, now: datetime) -> None:
    """Work out what is open of an invoice; its own stamp stays."""
    invoice = state.get("receivablesInvoices", key)
    if invoice is None:
        return
    paid = _applied(state, "ReferenceTransactionId", key)
    balance = round((invoice["EnteredAmount"] or 0) - paid, 2)
    state.write("receivablesInvoices", key, {"InvoiceBalanceAmount": balance})
    installment = {"AmountPaid": paid, "InstallmentBalanceDue": balance, "AccountedBalanceDue": balance}
    installment |= {"InstallmentStatus": "Closed" if balance <= 0 else "Open", "LastUpdateDate": now}
    for each in state.select('select * from "receivablesInvoiceInstallments" where _parent = ?', (key,)):
        if each["InstallmentBalanceDue"] != balance:
            state.write("receivablesInvoiceInstallments", each["InstallmentId"], installment)
    _settle_account(state, invoice["BillToCustomerNumber"])


def settle_receipt(state: State, key: Any, now: datetime) -> None:
    """Work out what is left of a receipt."""
    receipt = state.get("standardReceipts", key)
    if receipt is None:
        return
    left = round(receipt["Amount"] - _applied(state, "StandardReceiptId", key), 2)
    status = "Applied" if left <= 0 else "Unapplied"
    state.write("standardReceipts", key, {"UnappliedAmount": left, "Status": status, "LastUpdateDate": now})
    _settle_account(state, receipt["CustomerAccountNumber"])


def _applied(state: State, column: str, key: Any) -> float:
    """What is applied of a receipt, or to an invoice."""
    of = f'from "standardReceiptApplications" where "{column}" = ? and {_APPLIED}'
    return round(float(state.select(f'select coalesce(sum("ApplicationAmount"), 0) as amount {of}', (key,))[0]["amount"]), 2)


def _settle_account(state: State, number: Any) -> None:
    """What an account owes: what is open of its invoices, less what is left of its receipts."""
    owed = """select coalesce(sum("InvoiceBalanceAmount"), 0) as n from "receivablesInvoices"
        where "BillToCustomerNumber" = ? and "InvoiceStatus" = 'Complete'"""
    left = """select coalesce(sum("UnappliedAmount"), 0) as n from "standardReceipts"
        where "CustomerAccountNumber" = ? and "State" <> 'Reversed'"""
    balance = round(state.select(owed, (number,))[0]["n"] - state.select(left, (number,))[0]["n"], 2)
    sql = 'update "receivablesCustomerAccountActivities" set "TotalOpenReceivablesForAccount" = ? where "AccountNumber" = ?'
    state.db.execute(sql, (balance, number))


def _remove_children(state: State, resource: Resource, row: Row, now: datetime) -> None:
    """What belongs to a record goes with it, also a receipt's or invoice's applications."""
    for child in resource.children:
        for each in state.select(f'select * from "{child.name}" where _parent = ?', (row[resource.key],)):
            state.delete(child.name, each[child.key], now, by="sandbox")
    column = {"standardReceipts": "StandardReceiptId", "receivablesInvoices": "ReferenceTransactionId"}.get(resource.name)
    if column:
        for each in state.select(f'select * from "standardReceiptApplications" where "{column}" = ?', (row[resource.key],)):
            state.delete("standardReceiptApplications", each["ApplicationId"], now, by="sandbox")
    if resource.name == "receivablesInvoices":
        _settle_account(state, row["BillToCustomerNumber"])
