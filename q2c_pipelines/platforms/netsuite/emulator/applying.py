"""Applying payments to invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.body import referred
from q2c_pipelines.platforms.netsuite.emulator.errors import invalid_content, user_error

_SPENT = "select coalesce(sum(foreignamount), 0) as spent from previoustransactionlinelink where nextdoc = ?"


def apply(state: State, payment: Any, items: list[Any], now: datetime) -> None:
    """Apply a payment to invoices, never more than is open of each, nor in all more than the payment."""
    header = state.get("transaction", payment) or {}
    for index, item in enumerate(items):
        path = f"apply.items[{index}].doc"
        invoice = referred(state, "transaction", "doc", item.get("doc"), path)
        if invoice["type"] != "CustInvc" or invoice["entity"] != header["entity"]:
            raise invalid_content(invoice["id"], "doc", path)
        key = f"{invoice['id']}-{payment}"
        if state.get("previoustransactionlinelink", key):
            state.delete("previoustransactionlinelink", key, now)
        if item.get("apply", True):
            _apply_one(state, header, invoice["id"], item.get("amount"), now)


def _apply_one(state: State, payment: Row, invoice: Any, amount: float | None, now: datetime) -> None:
    due = (state.get("transaction", invoice) or {})["foreignamountunpaid"]
    left = round(payment["foreigntotal"] - state.select(_SPENT, (payment["id"],))[0]["spent"], 2)
    amount = min(due, left) if amount is None else round(amount, 2)
    if not 0 < amount <= due:
        raise user_error(f"The amount to apply ({amount}) must be above zero and at most what is due ({due}).")
    if amount > left:
        raise user_error(f"The amount to apply ({amount}) is more than the payment has left ({left}).")
    link = {"_key": f"{invoice}-{payment['id']}", "previousdoc": invoice, "previousline": 0, "previoustype": "CustInvc"}
    link |= {"nextdoc": payment["id"], "nextline": 1, "nexttype": "CustPymt", "linktype": "Payment"}
    state.insert("previoustransactionlinelink", link | {"foreignamount": amount, "lastmodifieddate": now}, now)
