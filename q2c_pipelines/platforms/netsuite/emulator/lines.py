"""Saving the lines of orders and invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.body import written
from q2c_pipelines.platforms.netsuite.emulator.errors import invalid_content, user_error
from q2c_pipelines.platforms.netsuite.emulator.fields import ITEM_LINE, PASSED_OVER
from q2c_pipelines.platforms.netsuite.emulator.schema import line_key


def write(state: State, transaction: Any, items: list[Any], shared: Row, now: datetime, replace: bool = False) -> None:
    """Add item lines, or change those that are named by their number; with `replace`, only these remain."""
    held = [row["id"] for row in state.select('select id from transactionline where "transaction" = ? and id > 0', (transaction,))]
    if replace:
        state.db.execute('delete from transactionline where "transaction" = ? and id > 0', (transaction,))
        held = []
    if not items and not held:
        raise user_error("You must enter at least one line item for this transaction.")
    for index, item in enumerate(items):
        place = f"item.items[{index}]."
        wanted = written(state, ITEM_LINE, {name: value for name, value in item.items() if name not in PASSED_OVER}, place)
        number = int(wanted.pop("id", None) or max(held, default=0) + 1)
        _write_one(state, transaction, number, wanted, shared, place, now)
        held.append(number)


def add(state: State, transaction: Any, number: int, values: Row, now: datetime) -> None:
    """Put one line in; number 0 is the main line."""
    own: Row = {"uniquekey": line_key(int(transaction), number), "transaction": transaction, "id": number}
    own |= {"linesequencenumber": number, "mainline": "F" if number else "T", "taxline": "F", "isclosed": "F"}
    state.insert("transactionline", own | {"linelastmodifieddate": now, "netamount": values.get("foreignamount")} | values, now)


def _write_one(state: State, transaction: Any, number: int, wanted: Row, shared: Row, place: str, now: datetime) -> None:
    before = state.get("transactionline", line_key(int(transaction), number))
    if before is None and "item" not in wanted:
        raise invalid_content("", "item", f"{place}item")
    values = _sold(wanted, before or {})
    if before:
        state.update("transactionline", before["uniquekey"], values, now)
    else:
        add(state, transaction, number, shared | values, now)


def _sold(wanted: Row, before: Row) -> Row:
    """A line's amounts: what is not given follows from quantity and rate; goods and revenue leave, so both are below zero."""
    quantity = -wanted["quantity"] if "quantity" in wanted else before.get("quantity", -1)
    rate = wanted.get("rate", before.get("rate") or 0)
    amount = round(-wanted["foreignamount"] if "foreignamount" in wanted else quantity * rate, 2)
    return wanted | {"quantity": quantity, "rate": rate, "foreignamount": amount, "netamount": amount}
