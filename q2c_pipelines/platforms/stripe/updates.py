"""Changes of what is there: read -> compare with what was observed -> write -> read back. There is no lock, so the look decides."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.commands import UpdateField, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.stripe.customers import ADDRESS
from q2c_pipelines.platforms.stripe.items import LINE_FIELDS, update_line
from q2c_pipelines.platforms.stripe.requests import Record, held, post, read_back, receipt

FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "customer": {
        "name": ("name",),
        "email": ("email",),
        "phone": ("phone",),
        "street": ("address", "line1"),
        "city": ("address", "city"),
        "state": ("address", "state"),
        "postal_code": ("address", "postal_code"),
        "country": ("address", "country"),
        "crm_id": ("metadata", "crm_id"),
    },
    "product": {"name": ("name",), "is_active": ("active",)},
}
STATUSES = {
    **dict.fromkeys(("trialing", "active", "past_due", "unpaid", "paused"), "active"),
    "incomplete": "draft",
    "canceled": "cancelled",
    "incomplete_expired": "cancelled",
}


def update_field(command: UpdateField) -> Flow:
    """One field set to its value, unless the platform no longer holds what was observed."""
    if command.entity == "subscription_line" and command.attribute in LINE_FIELDS:
        return (yield from update_line(command))
    path, address = _field(command), f"/v1/{command.entity}s/{command.native_id}"
    record = yield from held(address)
    if record is None:
        return Receipt("superseded", command.native_id, detail=f"the {command.entity} is gone")
    now = _value(record, path)
    if now == (command.value or None):
        return receipt("adopted", record)
    if now != (command.observed or None):
        return receipt("superseded", record, f"{command.attribute} is {now!r}, not {command.observed!r} as observed")
    yield post(address, _change(record, path, command.value), command)
    return receipt("written", (yield from read_back(address)))


def update_status(command: UpdateStatus) -> Flow:
    """A subscription ended, unless it is no longer in the state that was observed."""
    if (command.entity, command.value) != ("subscription", "cancelled"):
        words = f"Stripe: {command.entity} cannot be made {command.value} here; only a subscription can be cancelled"
        raise Terminal(words, platform="stripe")
    address = f"/v1/subscriptions/{command.native_id}"
    record = yield from held(address)
    if record is None:
        return Receipt("superseded", command.native_id, detail="there is no such subscription")
    now = STATUSES.get(record["status"])
    if now == "cancelled":
        return receipt("adopted", record)
    if now != command.observed:
        return receipt("superseded", record, f"status is {record['status']!r}, not {command.observed!r} as observed")
    answer = yield Request("DELETE", address, is_write=True, accept=(404,))  # 404: it ended since the look
    return receipt("adopted" if answer.status_code == 404 else "written", (yield from read_back(address)))


def _change(record: Record, path: tuple[str, ...], value: str | None) -> Record:
    """The parameters that set one field. An address is sent whole, as read: its parts are not promised to be merged."""
    if path[0] == "address":
        return {"address": {part: (record.get("address") or {}).get(part) for part in ADDRESS} | {path[1]: value or ""}}
    return {path[0]: {path[1]: value or ""}} if len(path) > 1 else {path[0]: value or ""}


def _field(command: UpdateField) -> tuple[str, ...]:
    fields = FIELDS.get(command.entity, {})
    if command.attribute not in fields:
        known = {entity: list(names) for entity, names in FIELDS.items()} | {"subscription_line": list(LINE_FIELDS)}
        settable = "; ".join(f"{entity} has {', '.join(names)}" for entity, names in known.items())
        raise Terminal(f"Stripe: {command.entity}.{command.attribute} cannot be set here; {settable}", platform="stripe")
    return fields[command.attribute]


def _value(record: Record, path: tuple[str, ...]) -> str | None:
    found: Any = record
    for part in path:
        found = (found or {}).get(part)
    return str(found).lower() if isinstance(found, bool) else found or None
