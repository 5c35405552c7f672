"""Customers: created, changed field by field, deleted for good but for their tombstone."""

from __future__ import annotations

import json

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.objects import ADDRESS
from q2c_pipelines.platforms.stripe.emulator.reading import tombstone

_TEXTS = ("name", "email", "phone", "description")
_FIELDS = f"{' '.join(_TEXTS)} address balance invoice_prefix metadata"
_LONGEST_EMAIL = 512


def create(call: Call) -> Row:
    """POST /v1/customers"""
    call.allow(_FIELDS)
    key = new_id(call.state, "customer")
    row = {"id": key, "created": call.seconds, "invoice_prefix": key[-8:].upper()} | _values(call, {})
    return call.render("customer", call.insert("customer", row))


def change(call: Call) -> Row:
    """POST /v1/customers/{id}"""
    call.allow(_FIELDS)
    held = call.get("customer")
    return call.render("customer", call.update("customer", call.key, _values(call, json.loads(held["metadata"]))))


def remove(call: Call) -> Row:
    """DELETE /v1/customers/{id}: its subscriptions end with it."""
    call.get("customer")
    alive = call.state.select("select id from subscription where customer = ? and status <> 'canceled'", (call.key,))
    for subscription in alive:
        ended = {"status": "canceled", "canceled_at": call.seconds, "ended_at": call.seconds}
        call.update("subscription", subscription["id"], ended)
    call.state.delete("customer", call.key, call.now)
    return tombstone("customer", call.key)


def _values(call: Call, metadata: dict[str, str]) -> Row:
    values = call.text(call.has(*_TEXTS, "invoice_prefix")) | call.metadata(metadata)
    if len(values.get("email") or "") > _LONGEST_EMAIL or "@" not in (values.get("email") or "@"):
        raise invalid(f"Invalid email address: {values['email']}", "email_invalid", "email")
    if "balance" in call.params:
        values["balance"] = call.whole("balance")
    return values | _address(call)


def _address(call: Call) -> Row:
    """An address is taken whole: a part that is not given is not there."""
    given = call.params.get("address")
    if given is None or given == "":
        return {} if given is None else {"address": None}
    if not isinstance(given, dict):
        raise invalid("Invalid hash: address", param="address")
    if unknown := sorted(set(given) - set(ADDRESS)):
        raise invalid(f"Received unknown parameter: address[{unknown[0]}]", "parameter_unknown", f"address[{unknown[0]}]")
    return {"address": {part: given.get(part) or None for part in ADDRESS}}
