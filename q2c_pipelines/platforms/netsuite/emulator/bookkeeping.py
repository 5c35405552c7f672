"""What the account keeps right by itself, whoever changed a record: stamps, totals, what is open, the ledger, the log of deletions.

line -> header's total -> ledger;  application -> what is open of the invoice and of what pays it;  any child -> its header's stamp
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.ledger import CREDITS, period_of, post

_RECORD_TYPES = {
    "SalesOrd": "salesorder",
    "CustInvc": "invoice",
    "CustCred": "creditmemo",
    "CustPymt": "customerpayment",
    "Journal": "journalentry",
}
_ITEM_TYPES = {
    "Service": "service",
    "NonInvtPart": "noninventory",
    "InvtPart": "inventory",
    "OthCharge": "othercharge",
    "Kit": "kit",
    "Assembly": "assembly",
    "DwnLdItem": "download",
    "Discount": "discount",
}
_CREATED = {"transaction": "createddate", "item": "createddate", "customer": "datecreated"}
_STAMPED = {
    "account",
    "subsidiary",
    "department",
    "currency",
    "accountingperiod",
    "customer",
    "entityaddress",
    "item",
    "transaction",
}
_NAMES = {"transaction": "tranid", "customer": "entityid", "item": "itemid", "account": "acctnumber"}


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Bring everything that depends on a changed record up to date."""
    if after and table in _STAMPED:
        _stamp(state, table, before, after, now)
    row = after or before or {}
    if table == "transaction":
        _transaction(state, before, after, now)
    elif table == "transactionline":
        _line(state, before, after, row["transaction"], now)
    elif table == "transactionaccountingline":
        touch(state, row["transaction"], now)
    elif table == "previoustransactionlinelink":
        settle(state, row["previousdoc"], now)
        settle(state, row["nextdoc"], now)
        touch(state, row["nextdoc"], now)
    elif table == "entityaddress" and row.get("recordowner"):
        state.write("customer", row["recordowner"], {"lastmodifieddate": now})
    if before and not after:
        _log_deletion(state, table, before, now)


def touch(state: State, transaction: Any, now: datetime) -> None:
    """Move a header's stamp."""
    state.write("transaction", transaction, {"lastmodifieddate": now})


def settle(state: State, document: Any, now: datetime) -> None:
    """Work out what is open of an invoice from what is applied to it, of a payment or credit from what it is applied to."""
    header = state.get("transaction", document) or {"type": None}
    if header["type"] == "CustInvc":
        paid = _applied(state, "previousdoc", document)
        unpaid = round((header["foreigntotal"] or 0) - paid, 2)
        status = header["status"] if header["status"] == "V" else ("B" if unpaid <= 0 else "A")
        new = {"foreignamountpaid": paid, "foreignamountunpaid": unpaid, "status": status}
    elif header["type"] in CREDITS:
        unused = round(abs(header["foreigntotal"] or 0) - _applied(state, "nextdoc", document), 2)
        new = {"foreignpaymentamountunused": unused}
    else:
        return
    if any(header[name] != value for name, value in new.items()):
        state.write("transaction", document, new | {"lastmodifieddate": now})


def _applied(state: State, side: str, document: Any) -> float:
    sql = f"select coalesce(sum(foreignamount), 0) as amount from previoustransactionlinelink where {side} = ?"
    return round(float(state.select(sql, (document,))[0]["amount"]), 2)


def _stamp(state: State, table: str, before: Row | None, after: Row, now: datetime) -> None:
    """Stamp the change, unless it says itself when it was made: a row that commits late brings an old stamp."""
    values: Row = {}
    own = after["lastmodifieddate"] if before is None else _moved(before["lastmodifieddate"], after["lastmodifieddate"])
    if own is None:
        values["lastmodifieddate"] = now
    created = _CREATED.get(table)
    if created and after[created] is None:
        values[created] = now
    if values:
        state.write(table, after[state.key(table)], values)


def _moved(before: Any, after: Any) -> Any:
    return after if after != before else None


def _transaction(state: State, before: Row | None, after: Row | None, now: datetime) -> None:
    if after is None:
        _remove_parts(state, before or {}, now)
        return
    if before is None and after["type"] in CREDITS:
        settle(state, after["id"], now)
    if after["posting"] == "T" and after["postingperiod"] is None:
        state.write("transaction", after["id"], {"postingperiod": period_of(state, after["trandate"])["id"]})
    if before and after["foreigntotal"] != before["foreigntotal"]:
        if after["type"] == "CustPymt":
            post(state, after["id"])
        settle(state, after["id"], now)


def _remove_parts(state: State, header: Row, now: datetime) -> None:
    key = header["id"]
    linked = "select * from previoustransactionlinelink where nextdoc = ? or previousdoc = ?"
    links = state.select(linked, (key, key))
    state.db.execute('delete from transactionline where "transaction" = ?', (key,))
    state.db.execute('delete from transactionaccountingline where "transaction" = ?', (key,))
    state.db.execute("delete from previoustransactionlinelink where nextdoc = ? or previousdoc = ?", (key, key))
    for link in links:
        settle(state, link["previousdoc"], now)
        settle(state, link["nextdoc"], now)
        touch(state, link["nextdoc"], now)


def _line(state: State, before: Row | None, after: Row | None, transaction: Any, now: datetime) -> None:
    """A line's amount follows its quantity and rate, the header's total its lines, and the ledger both."""
    if after and before and after["rate"] is not None:
        repriced = (after["quantity"], after["rate"]) != (before["quantity"], before["rate"])
        if repriced and after["foreignamount"] == before["foreignamount"]:
            amount = round((after["quantity"] or 0) * after["rate"], 2)
            state.write("transactionline", after["uniquekey"], {"foreignamount": amount, "netamount": amount})
    header = state.get("transaction", transaction)
    if header is None:
        return
    touch(state, transaction, now)
    if header["type"] in ("SalesOrd", "CustInvc"):
        total(state, transaction)
        post(state, transaction)
        settle(state, transaction, now)
    elif header["type"] == "CustCred":
        post(state, transaction)


def total(state: State, transaction: Any) -> None:
    """Set a sale's total, and its main line, to what its lines add up to."""
    lines = """select coalesce(-sum(foreignamount), 0) as total from transactionline where "transaction" = ? and mainline = 'F'"""
    amount = round(state.select(lines, (transaction,))[0]["total"], 2)
    state.write("transaction", transaction, {"foreigntotal": amount})
    state.db.execute(
        'update transactionline set foreignamount = ?, netamount = ? where "transaction" = ? and id = 0',
        (amount, amount, transaction),
    )


def _log_deletion(state: State, table: str, before: Row, now: datetime) -> None:
    kind = {"transaction": _RECORD_TYPES.get(str(before.get("type"))), "customer": "customer", "account": "account"}.get(table)
    if table == "item":
        kind = f"{_ITEM_TYPES.get(before['itemtype'], 'inventory')}{(before['subtype'] or '').lower()}item"
    if kind is None:
        return
    sql = "insert into deletedrecord (_key, recordid, type, name, externalid, deleteddate, context) values (?, ?, ?, ?, ?, ?, ?)"
    key, at = before["id"], now.strftime("%Y-%m-%dT%H:%M:%SZ")
    name = before[_NAMES[table]]
    state.db.execute(sql, (f"{kind}-{key}", key, kind, name, before.get("externalid"), at, "REST Web Services"))
