"""Saving transactions: what each kind needs, what it computes, and what it refuses.

body -> header -> lines | applications | entries;  the sums are the bookkeeping's
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator import bookkeeping, chart, lines, taxes
from q2c_pipelines.platforms.netsuite.emulator.applying import apply
from q2c_pipelines.platforms.netsuite.emulator.body import referred, sublist, written
from q2c_pipelines.platforms.netsuite.emulator.errors import user_error
from q2c_pipelines.platforms.netsuite.emulator.fields import Record
from q2c_pipelines.platforms.netsuite.emulator.journals import require_balance, reverse, write_entries
from q2c_pipelines.platforms.netsuite.emulator.ledger import open_period, post
from q2c_pipelines.platforms.netsuite.emulator.schema import FIRST_ID, FIRST_NUMBER, ZONE

_PREFIXES = {"SalesOrd": "SO", "CustInvc": "CI", "CustPymt": "PYMT", "Journal": "JE"}
_DEFAULTS: dict[str, Row] = {
    "SalesOrd": {"status": "A", "posting": "F"},
    "CustInvc": {"status": "A", "approvalstatus": 2},
    "CustPymt": {"status": "B"},
    "Journal": {"status": "B", "approvalstatus": 2, "isreversal": "F"},
}
_COMPANY = {"subsidiary": chart.SUBSIDIARY, "department": chart.DEPARTMENT}
_OWN_PARTS = {"item", "apply", "line", "subsidiary", "department", "createdFrom", "autoApply", "taxDetails", "taxDetailsOverride"}


def create(state: State, record: Record, body: Mapping[str, Any], now: datetime, made_from: Row | None = None) -> int:
    """Save a new transaction and return its id."""
    kind = record.marks["type"]
    header = _completed(state, kind, _written(state, record, body), body, now)
    shared = _company(state, body) | {"createdfrom": made_from["id"] if made_from else None}
    key = state.insert("transaction", header, now)["id"]
    if kind == "Journal":
        write_entries(state, key, sublist(body, "line"), shared, now)
    else:
        lines.add(state, key, 0, shared | {"foreignamount": header.get("foreigntotal")}, now)
    if kind in ("SalesOrd", "CustInvc"):
        lines.write(state, key, sublist(body, "item"), shared, now)
        taxes.write(state, key, body, shared, now)
    if kind == "CustPymt":
        post(state, key)
        apply(state, key, sublist(body, "apply"), now)
    if header.get("reversaldate"):
        reverse(state, key, header["reversaldate"], now)
    _advance(state, key, made_from, now)
    return int(key)


def update(state: State, record: Record, key: Any, body: Mapping[str, Any], replace: bool, now: datetime) -> None:
    """Save changes to a transaction."""
    before = state.get("transaction", key) or {}
    header = _written(state, record, body)
    if "line" in body:
        raise user_error("The lines of a posted journal entry cannot be changed here; reverse it.")
    if before["posting"] == "T" and ("trandate" in header or "item" in body or "apply" in body):
        header["postingperiod"] = open_period(state, str(header.get("trandate", before["trandate"])), before["type"])["id"]
    if "item" in body:
        lines.write(state, key, sublist(body, "item"), _company(state, {}), now, replace)
    if "apply" in body:
        apply(state, key, sublist(body, "apply"), now)
    if header.get("reversaldate") and not before["reversal"]:
        reverse(state, key, header["reversaldate"], now)
    state.update("transaction", key, header or {"memo": before["memo"]}, now)
    if header.get("status") == "H":
        state.db.execute("""update transactionline set isclosed = 'T' where "transaction" = ?""", (key,))
    _advance(state, key, None, now)


def _completed(state: State, kind: str, given: Row, body: Mapping[str, Any], now: datetime) -> Row:
    """A new header with all that the account fills in. Refuses what lacks a customer, balance or open period."""
    today = now.astimezone(ZONE).date().isoformat()
    header: Row = {"trandate": today, "currency": chart.USD, "exchangerate": 1, **_DEFAULTS[kind], **given}
    if kind != "Journal" and not header.get("entity"):
        raise user_error("Please enter value(s) for: Customer")
    if kind != "SalesOrd":
        header |= {"postingperiod": open_period(state, header["trandate"], kind)["id"], "posting": "T"}
    if kind == "CustInvc":
        header.setdefault("duedate", _due(state, header))
    if kind == "CustPymt":
        header.setdefault("foreigntotal", sum(item.get("amount", 0) for item in sublist(body, "apply")))
    if kind == "Journal":
        require_balance(sublist(body, "line"))
    header |= {"id": state.next("transaction", FIRST_ID), "type": kind, "voided": "F"}
    header.setdefault("tranid", f"{_PREFIXES[kind]}{state.next(kind, FIRST_NUMBER)}")
    return header


def _written(state: State, record: Record, body: Mapping[str, Any]) -> Row:
    return written(state, record.fields, {name: value for name, value in body.items() if name not in _OWN_PARTS})


def _company(state: State, body: Mapping[str, Any]) -> Row:
    given = {name: body.get(name, {"id": str(default)}) for name, default in _COMPANY.items()}
    return {name: referred(state, name, name, value, name)["id"] for name, value in given.items()}


def _due(state: State, header: Row) -> str:
    customer = state.get("customer", header["entity"]) or {}
    term = state.get("term", customer.get("terms")) or {"daysuntilnetdue": 0}
    return (date.fromisoformat(header["trandate"]) + timedelta(days=term["daysuntilnetdue"])).isoformat()


def _advance(state: State, transaction: Any, made_from: Row | None, now: datetime) -> None:
    """An approved order of services waits for billing at once; an order is billed when its invoices reach its total."""
    header = state.get("transaction", transaction) or {}
    if header.get("type") == "SalesOrd" and header["status"] == "B":
        shipped = """select 1 from transactionline line join item on item.id = line.item
            where line."transaction" = ? and item.itemtype = 'InvtPart'"""
        if not state.select(shipped, (transaction,)):
            state.write("transaction", transaction, {"status": "F"})
    if made_from and made_from["type"] == "SalesOrd" and made_from["status"] in "BEF":
        made = """select coalesce(sum(foreigntotal), 0) as billed from "transaction" where type = 'CustInvc' and id in
            (select "transaction" from transactionline where createdfrom = ? and id = 0)"""
        if state.select(made, (made_from["id"],))[0]["billed"] >= made_from["foreigntotal"]:
            state.write("transaction", made_from["id"], {"status": "G"})
            bookkeeping.touch(state, made_from["id"], now)
