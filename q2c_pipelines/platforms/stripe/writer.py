"""Writing to Stripe: customers, form-encoded, each write under the command's own Idempotency-Key.

CreateCustomer: by email, then by search -> POST /v1/customers -> read back.  UpdateField: read -> compare -> POST -> read back.

Stripe has no unique external id: `metadata[crm_id]` names the record and the search index lags, so the look goes first through the
list by email, which does not. The key makes a repeat within a day return the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import Command, CreateCustomer, UpdateField
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request

Record = dict[str, Any]
_CUSTOMERS = "/v1/customers"
_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_FIELDS = {
    "name": ("name",),
    "email": ("email",),
    "phone": ("phone",),
    "street": ("address", "line1"),
    "city": ("address", "city"),
    "state": ("address", "state"),
    "postal_code": ("address", "postal_code"),
    "country": ("address", "country"),
    "crm_id": ("metadata", "crm_id"),
}


def create_customer(command: CreateCustomer) -> Flow:
    """The customer that carries the CRM's id: the one that is there, or a new one."""
    if found := (yield from _find(command)):
        return _receipt("adopted", found)
    created = yield _write(_CUSTOMERS, dict(_form(_new_customer(command))), command)
    return _receipt("written", (yield from _read(created.json()["id"])))


def update_field(command: UpdateField) -> Flow:
    """One field set to its value, unless the platform no longer holds what was observed."""
    path = _field(command)
    response = yield Request("GET", f"{_CUSTOMERS}/{command.native_id}", accept=(404,))
    record: Record = response.json()
    if response.status_code == 404 or record.get("deleted"):
        return Receipt("superseded", command.native_id, detail="the customer is gone")
    held = _value(record, path)
    if held == (command.value or None):
        return _receipt("adopted", record)
    if held != (command.observed or None):
        return _receipt("superseded", record, f"{command.attribute} is {held!r}, not {command.observed!r} as observed")
    yield _write(f"{_CUSTOMERS}/{command.native_id}", dict(_form(_change(record, path, command.value))), command)
    return _receipt("written", (yield from _read(command.native_id)))


HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {CreateCustomer: create_customer, UpdateField: update_field}


def _find(command: CreateCustomer) -> Generator[Request, httpx.Response, Record | None]:
    """The oldest living customer with the command's crm_id, or None."""
    looks = [Request("GET", f"{_CUSTOMERS}/search", params={"query": _query(command.crm_id), "limit": "100"})]
    if command.email:
        looks.insert(0, Request("GET", _CUSTOMERS, params={"email": command.email, "limit": "100"}))
    for look in looks:
        response = yield look
        found = [each for each in response.json()["data"] if each["metadata"].get("crm_id") == command.crm_id]
        if found:
            oldest: Record = min(found, key=lambda each: (each["created"], each["id"]))
            return oldest
    return None


def _query(crm_id: str) -> str:
    escaped = crm_id.replace("\\", "\\\\").replace("'", "\\'")
    return f"metadata['crm_id']:'{escaped}'"


def _new_customer(command: CreateCustomer) -> Record:
    address = (command.street, None, command.city, command.state, command.postal_code, command.country)
    return {
        "name": command.name,
        "email": command.email,
        "phone": command.phone,
        "address": dict(zip(_ADDRESS, address, strict=True)),
        "metadata": {"crm_id": command.crm_id},
    }


def _change(record: Record, path: tuple[str, ...], value: str | None) -> Record:
    """The parameters that set one field. An address is sent whole, as read: its parts are not promised to be merged."""
    if path[0] == "address":
        return {"address": {part: (record.get("address") or {}).get(part) for part in _ADDRESS} | {path[1]: value or ""}}
    return {path[0]: {path[1]: value or ""}} if len(path) > 1 else {path[0]: value or ""}


def _form(values: Record, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Stripe's form encoding: brackets for nesting; what is None is not sent, '' unsets."""
    for name, value in values.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            yield from _form(value, key)
        elif value is not None:
            yield key, value


def _write(path: str, form: dict[str, str], command: Command) -> Request:
    return Request("POST", path, form=form, headers={"Idempotency-Key": command.key}, is_write=True)


def _read(key: str) -> Generator[Request, httpx.Response, Record]:
    """The customer as it now is. A repeat under a used key may be answered with one that was deleted since."""
    response = yield Request("GET", f"{_CUSTOMERS}/{key}")
    record: Record = response.json()
    if record.get("deleted"):
        raise Terminal(f"Stripe: customer {key} was written under this key and deleted since; plan it anew", platform="stripe")
    return record


def _field(command: UpdateField) -> tuple[str, ...]:
    if command.entity != "customer" or command.attribute not in _FIELDS:
        raise Terminal(
            f"Stripe: {command.entity}.{command.attribute} cannot be set here; customer has {', '.join(_FIELDS)}", platform="stripe"
        )
    return _FIELDS[command.attribute]


def _value(record: Record, path: tuple[str, ...]) -> str | None:
    found: Any = record
    for part in path:
        found = (found or {}).get(part)
    return found or None


def _receipt(outcome: Any, record: Record, detail: str = "") -> Receipt:
    return Receipt(outcome, record["id"], detail=detail, read_back=record)
