"""Corrections of sales orders: a revision that changes lines and is submitted at once, in one request.

look at the order, then at its lines -> PATCH with If-Match, all lines in it, submitted -> read back

The order is looked at first: a revision by somebody else in between has another version, and supersedes this one. Selling prices
are the pricing engine's; a line's price is its override, which is changed where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, below, refused
from q2c_pipelines.platforms.oracle_fusion.orders import OVERRIDE, price_override, required_order
from q2c_pipelines.platforms.oracle_fusion.saving import number, patch, receipt

Body = dict[str, Any]
Lines = list[Held]
_CENT, _UNIT = Decimal("0.01"), Decimal("0.000001")


def update_line(command: UpdateField) -> Flow:
    """A line's quantity, price or amount set, if it still is what was observed."""
    order, _, line = command.native_id.rpartition("/")
    read, write = LINE_FIELDS[command.attribute]

    def now(lines: Lines) -> Decimal | None:
        return read(lines[0])

    def changes(lines: Lines) -> list[Body]:
        return [{"FulfillLineId": lines[0]["FulfillLineId"]} | write(lines[0], Decimal(command.value or 0))]

    return (yield from _revise(order, f"FulfillLineId = {int(line)}", now, changes, command))


def update_total(command: UpdateField) -> Flow:
    """An order's amount set, if it still is what was observed: its lines are scaled alike, and add up to the cent."""

    def changes(lines: Lines) -> list[Body]:
        return _scaled(command.native_id, lines, Decimal(command.value or 0))

    return (yield from _revise(command.native_id, "", _total, changes, command))


def _revise(
    key: str, asked: str, read: Callable[[Lines], Decimal | None], changes: Callable[[Lines], list[Body]], command: UpdateField
) -> Flow:
    """Look, compare, revise over the very version that was seen, read back."""
    order, lines = yield from _look(key, asked)
    wanted, observed = Decimal(command.value or 0), Decimal(command.observed or 0)
    if (now := read(lines)) == wanted:
        return receipt("adopted", order, native_id=command.native_id, number=order["OrderNumber"])
    if now != observed:
        return receipt("superseded", order, f"{command.attribute} is {now}, not {observed}", command.native_id)
    if not (yield from patch(order, {"SubmittedFlag": True, "lines": changes(lines)})):
        return receipt("superseded", order, "somebody changed it in between", command.native_id)
    after, lines = yield from _look(key, asked)
    if (kept := read(lines)) != wanted:
        what = f"{command.entity} {command.native_id}"
        raise refused(f"{command.attribute} of {what} is {kept} after {wanted} was written", "NOT_READ_BACK")
    return receipt("written", after, native_id=command.native_id, number=after["OrderNumber"])


def _look(key: str, asked: str) -> Look[tuple[Held, Lines]]:
    """An order and its lines, with what was adjusted by hand. Raises Terminal where its newest version does not count yet."""
    order = yield from required_order(key)
    if order["StatusCode"] == "DOO_DRAFT":
        raise refused(f"order {order['OrderNumber']} has a draft; submit or delete it in Order Management, then replay", "DRAFT")
    query = {"q": asked} if asked else {}
    lines = yield from below(order, "lines", expand="manualPriceAdjustments", **query)
    if not lines:
        raise refused(f"order {order['OrderNumber']} has no line" + (f" with {asked}" if asked else "s"))
    return order, lines


def _quantity(line: Held) -> Decimal:
    return Decimal(line["OrderedQuantity"] or 0)


def _unit_price(line: Held) -> Decimal:
    """As exactly as it is observed."""
    return Decimal(line["UnitSellingPrice"] or 0).quantize(_UNIT, ROUND_HALF_UP)


def _amount(line: Held) -> Decimal:
    return Decimal(line["ExtendedAmount"] or 0)


def _total(lines: Lines) -> Decimal:
    return sum((_amount(line) for line in lines), Decimal(0))


def _with_quantity(line: Held, wanted: Decimal) -> Body:
    return {"OrderedQuantity": number(wanted)}


def _with_price(line: Held, wanted: Decimal) -> Body:
    """The line's override at this price, or a first one."""
    made = (line["manualPriceAdjustments"] or {}).get("items", [])
    made = sorted(made, key=lambda each: each["SequenceNumber"])
    if overrides := [each for each in made if each["AdjustmentTypeCode"] == OVERRIDE]:
        adjustment = {"ManualPriceAdjustmentId": overrides[-1]["ManualPriceAdjustmentId"], "AdjustmentAmount": number(wanted)}
    else:
        adjustment = price_override(wanted) | {"SequenceNumber": made[-1]["SequenceNumber"] + 1 if made else 1}
    return {"manualPriceAdjustments": [adjustment]}


def _with_amount(line: Held, wanted: Decimal) -> Body:
    """The price that makes a line come to this amount, to the cent."""
    if not (quantity := _quantity(line)):
        raise refused(f"nothing is ordered of line {line['FulfillLineId']}", "NOT_WRITABLE")
    return _with_price(line, (wanted / quantity).quantize(_UNIT, ROUND_HALF_EVEN))


def _scaled(key: str, lines: Lines, wanted: Decimal) -> list[Body]:
    """The price of every line that comes to something, the rounding carried on."""
    if not (before := _total(lines)):
        raise refused(f"the lines of order {key} add up to nothing; correct them", "NOT_WRITABLE")
    bodies, exact, given = [], Decimal(0), Decimal(0)
    for line in lines:
        if not _amount(line):
            continue
        exact += _amount(line) * wanted / before
        amount = exact.quantize(_CENT, ROUND_HALF_EVEN) - given
        given += amount
        bodies.append({"FulfillLineId": line["FulfillLineId"]} | _with_amount(line, amount))
    return bodies


LINE_FIELDS: Mapping[str, tuple[Callable[[Held], Decimal], Callable[[Held, Decimal], Body]]] = {
    "quantity": (_quantity, _with_quantity),
    "unit_price": (_unit_price, _with_price),
    "amount": (_amount, _with_amount),
}
