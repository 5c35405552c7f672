"""Lines of a subscription corrected: how many, and at which price.

look -> superseded where the item no longer holds what was observed -> POST under the command's key -> read back

A price never changes: the item gets another, made for it alone. What has been billed stays as it was billed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.stripe.money import from_minor_units, in_minor_units
from q2c_pipelines.platforms.stripe.requests import Record, held, post, read_back, receipt

_ONCE = "ii_"  # an item of an invoice: what was billed once with the subscription
_UNIT = Decimal("0.000001")


def update_line(command: UpdateField) -> Flow:
    """A subscription item's quantity or price set, unless it no longer holds what was observed."""
    read, change = LINE_FIELDS[command.attribute]
    if command.native_id.startswith(_ONCE):
        raise _refused(f"{command.native_id} was billed once; correct its invoice by a credit note")
    wanted, observed = Decimal(command.value or 0), Decimal(command.observed or 0)
    address = f"/v1/subscription_items/{command.native_id}"
    item = yield from held(address)
    if item is None:
        return Receipt("superseded", command.native_id, detail="the subscription item is gone")
    now = read(item)
    if now == wanted:
        return receipt("adopted", item)
    if now != observed:
        return receipt("superseded", item, f"{command.attribute} is {now}, not {observed} as observed")
    yield post(address, {"proration_behavior": "none"} | change(item, wanted), command)
    after = yield from read_back(address)
    if read(after) != wanted:
        raise _refused(f"{command.attribute} of {command.native_id} is {read(after)} after {wanted} was written", "NOT_READ_BACK")
    return receipt("written", after)


def _quantity(item: Record) -> Decimal | None:
    """None of what is metered."""
    return Decimal(item["quantity"]) if "quantity" in item else None


def _with_quantity(_: Record, wanted: Decimal) -> Record:
    if wanted != wanted.to_integral_value():
        raise _refused(f"{wanted} cannot be subscribed to: quantities are whole")
    return {"quantity": int(wanted)}


def _unit_price(item: Record) -> Decimal | None:
    """As exactly as prices are observed; none of a price that depends on how many are bought."""
    price = item["price"]
    if price["unit_amount_decimal"] is None:
        return None
    return from_minor_units(price["unit_amount_decimal"], price["currency"]).quantize(_UNIT, ROUND_HALF_UP)


def _with_price(item: Record, wanted: Decimal) -> Record:
    """The same product as often, at another price. The quantity is said again: with another price it would become 1."""
    price = item["price"]
    every = {name: price["recurring"][name] for name in ("interval", "interval_count")}
    amount = in_minor_units(wanted, price["currency"])
    made = {"currency": price["currency"], "product": price["product"], "recurring": every, "unit_amount_decimal": amount}
    if price.get("tax_behavior") not in (None, "unspecified"):
        made["tax_behavior"] = price["tax_behavior"]
    return {"price_data": made, "quantity": item.get("quantity")}


def _refused(what: str, code: str = "NOT_WRITABLE") -> Terminal:
    return Terminal(f"Stripe: {what}", platform="stripe", code=code)


LINE_FIELDS: dict[str, tuple[Callable[[Record], Decimal | None], Callable[[Record, Decimal], dict[str, Any]]]] = {
    "quantity": (_quantity, _with_quantity),
    "unit_price": (_unit_price, _with_price),
}
