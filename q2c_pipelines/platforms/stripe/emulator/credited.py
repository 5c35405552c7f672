"""The lines of a credit note: of the invoice's own lines, never more than each came to, or lines of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import form
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid, money

_FIELDS = {"type", "invoice_line_item", "amount", "quantity", "unit_amount", "description"}


def credited_lines(call: Call, invoice: Row) -> list[Row]:
    """What the note credits: the lines that are named, or one of the whole `amount`."""
    given: Any = call.params.get("lines", [])
    if bool(given) is bool(call.has("amount")):
        raise invalid("You must pass exactly one of `amount` or `lines`.", "parameter_missing", "amount")
    if not given:
        return [
            {"type": "custom_line_item", "amount": call.positive("amount"), "quantity": 1, "unit_amount": call.positive("amount")}
            | {"taxes": []}
        ]
    if not isinstance(given, list):
        raise invalid("Invalid array: lines", param="lines")
    parts = [_line(call, invoice, each, f"lines[{place}]") for place, each in enumerate(given)]
    for key in {part["_invoice_line_item"]: None for part in parts if "_invoice_line_item" in part}:
        _check(call, invoice["currency"], key, sum(part["amount"] for part in parts if part.get("_invoice_line_item") == key))
    return parts


def _line(call: Call, invoice: Row, given: Any, name: str) -> Row:
    if not isinstance(given, Mapping) or given.get("type") not in ("invoice_line_item", "custom_line_item"):
        words = f"Invalid {name}[type]: must be one of custom_line_item, or invoice_line_item"
        raise invalid(words, param=f"{name}[type]")
    if unknown := sorted(set(given) - _FIELDS):
        raise invalid(f"Received unknown parameter: {name}[{unknown[0]}]", "parameter_unknown", f"{name}[{unknown[0]}]")
    numbers = {
        field: form.whole(given[field], f"{name}[{field}]") for field in ("amount", "quantity", "unit_amount") if field in given
    }
    return _own(given, numbers, name) if given["type"] == "custom_line_item" else _of_invoice(call, invoice, given, numbers, name)


def _own(given: Mapping[str, str], numbers: dict[str, int], name: str) -> Row:
    for field in ("description", "quantity", "unit_amount"):
        if field not in given:
            raise invalid(f"Missing required param: {name}[{field}].", "parameter_missing", f"{name}[{field}]")
    amount = numbers["quantity"] * numbers["unit_amount"]
    return {"type": "custom_line_item", "description": given["description"], "amount": amount, "taxes": []} | numbers


def _of_invoice(call: Call, invoice: Row, given: Mapping[str, str], numbers: dict[str, int], name: str) -> Row:
    """A line of the invoice, in whole unless an amount or a quantity is named."""
    line = call.state.get("line_item", given.get("invoice_line_item", ""))
    if line is None or line["invoice"] != invoice["id"]:
        words = f"No such invoice line item: '{given.get('invoice_line_item', '')}'"
        raise invalid(words, "resource_missing", f"{name}[invoice_line_item]")
    quantity = numbers.get("quantity")
    whole: int = line["amount"] if quantity is None else line["amount"] * quantity // line["quantity"]
    amount = numbers.get("amount", whole)
    return {
        "type": "invoice_line_item",
        "_invoice_line_item": line["id"],
        "description": line["description"],
        "amount": amount,
        "quantity": quantity,
        "taxes": [_share(tax, amount, line["amount"]) for tax in json.loads(line["taxes"])],
    }


def _share(tax: Row, amount: int, whole: int) -> Row:
    """As much of a line's tax as is credited of the line."""
    parts = {name: Decimal(tax[name]) * amount / (whole or 1) for name in ("amount", "taxable_amount")}
    return tax | {name: int(part.quantize(Decimal(1), ROUND_HALF_UP)) for name, part in parts.items()}


def _check(call: Call, currency: str, line: str, amount: int) -> None:
    """Refused where it is more of a line than is left of it."""
    left = call.get("line_item", line)["amount"] - _earlier(call, line)
    if amount > left:
        asked, rest = money(amount, currency), money(left, currency)
        words = f"The amount credited ({asked}) is greater than what can still be credited of the line {line} ({rest})."
        raise StripeError(400, words, param="lines")


def _earlier(call: Call, line: str) -> int:
    """What was credited of a line before, by notes that stand."""
    (summed,) = call.state.select(
        "select ifnull(sum(l.amount), 0) as amount from credit_note_line_item l join credit_note n on n.id = l._credit_note"
        " where l._invoice_line_item = ? and n.status = 'issued'",
        (line,),
    )
    return int(summed["amount"])
