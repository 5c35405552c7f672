"""Obeys commands in Salesforce: status and single fields of records that exist.

command -> look at the record -> PATCH if nobody changed it since -> read back. There is no idempotency key on a PATCH of a known
record: the value itself is the key, so a second run finds it and adopts it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

import httpx

from q2c_pipelines.platforms.commands import Command, UpdateField, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.salesforce.connection import DATA

FIELDS = {
    ("customer", "name"): ("Account", "Name"),
    ("customer", "email"): ("Contact", "Email"),
    ("customer", "phone"): ("Account", "Phone"),
    ("customer", "street"): ("Account", "BillingStreet"),
    ("customer", "city"): ("Account", "BillingCity"),
    ("customer", "state"): ("Account", "BillingState"),
    ("customer", "postal_code"): ("Account", "BillingPostalCode"),
    ("customer", "country"): ("Account", "BillingCountry"),
    ("customer", "payment_terms"): ("Account", "Payment_Terms__c"),
    ("opportunity", "stage"): ("Opportunity", "StageName"),
    ("order", "erp_number"): ("Order", "ERP_Order_Number__c"),
}
_DRAFT, _ACTIVATED = "Draft", "Activated"  # categories: the statuses themselves are the company's own words
_NUMBERS = {"Order": ["OrderNumber"]}

Record = Mapping[str, Any]


@dataclass(frozen=True)
class _Place:
    """The record a command is about, by its own id, and the canonical record it belongs to."""

    sobject: str
    record_id: str
    native_id: str

    @property
    def path(self) -> str:
        return f"{DATA}/sobjects/{self.sobject}/{self.record_id}"


def update_field(command: UpdateField) -> Flow:
    """Sets the field that holds a canonical attribute."""
    sobject, field = _field(command)
    record_id = command.native_id if sobject != "Contact" else (yield from _first_contact(command.native_id))
    if record_id is None:
        return Receipt("superseded", command.native_id, detail="the account has no contact to carry the e-mail address")
    place = _Place(sobject, record_id, command.native_id)
    before = yield from _look(place, field)
    if before is None:
        return _deleted(place)
    held, wanted = _text(before[field]), _text(command.value)
    if held == wanted:
        return _receipt("adopted", place, field, before)
    if held != _text(command.observed):
        return _receipt("superseded", place, field, before)
    return (yield from _write(place, field, wanted, before))


def update_status(command: UpdateStatus) -> Flow:
    """Activates an order, in a request that holds nothing but the status."""
    if command.entity != "order" or command.value != "activated" or command.observed != "draft":
        raise _refused(
            f"{command.entity} cannot be moved from {command.observed} to {command.value}: only draft orders are activated"
        )
    place = _Place("Order", command.native_id, command.native_id)
    before = yield from _look(place, "Status", "StatusCode")
    if before is None:
        return _deleted(place)
    if before["StatusCode"] == _ACTIVATED:
        return _receipt("adopted", place, "Status", before)
    if before["StatusCode"] != _DRAFT:
        return _receipt("superseded", place, "Status", before)
    return (yield from _write(place, "Status", (yield from _activated_status()), before))


HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {UpdateField: update_field, UpdateStatus: update_status}


def _write(place: _Place, field: str, value: str | None, before: Record) -> Flow:
    """One field set, unless someone changed or deleted the record since it was looked at; the receipt holds what reads back."""
    unmodified_since = format_datetime(datetime.fromisoformat(before["LastModifiedDate"]).astimezone(UTC), usegmt=True)
    response = yield Request(
        "PATCH",
        place.path,
        json={field: value},
        headers={"If-Unmodified-Since": unmodified_since},
        is_write=True,
        accept=(404, 412),
    )
    after = yield from _look(place, field)
    if after is None:
        return _deleted(place)
    if response.status_code in (404, 412):
        return _receipt("superseded", place, field, after)
    if _text(after[field]) != value:
        raise _refused(
            f"{place.sobject} {place.record_id}: {field} reads back as {after[field]!r}; an automation in the org reset it"
        )
    return _receipt("written", place, field, after)


def _field(command: UpdateField) -> tuple[str, str]:
    if (command.entity, command.attribute) not in FIELDS:
        raise _refused(f"{command.entity}.{command.attribute} is no field that can be corrected here")
    return FIELDS[command.entity, command.attribute]


def _look(place: _Place, *fields: str) -> Generator[Request, httpx.Response, Record | None]:
    """The record as it is now; None where it is deleted."""
    wanted = ["Id", *fields, "LastModifiedDate", *_NUMBERS.get(place.sobject, [])]
    response = yield Request("GET", place.path, params={"fields": ",".join(wanted)}, accept=(404,))
    return None if response.status_code == 404 else dict(response.json())


def _first_contact(account_id: str) -> Generator[Request, httpx.Response, str | None]:
    """The contact that carries the account's e-mail address: its oldest, as in staging."""
    soql = f"SELECT Id FROM Contact WHERE AccountId = '{_quoted(account_id)}' ORDER BY CreatedDate ASC, Id ASC LIMIT 1"
    response = yield Request("GET", f"{DATA}/query", params={"q": soql})
    records = response.json()["records"]
    return str(records[0]["Id"]) if records else None


def _activated_status() -> Generator[Request, httpx.Response, str]:
    """The org's own word for an activated order: the first one in picklist order."""
    soql = f"SELECT ApiName FROM OrderStatus WHERE StatusCode = '{_ACTIVATED}' ORDER BY SortOrder ASC LIMIT 1"
    response = yield Request("GET", f"{DATA}/query", params={"q": soql})
    records = response.json()["records"]
    if not records:
        raise _refused("no order status is in the category Activated; add one in Setup > Object Manager > Order > Status")
    return str(records[0]["ApiName"])


def _receipt(outcome: Literal["written", "adopted", "superseded"], place: _Place, field: str, record: Record) -> Receipt:
    number = next((str(record[name]) for name in _NUMBERS.get(place.sobject, [])), "")
    return Receipt(outcome, place.native_id, number, f"{place.sobject} {place.record_id}: {field}", {field: record[field]})


def _deleted(place: _Place) -> Receipt:
    return Receipt("superseded", place.native_id, detail=f"{place.sobject} {place.record_id} is deleted")


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _refused(why: str) -> Terminal:
    return Terminal(f"Salesforce: {why}", platform="salesforce")
