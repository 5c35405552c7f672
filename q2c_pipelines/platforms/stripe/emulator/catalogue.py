"""Products and their prices: a price's amount never changes, and no price is ever deleted, only switched off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import form
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import tombstone

_INTERVALS = ("day", "week", "month", "year")


def create_product(call: Call) -> Row:
    """POST /v1/products: the only object here whose id the caller may choose."""
    call.allow("id active description metadata unit_label", "name")
    key = call.params.get("id") or new_id(call.state, "product")
    if call.state.get("product", key):
        raise StripeError(400, "Product already exists.", code="resource_already_exists", param="id")
    row = {"id": key, "created": call.seconds, "updated": call.seconds, "active": call.truth("active", True)}
    return call.render("product", call.insert("product", row | _texts(call) | call.metadata()))


def change_product(call: Call) -> Row:
    """POST /v1/products/{id}"""
    call.allow("active description metadata name unit_label")
    held = call.get("product")
    values = _texts(call) | call.metadata(json.loads(held["metadata"])) | _switched(call)
    return call.render("product", call.update("product", call.key, values))


def remove_product(call: Call) -> Row:
    """DELETE /v1/products/{id}: only one that never had a price."""
    call.get("product")
    if call.state.select("select 1 from price where product = ?", (call.key,)):
        raise StripeError(400, "This product cannot be deleted because it has one or more user-created prices.")
    call.state.delete("product", call.key, call.now)
    return tombstone("product", call.key)


def create_price(call: Call) -> Row:
    """POST /v1/prices"""
    call.allow(
        "active lookup_key metadata nickname recurring transfer_lookup_key unit_amount unit_amount_decimal", "currency product"
    )
    row = _priced(call, call.params, "") | {"active": call.truth("active", True)}
    return call.render("price", call.insert("price", row | _named(call) | call.metadata()))


def change_price(call: Call) -> Row:
    """POST /v1/prices/{id}"""
    call.allow("active lookup_key metadata nickname transfer_lookup_key")
    held = call.get("price")
    values = _named(call) | call.metadata(json.loads(held["metadata"])) | _switched(call)
    return call.render("price", call.update("price", call.key, values))


def price_named(call: Call, given: Mapping[str, Any], name: str) -> Row:
    """The price that an item names, or one made for it alone: such a one is never offered again."""
    if "price_data" not in given:
        return call.get("price", given.get("price", ""))
    data, beside = given["price_data"], f"{name}[price_data]" if name else "price_data"
    if "price" in given or not isinstance(data, Mapping):
        named = f"{name}[price]" if name else "price"
        raise invalid(f"You may only specify one of these parameters: {named}, {beside}.", param=name or named)
    for field in ("currency", "product"):
        if not data.get(field):
            raise invalid(f"Missing required param: {beside}[{field}].", "parameter_missing", f"{beside}[{field}]")
    return call.insert("price", _priced(call, data, beside) | {"active": False})


def described(call: Call, price: Row) -> str:
    """What a line calls a price."""
    name: str = call.get("product", price["product"])["name"]
    return name


def amount_of(price: Row, quantity: int) -> Row:
    """What so many of a price come to, as items and lines say it; half of the smallest unit is rounded up."""
    amount = int((Decimal(price["unit_amount_decimal"]) * quantity).quantize(Decimal(1), ROUND_HALF_UP))
    pricing = {
        "type": "price_details",
        "price_details": {"price": price["id"], "product": price["product"]},
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return {"amount": amount, "quantity": quantity, "currency": price["currency"], "pricing": pricing}


def _texts(call: Call) -> Row:
    return call.text(call.has("name", "description", "unit_label"))


def _switched(call: Call) -> Row:
    return {"active": call.truth("active")} if "active" in call.params else {}


def _priced(call: Call, given: Mapping[str, Any], name: str) -> Row:
    """A new price of a product: its amount and how often that is due."""
    product = call.get("product", given["product"])
    if not product["active"]:
        raise StripeError(400, f"The product {product['id']} is inactive.", code="product_inactive", param=f"{name}[product]")
    unit, recurring = _unit(given), _recurring(given)
    return {
        "id": new_id(call.state, "price"),
        "created": call.seconds,
        "product": product["id"],
        "currency": given["currency"].lower(),
        "unit_amount": int(unit) if unit == int(unit) else None,
        "unit_amount_decimal": f"{unit.normalize():f}",
        "type": "recurring" if recurring else "one_time",
        "recurring": recurring,
    }


def _unit(given: Mapping[str, Any]) -> Decimal:
    if ("unit_amount" in given) is ("unit_amount_decimal" in given):
        raise invalid("You must pass exactly one of `unit_amount` or `unit_amount_decimal`.", "parameter_missing", "unit_amount")
    if "unit_amount" in given:
        return Decimal(form.whole(given["unit_amount"], "unit_amount"))
    return form.decimal(given["unit_amount_decimal"], "unit_amount_decimal")


def _recurring(price: Mapping[str, Any]) -> Row | None:
    given = price.get("recurring")
    if given is None:
        return None
    if not isinstance(given, Mapping) or given.get("interval") not in _INTERVALS:
        raise invalid("Invalid recurring[interval]: must be one of day, week, month, or year", param="recurring[interval]")
    count = form.whole(given.get("interval_count", "1"), "recurring[interval_count]")
    fixed = {"meter": None, "trial_period_days": None, "usage_type": "licensed"}
    return {"interval": given["interval"], "interval_count": count} | fixed


def _named(call: Call) -> Row:
    """Nickname and lookup key; a key is one price's, and is moved where that is asked for."""
    values = call.text(call.has("nickname", "lookup_key"))
    for other in call.state.select("select id from price where lookup_key = ? and id <> ?", (values.get("lookup_key"), call.key)):
        if not call.truth("transfer_lookup_key"):
            raise StripeError(400, f"A price (`{other['id']}`) already uses that lookup key.", param="lookup_key")
        call.update("price", other["id"], {"lookup_key": None})
    return values
