"""Subscriptions: made with their items and a first invoice at once, changed in quantity, canceled. They are not renewed here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import form, invoice_steps, invoices, lines
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.catalogue import amount_of
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import listing, page

_UNITS = {"day": "d", "week": "w", "month": "mo", "year": "y"}
_ENDED = ("canceled", "incomplete_expired")


def create(call: Call) -> Row:
    """POST /v1/subscriptions: billed for its first period and, where that was agreed, charged."""
    call.allow("collection_method days_until_due description metadata", "customer items")
    customer = call.get("customer", call.params["customer"])
    wanted = list(_wanted(call))
    terms = invoices.terms(call, {})
    key = new_id(call.state, "subscription")
    parts = [_add(call, key, price, quantity) for price, quantity in wanted]
    currency = wanted[0][0]["currency"]
    draft = invoices.start(call, customer, currency, "subscription_create") | terms | {"_subscription": key}
    for (price, quantity), part in zip(wanted, parts, strict=True):
        period = {"start": part["current_period_start"], "end": part["current_period_end"]}
        said = amount_of(price, quantity) | {"period": period, "description": _described(call, price, quantity)}
        lines.add(call, draft["id"], said, subscription=key, _subscription_item=part["id"])
    row = {
        "id": key,
        "created": call.seconds,
        "customer": customer["id"],
        "status": "active",
        "collection_method": terms["collection_method"],
        "days_until_due": call.whole("days_until_due"),
        "currency": currency,
        "start_date": call.seconds,
        "billing_cycle_anchor": call.seconds,
        "latest_invoice": draft["id"],
        "description": call.params.get("description") or None,
    }
    made = call.insert("subscription", row | call.metadata())
    invoice_steps.bill(call, invoices.place(call, draft))
    return call.render("subscription", made)


def change(call: Call) -> Row:
    """POST /v1/subscriptions/{id}: its items are named by id; what was billed stays as it is."""
    call.allow("description items metadata")
    held = call.get("subscription")
    if held["status"] in _ENDED:
        raise StripeError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    for given in _given(call):
        part = call.get("subscription_item", given.get("id", ""))
        quantity = form.whole(given.get("quantity", str(part["quantity"])), "items[0][quantity]")
        call.update("subscription_item", part["id"], {"quantity": quantity})
    values = call.text(call.has("description")) | call.metadata(json.loads(held["metadata"]))
    return call.render("subscription", call.update("subscription", call.key, values))


def cancel(call: Call) -> Row:
    """DELETE /v1/subscriptions/{id}: it ends now, and stays to be read."""
    call.allow("")
    if call.get("subscription")["status"] in _ENDED:
        raise StripeError(404, f"No such subscription: '{call.key}'", code="resource_missing", param="id")
    ended = {"status": "canceled", "canceled_at": call.seconds, "ended_at": call.seconds}
    return call.render("subscription", call.update("subscription", call.key, ended))


def listed(call: Call) -> Row:
    """GET /v1/subscriptions: without the canceled ones, unless these or all are asked for."""
    status = call.params.get("status")
    if status is None:
        return listing("subscription", "customer collection_method", where="status <> 'canceled'")(call)
    call.allow("limit starting_after ending_before customer status")
    tests = [('"customer" = ?', call.params["customer"])] if "customer" in call.params else []
    return page(call, "subscription", tests if status == "all" else [*tests, ("status = ?", status)])


def listed_items(call: Call) -> Row:
    """GET /v1/subscription_items"""
    call.allow("limit starting_after ending_before", "subscription")
    return page(call, "subscription_item", [("subscription = ?", call.params["subscription"])])


def _wanted(call: Call) -> Iterator[tuple[Row, int]]:
    """The prices to subscribe to, each with how many."""
    for given in _given(call):
        price = call.get("price", given.get("price", ""))
        if price["type"] != "recurring":
            words = "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
            raise invalid(words, param="items[0][price]")
        yield price, form.whole(given.get("quantity", "1"), "items[0][quantity]")


def _given(call: Call) -> list[Mapping[str, str]]:
    given: Any = call.params.get("items", [])
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise invalid("Invalid array: items", param="items")
    return given


def _add(call: Call, key: str, price: Row, quantity: int) -> Row:
    """An item in its first period."""
    recurring = json.loads(price["recurring"])
    length = f"{recurring['interval_count']}{_UNITS[recurring['interval']]}"
    end = pl.select(pl.lit(call.now).dt.offset_by(length)).item()
    return call.insert(
        "subscription_item",
        {
            "id": new_id(call.state, "subscription_item"),
            "created": call.seconds,
            "subscription": key,
            "price": price["id"],
            "quantity": quantity,
            "current_period_start": call.seconds,
            "current_period_end": int(end.timestamp()),
        },
    )


def _described(call: Call, price: Row, quantity: int) -> str:
    return f"{quantity} × {call.get('product', price['product'])['name']}"
