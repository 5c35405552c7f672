"""Invoices while they are drafts: made, with or without what is pending for the customer, changed, deleted.

After finalisation (`invoice_steps`) only what does not touch the amounts can be changed.
"""

from __future__ import annotations

import json

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import lines, taxes
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import tombstone

_ALWAYS = "auto_advance metadata"
_DRAFT = "automatically_finalizes_at collection_method days_until_due description due_date effective_at number"
_METHODS = ("charge_automatically", "send_invoice")
_FINALIZES_AFTER = 3600
_DAY = 86_400


def create(call: Call) -> Row:
    """POST /v1/invoices: a draft, empty unless the customer's pending items are to be included."""
    call.allow(f"{_ALWAYS} {_DRAFT} automatic_tax currency default_tax_rates pending_invoice_items_behavior", "customer")
    customer = call.get("customer", call.params["customer"])
    currency = (call.params.get("currency") or customer["currency"] or "usd").lower()
    behaviour = call.choice("pending_invoice_items_behavior", ("exclude", "include"))
    draft = start(call, customer, currency, "manual") | _values(call, {}) | call.metadata() | taxes.asked(call)
    if behaviour == "include":
        _take_pending(call, draft)
    return call.render("invoice", place(call, draft))


def change(call: Call) -> Row:
    """POST /v1/invoices/{id}"""
    call.allow(f"{_ALWAYS} {_DRAFT}")
    held = call.get("invoice")
    if held["status"] != "draft" and (frozen := call.has(*_DRAFT.split())):
        words = "Finalized invoices can't be updated in this way"
        raise StripeError(400, words, code="invoice_not_editable", param=frozen[0])
    values = _values(call, held) | call.metadata(json.loads(held["metadata"]))
    return call.render("invoice", call.update("invoice", call.key, values))


def remove(call: Call) -> Row:
    """DELETE /v1/invoices/{id}: a draft and its lines; the items stay with it and are not pending again."""
    if call.get("invoice")["status"] != "draft":
        raise StripeError(400, "You can only delete draft invoices.", code="invoice_not_editable")
    call.state.delete("invoice", call.key, call.now)
    for line in call.state.select("select id from line_item where invoice = ?", (call.key,)):
        call.state.delete("line_item", line["id"], call.now)
    return tombstone("invoice", call.key)


def start(call: Call, customer: Row, currency: str, reason: str) -> Row:
    """A draft that is not placed yet: its lines come first, so that the event of its creation has them."""
    return {
        "id": new_id(call.state, "invoice"),
        "created": call.seconds,
        "customer": customer["id"],
        "status": "draft",
        "billing_reason": reason,
        "currency": currency,
        "period_start": call.seconds,
        "period_end": call.seconds,
        "starting_balance": customer["balance"],
    }


def place(call: Call, draft: Row) -> Row:
    """The draft with what its lines come to."""
    return call.insert("invoice", draft | lines.amounts(call, draft))


def _take_pending(call: Call, draft: Row) -> None:
    """The customer's pending items of the draft's currency become lines, the newest first."""
    sql = "select * from invoiceitem where customer = ? and currency = ? and invoice is null order by date desc, rowid desc"
    for item in call.state.select(sql, (draft["customer"], draft["currency"])):
        lines.add(call, draft["id"], call.update("invoiceitem", item["id"], {"invoice": draft["id"]}), _invoice_item=item["id"])


def _values(call: Call, held: Row) -> Row:
    values = call.text(call.has("description", "number"))
    values |= {name: call.whole(name) for name in call.has("effective_at")}
    if "auto_advance" in call.params or not held:
        values |= _advance(call, held)
    return values | (terms(call, held) if not held or call.has("collection_method", "days_until_due", "due_date") else {})


def terms(call: Call, held: Row) -> Row:
    """How it is collected, and by when: an invoice that is sent needs a due date, one that is charged has none."""
    method = call.choice("collection_method", _METHODS) or held.get("collection_method") or _METHODS[0]
    days, by = call.whole("days_until_due"), call.whole("due_date")
    if method == "charge_automatically":
        if days is not None or by is not None:
            words = "You can only set `due_date` or `days_until_due` if `collection_method` is `send_invoice`."
            raise invalid(words, param="days_until_due" if by is None else "due_date")
        return {"collection_method": method, "due_date": None}
    if days is None and by is None and not held.get("due_date"):
        raise invalid(
            "You must pass either `due_date` or `days_until_due` if `collection_method` is `send_invoice`.", param="due_date"
        )
    if days is not None:
        by = held.get("created", call.seconds) + days * _DAY
    return {"collection_method": method, "due_date": by or held.get("due_date")}


def _advance(call: Call, held: Row) -> Row:
    """Whether it goes on by itself, and when."""
    if not call.truth("auto_advance"):
        return {"auto_advance": False, "automatically_finalizes_at": None}
    at = call.whole("automatically_finalizes_at", held.get("created", call.seconds) + _FINALIZES_AFTER)
    return {"auto_advance": True, "automatically_finalizes_at": at if held.get("status", "draft") == "draft" else None}
