"""The bookkeeping behind every change, whoever makes it: events with snapshots, tombstones, a product's `updated`.

before, after -> event types -> event rows {data: {object, previous_attributes}}
"""

from __future__ import annotations

import hashlib
import json
from contextvars import ContextVar
from datetime import datetime, timedelta

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.stripe.emulator.objects import as_told, render
from q2c_pipelines.platforms.stripe.emulator.schema import PREFIXES

VERSION = "2026-10-28.endive"  # the account's own version: events are rendered in it, whatever a request asks for
RETENTION = timedelta(days=30)
REQUEST: ContextVar[Row] = ContextVar("request")
_TALKING = {
    "customer": "customer",
    "product": "product",
    "price": "price",
    "subscription": "customer.subscription",
    "invoice": "invoice",
    "invoiceitem": "invoiceitem",
    "invoice_payment": "invoice_payment",
    "payment_intent": "payment_intent",
    "charge": "charge",
    "refund": "refund",
    "dispute": "charge.dispute",
    "payout": "payout",
    "credit_note": "credit_note",
    "tax_rate": "tax_rate",
}
_STEPS = {"open": "finalized", "paid": "paid", "void": "voided", "uncollectible": "marked_uncollectible"}
_BORN = {"charge": "status", "invoice_payment": "status"}  # their first event is named by this field
_SILENT = {"invoice_payment.open", "invoice_payment.updated", "invoiceitem.updated"}
_DECIDED = ("won", "lost", "warning_closed", "prevented")  # a dispute that is over
_LANDED = ("paid", "failed", "canceled")  # the steps of a payout that have an event of their own
_INTENTS = {"succeeded": "succeeded", "canceled": "canceled", "processing": "processing", "requires_action": "requires_action"}


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Stripe's bookkeeping for one change: events, tombstones and stamps."""
    if table == "subscription_item":
        _tell_parent(state, before, after, now)
    if table not in _TALKING:
        return
    if before:
        _freeze(state, table, before, now)
    if table == "product" and before and after:
        state.write("product", after["id"], {"updated": int(now.timestamp())})
        after = state.get("product", after["id"]) or after
    if after is None and before:
        state.db.execute("insert or replace into _deleted values (?, ?)", (before["id"], table))
    row = after or before or {}
    snapshot = {"object": render(state, table, row, now)}
    for kind in _types(table, before, after):
        changes = _previous(state, table, before, snapshot["object"], now) if before and after else {}
        _tell(state, kind, table, row["id"], snapshot | changes, now)


def new_id(state: State, table: str) -> str:
    """An id in Stripe's manner; ids of one second are in no order."""
    digest = hashlib.md5(f"{table}{state.next(table)}".encode(), usedforsecurity=False).hexdigest()
    return f"{PREFIXES[table]}_{digest[: 14 if table in ('customer', 'product') else 24]}"


def expire(state: State, now: datetime) -> None:
    """Forget events after thirty days."""
    state.db.execute("delete from event where created < ?", (int((now - RETENTION).timestamp()),))


def _tell(state: State, kind: str, table: str, key: str, data: Row, now: datetime) -> None:
    request = REQUEST.get({"id": None, "idempotency_key": None})
    state.db.execute(
        "insert into event (id, created, type, api_version, request, _table, _object, data) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (new_id(state, "event"), int(now.timestamp()), kind, VERSION, json.dumps(request), table, key, json.dumps(data)),
    )


def _freeze(state: State, table: str, before: Row, now: datetime) -> None:
    """Seeded events carry no snapshot until their object first changes."""
    for event in state.select("select * from event where _object = ? and _table = ? and data is null", (before["id"], table)):
        data = json.dumps({"object": as_told(state, event, before, now)})
        state.db.execute("update event set data = ? where id = ?", (data, event["id"]))


def _tell_parent(state: State, before: Row | None, after: Row | None, now: datetime) -> None:
    """An item has no events of its own: its subscription is updated. One that is being made has none yet."""
    row = after or before or {}
    held = state.get("subscription", row["subscription"])
    if held is None or before == after:
        return
    _freeze(state, "subscription", held, now)
    sent = render(state, "subscription", held, now)
    others = [each for each in sent["items"]["data"] if each["id"] != row["id"]]
    earlier = others + ([render(state, "subscription_item", before, now)] if before else [])
    changes = {"previous_attributes": {"items": sent["items"] | {"data": earlier}}}
    _tell(state, "customer.subscription.updated", "subscription", held["id"], {"object": sent} | changes, now)


def _previous(state: State, table: str, before: Row, sent: Row, now: datetime) -> Row:
    earlier = render(state, table, before, now)
    return {"previous_attributes": {name: value for name, value in earlier.items() if sent.get(name) != value}}


def _types(table: str, before: Row | None, after: Row | None) -> list[str]:
    """The events one change makes, in no particular order: they share a second."""
    prefix = _TALKING[table]
    if before is None and after is not None:
        names = [f"{prefix}.{after[_BORN[table]] if table in _BORN else 'created'}"]
    elif after is None or before is None:
        names = [f"{prefix}.deleted"]
    elif before == after:
        return []
    else:
        names = [f"{prefix}.updated", *_passages(table, before, after)]
    if table == "charge" and {"charge.refunded", "charge.captured", "charge.failed"} & set(names):
        names = [name for name in names if name != "charge.updated"]
    return [name for name in names if name not in _SILENT and not (table == "payment_intent" and name.endswith(".updated"))]


def _passages(table: str, before: Row, after: Row) -> list[str]:
    """The named steps of a life that a change takes, beside the plain `updated`."""
    moved = before.get("status") != after.get("status")
    status = str(after.get("status"))
    if table == "invoice":
        steps = ["invoice.finalized"] if before["status"] == "draft" and status == "paid" else []
        overpaid = ["invoice.overpaid"] if after["amount_overpaid"] > before["amount_overpaid"] else []
        failed = ["invoice.payment_failed"] if after["attempt_count"] > before["attempt_count"] and not moved else []
        return steps + overpaid + failed + ([f"invoice.{_STEPS[status]}"] if moved else [])
    if table == "subscription" and moved:
        named = {"canceled": "deleted", "paused": "paused"}.get(status) or ("resumed" if before["status"] == "paused" else "")
        return [f"customer.subscription.{named}"] if named else []
    if table == "payment_intent":
        if status == "requires_payment_method" and after["latest_charge"] != before["latest_charge"]:
            return ["payment_intent.payment_failed"]
        return [f"payment_intent.{_INTENTS[status]}"] if moved and status in _INTENTS else []
    if table == "charge":
        refunded = ["charge.refunded"] if after["amount_refunded"] > before["amount_refunded"] else []
        captured = ["charge.captured"] if after["captured"] and not before["captured"] else []
        return refunded + captured + ([f"charge.{status}"] if moved and status == "failed" else [])
    if table == "refund":
        return ["charge.refund.updated", *(["refund.failed"] if moved and status == "failed" else [])]
    if table == "dispute":
        return ["charge.dispute.closed"] if moved and status in _DECIDED else []
    if table == "payout":
        return [f"payout.{status}"] if moved and status in _LANDED else []
    if table == "credit_note" and moved and status == "void":
        return ["credit_note.voided"]
    return ["invoice_payment.paid"] if table == "invoice_payment" and moved and status == "paid" else []
