"""The tax of an invoice that is told line by line and not worked out (SuiteTax: Tax Details Override)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator import chart, lines
from q2c_pipelines.platforms.netsuite.emulator.body import sublist, written
from q2c_pipelines.platforms.netsuite.emulator.errors import invalid_content, user_error
from q2c_pipelines.platforms.netsuite.emulator.fields import TAX_DETAIL

_CODED = {"taxCode": chart.SETTINGS["tax_code"], "taxType": chart.SETTINGS["tax_type"]}
_LAST = """select max(id) as last from transactionline where "transaction" = ?"""
_TOTAL = """select -sum(foreignamount) as amount from transactionline where "transaction" = ? and taxline = 'T'"""


def write(state: State, transaction: Any, body: Mapping[str, Any], shared: Row, now: datetime) -> None:
    """One tax line for each detail. Refuses what names no line or another code, and details that override nothing."""
    details = sublist(body, "taxDetails")
    if details and body.get("taxDetailsOverride") is not True:
        raise user_error("Tax details can be entered only where Tax Details Override is checked.")
    named = [item.get("taxDetailsReference") for item in sublist(body, "item")]
    for index, detail in enumerate(details):
        place = f"taxDetails.items[{index}]."
        told = written(state, TAX_DETAIL, {name: value for name, value in detail.items() if name not in _CODED}, place)
        for name, known in _CODED.items():
            if (detail.get(name) or {}).get("id") != known:
                raise invalid_content(detail.get(name), name, place)
        if told.get("reference") not in named:
            raise invalid_content(told.get("reference"), "taxDetailsReference", place)
        number = state.select(_LAST, (transaction,))[0]["last"] + 1
        lines.add(state, transaction, number, shared | {"taxline": "T", "foreignamount": -told["amount"]}, now)


def total(state: State, transaction: Any) -> dict[str, float]:
    """The invoice's tax, where it bears any."""
    amount = state.select(_TOTAL, (transaction,))[0]["amount"]
    return {"taxTotal": round(amount, 2)} if amount else {}
