"""Subscriptions: made with their items and a first invoice at once, changed in quantity, ended by somebody or by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import catalogue, form, invoices, taxes
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.cycles import bill, periods
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import created, listing, page

_TIMES = "backdate_start_date billing_cycle_anchor cancel_at cancel_at_period_end proration_behavior trial_end"
_TERMS = "automatic_tax collection_method currency days_until_due default_tax_rates description metadata"
_ENDED = ("canceled", "incomplete_expired")
_PRORATIONS = ("always_invoice", "create_prorations", "none")


def create(call: Call) -> Row:
    """POST /v1/subscriptions: billed for its first period and, where that was agreed, charged."""
    call.allow(f"add_invoice_items {_TIMES} {_TERMS}", "customer items")
    customer = call.get("customer", call.params["customer"])
    wanted = list(_wanted(call))
    row = _begun(call) | taxes.asked(call) | call.metadata() | call.text(call.has("description"))
    row |= {"collection_method": invoices.terms(call, {})["collection_method"], "days_until_due": call.whole("days_until_due")}
    row |= {"id": new_id(call.state, "subscription"), "customer": customer["id"], "currency": wanted[0][0]["currency"]}
    taxes.locate(call, row)
    _order_extras(call, row)
    passed = {_add(call, row, price, quantity)["id"]: _passed(call, row, price) for price, quantity in wanted}
    invoice = bill(call, row, passed, "subscription_create")
    return call.render("subscription", call.insert("subscription", row | {"latest_invoice": invoice}))


def change(call: Call) -> Row:
    """POST /v1/subscriptions/{id}: its items are named by id; what was billed stays as it is."""
    call.allow("cancel_at cancel_at_period_end description items metadata proration_behavior")
    held = _living(call, call.key)
    for given in _given(call, "items"):
        part = call.get("subscription_item", given.get("id", ""))
        quantity = form.whole(given.get("quantity", str(part["quantity"])), "items[0][quantity]")
        call.update("subscription_item", part["id"], {"quantity": quantity})
    values = call.text(call.has("description")) | call.metadata(json.loads(held["metadata"])) | _ending(call, held)
    return call.render("subscription", call.update("subscription", call.key, values))


def change_item(call: Call) -> Row:
    """POST /v1/subscription_items/{id}: another quantity or price from now on; of another price 1, unless it says how many."""
    call.allow("price price_data proration_behavior quantity")
    held = call.get("subscription_item")
    _living(call, held["subscription"])
    call.choice("proration_behavior", _PRORATIONS)
    quantity = call.whole("quantity", 1 if call.has("price", "price_data") else held["quantity"])
    values: Row = {"quantity": quantity}
    if call.has("price", "price_data"):
        values["price"] = _recurring(catalogue.price_named(call, call.params, ""), "price")["id"]
    return call.render("subscription_item", call.update("subscription_item", call.key, values))


def _living(call: Call, key: str) -> Row:
    """A subscription that has not ended."""
    held = call.get("subscription", key)
    if held["status"] in _ENDED:
        raise StripeError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    return held


def cancel(call: Call) -> Row:
    """DELETE /v1/subscriptions/{id}: it ends now, and stays to be read."""
    call.allow("cancellation_details invoice_now prorate")
    if call.get("subscription")["status"] in _ENDED:
        raise StripeError(404, f"No such subscription: '{call.key}'", code="resource_missing", param="id")
    ended = {"status": "canceled", "canceled_at": call.seconds, "ended_at": call.seconds}
    return call.render("subscription", call.update("subscription", call.key, ended))


def listed(call: Call) -> Row:
    """GET /v1/subscriptions: without the canceled ones, unless these or all are asked for."""
    status = call.params.get("status")
    if status is None:
        return listing("subscription", "customer collection_method", where="status <> 'canceled'")(call)
    call.allow("limit starting_after ending_before created customer status")
    tests = [('"customer" = ?', call.params["customer"])] if "customer" in call.params else []
    tests += created(call, "created")
    return page(call, "subscription", tests if status == "all" else [*tests, ("status = ?", status)])


def listed_items(call: Call) -> Row:
    """GET /v1/subscription_items"""
    call.allow("limit starting_after ending_before", "subscription")
    return page(call, "subscription_item", [("subscription = ?", call.params["subscription"])])


def _begun(call: Call) -> Row:
    """When it begins and, where that is agreed, ends. Begun before now it is backdated; a trial lasts until it is paid for."""
    start, trial_end = call.whole("backdate_start_date", call.seconds) or 0, call.whole("trial_end")
    if start > call.seconds:
        raise invalid("backdate_start_date must be in the past.", param="backdate_start_date")
    anchor = call.whole("billing_cycle_anchor")
    for name, at in (("trial_end", trial_end), ("billing_cycle_anchor", anchor)):
        if at is not None and at <= call.seconds:
            raise invalid(f"{name} must be in the future.", param=name)
    return {
        "created": call.seconds,
        "status": "trialing" if trial_end else "active",
        "start_date": start,
        "billing_cycle_anchor": trial_end or anchor or start,
        "trial_start": call.seconds if trial_end else None,
        "trial_end": trial_end,
    } | _ending(call, {})


def _ending(call: Call, held: Row) -> Row:
    values: Row = {"cancel_at_period_end": call.truth("cancel_at_period_end")} if "cancel_at_period_end" in call.params else {}
    if "cancel_at" not in call.params:
        return values
    at = call.whole("cancel_at")
    if at is not None and at <= call.seconds:
        raise invalid("cancel_at must be in the future.", param="cancel_at")
    return values | {"cancel_at": at, "canceled_at": call.seconds if at else None}


def _wanted(call: Call) -> Iterator[tuple[Row, int]]:
    """The prices to subscribe to, each with how many."""
    for place, given in enumerate(_given(call, "items")):
        name = f"items[{place}]"
        price = catalogue.price_named(call, given, name)
        yield _recurring(price, f"{name}[price]"), form.whole(given.get("quantity", "1"), f"{name}[quantity]")


def _recurring(price: Row, param: str) -> Row:
    """A price that an item may have."""
    if price["type"] != "recurring":
        words = "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
        raise invalid(words, param=param)
    return price


def _order_extras(call: Call, row: Row) -> None:
    """What is billed once, with the next invoice."""
    for place, given in enumerate(_given(call, "add_invoice_items") if "add_invoice_items" in call.params else []):
        name = f"add_invoice_items[{place}]"
        price = catalogue.price_named(call, given, name)
        if price["type"] != "one_time":
            raise invalid("The price specified is set to `type=recurring` but this field only accepts one-time prices.", param=name)
        said = catalogue.amount_of(price, form.whole(given.get("quantity", "1"), f"{name}[quantity]"))
        item = {"id": new_id(call.state, "invoiceitem"), "date": call.seconds, "customer": row["customer"]}
        described = {"description": catalogue.described(call, price), "period": {"start": call.seconds, "end": call.seconds}}
        call.insert("invoiceitem", item | {"_subscription": row["id"]} | said | described)


def _given(call: Call, name: str) -> list[Mapping[str, Any]]:
    given: Any = call.params.get(name, [])
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise invalid(f"Invalid array: {name}", param=name)
    return given


def _add(call: Call, row: Row, price: Row, quantity: int) -> Row:
    """An item in its current period: the trial, or the last that has begun."""
    *_, (start, end, _) = periods(row, price, call.seconds)
    return call.insert(
        "subscription_item",
        {
            "id": new_id(call.state, "subscription_item"),
            "created": call.seconds,
            "subscription": row["id"],
            "price": price["id"],
            "quantity": quantity,
            "current_period_start": start,
            "current_period_end": end,
        },
    )


def _passed(call: Call, row: Row, price: Row) -> list[tuple[int, int, int]]:
    """The periods that are billed at once: all begun, unless what goes before the anchor is for free."""
    begun = list(periods(row, price, call.seconds))
    is_free = call.choice("proration_behavior", _PRORATIONS) == "none" and not row["trial_end"]
    return [each for each in begun if each[1] == each[2] and each[0] >= call.seconds] if is_free else begun
