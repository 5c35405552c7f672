"""Invoice items: what is to be billed, pending for a customer or on a draft invoice, as one line of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import form, lines
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.catalogue import amount_of
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import listing, tombstone

_CHANGEABLE = "amount description metadata period pricing quantity unit_amount_decimal"
_PRICED = ("amount", "pricing", "unit_amount_decimal", "quantity")


def create(call: Call) -> Row:
    """POST /v1/invoiceitems"""
    call.allow(f"{_CHANGEABLE} currency invoice", "customer")
    customer = call.get("customer", call.params["customer"])
    invoice = _draft(call, call.params["invoice"], customer["id"]) if call.params.get("invoice") else None
    currency = invoice["currency"] if invoice else customer["currency"]
    row = {
        "id": new_id(call.state, "invoiceitem"),
        "date": call.seconds,
        "customer": customer["id"],
        "invoice": invoice and invoice["id"],
        "description": call.params.get("description") or None,
        "period": _period(call) or {"start": call.seconds, "end": call.seconds},
    }
    item = call.insert("invoiceitem", row | priced(call, currency) | call.metadata())
    if invoice:
        lines.add(call, invoice["id"], item, _invoice_item=item["id"])
        lines.recount(call, invoice["id"])
    return call.render("invoiceitem", item)


def listed(call: Call) -> Row:
    """GET /v1/invoiceitems: `pending` ones are on no invoice yet."""
    pending = call.truth("pending") if "pending" in call.params else None
    where = "1" if pending is None else f"invoice is {'' if pending else 'not '}null"
    return listing("invoiceitem", "customer invoice", where=where, also="pending")(call)


def change(call: Call) -> Row:
    """POST /v1/invoiceitems/{id}"""
    call.allow(_CHANGEABLE)
    held = call.get("invoiceitem")
    _editable(call, held)
    values = call.text(call.has("description")) | call.metadata(json.loads(held["metadata"]))
    if call.has(*_PRICED):
        values |= priced(call, held["currency"], held)
    if period := _period(call):
        values["period"] = period
    item = call.update("invoiceitem", call.key, values)
    if item["invoice"]:
        lines.follow(call, item)
        lines.recount(call, item["invoice"])
    return call.render("invoiceitem", item)


def remove(call: Call) -> Row:
    """DELETE /v1/invoiceitems/{id}"""
    held = call.get("invoiceitem")
    _editable(call, held)
    call.state.delete("invoiceitem", call.key, call.now)
    if held["invoice"]:
        (line,) = call.state.select("select id from line_item where _invoice_item = ?", (call.key,))
        call.state.delete("line_item", line["id"], call.now)
        lines.recount(call, held["invoice"])
    return tombstone("invoiceitem", call.key)


def priced(call: Call, currency: str | None, held: Row | None = None) -> Row:
    """Amount, quantity, currency and pricing: an amount for all, or a price of one and how many."""
    quantity = call.whole("quantity", held["quantity"] if held else 1) or 0
    said = amount_of(price, quantity) if (price := _price(call)) else _unpriced(call, quantity, currency, held)
    if currency and said["currency"] != currency:
        words = f"The currency of this item ({said['currency']}) is not the invoice's or the customer's ({currency})."
        raise invalid(words, param="currency")
    return said


def _unpriced(call: Call, quantity: int, currency: str | None, held: Row | None) -> Row:
    pricing = {"type": "price_details"}
    if "unit_amount_decimal" in call.params:
        unit = form.decimal(call.params["unit_amount_decimal"], "unit_amount_decimal")
    elif "amount" in call.params:
        unit, quantity = Decimal(call.whole("amount") or 0), 1
    elif held:
        pricing = json.loads(held["pricing"])
        unit = Decimal(pricing["unit_amount_decimal"])
    else:
        raise invalid("You must pass one of amount, pricing, or unit_amount_decimal.", "parameter_missing", "amount")
    amount = int((unit * quantity).quantize(Decimal(1), ROUND_HALF_UP))
    asked = (call.params.get("currency") or currency or "usd").lower()
    pricing |= {"unit_amount_decimal": f"{unit.normalize():f}"}
    return {"amount": amount, "quantity": quantity, "currency": asked, "pricing": pricing}


def _price(call: Call) -> Row | None:
    given = call.params.get("pricing")
    if given is None:
        return None
    if not isinstance(given, Mapping) or "price" not in given:
        raise invalid("Missing required param: pricing[price].", "parameter_missing", "pricing[price]")
    return call.get("price", given["price"])


def _period(call: Call) -> Row | None:
    given = call.params.get("period")
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != {"start", "end"}:
        raise invalid("Invalid period: it has a start and an end", "parameter_missing", "period")
    return {name: form.whole(given[name], f"period[{name}]") for name in ("start", "end")}


def _draft(call: Call, key: str, customer: str) -> Row:
    invoice = call.get("invoice", key)
    if invoice["customer"] != customer:
        raise invalid(f"The invoice {key} belongs to another customer.", param="invoice")
    if invoice["status"] != "draft":
        raise StripeError(400, "This invoice is no longer editable", code="invoice_not_editable", param="invoice")
    return invoice


def _editable(call: Call, item: Row) -> None:
    if item["invoice"] and call.get("invoice", item["invoice"])["status"] != "draft":
        words = "This invoice item is on a finalized invoice: it can't be changed or deleted any more."
        raise StripeError(400, words, code="invoice_not_editable")
