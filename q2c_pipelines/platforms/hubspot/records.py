"""Looks and writes that all flows share: one record by its id, one property set and read back."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import quote

import httpx

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.hubspot.connection import OBJECTS
from q2c_pipelines.platforms.hubspot.words import DAYS, NUMBERS

Record = dict[str, Any]
Look = Generator[Request, httpx.Response, Record | None]


@dataclass(frozen=True)
class Place:
    """The record a command is about, by its own id, and the canonical record it belongs to."""

    kind: str
    record_id: str
    native_id: str

    @property
    def path(self) -> str:
        return f"{OBJECTS}/{self.kind}/{self.record_id}"


def look(place: Place, *properties: str) -> Look:
    """The record as it is now; None where it is archived, or was merged into another one."""
    record = yield from found(place.path, *properties)
    return record if record and record["id"] == place.record_id else None


def found_by(kind: str, name: str, value: str, *properties: str) -> Look:
    """The record whose unique property has this value, or None. No search, which is behind."""
    return (yield from found(f"{OBJECTS}/{kind}/{quote(value, safe='')}", *properties, by=name))


def found(path: str, *properties: str, by: str = "") -> Look:
    """The record at this address, or None."""
    params = {"properties": ",".join(properties)} | ({"idProperty": by} if by else {})
    response = yield Request("GET", path, params=params, accept=(404,))
    return None if response.status_code == 404 else dict(response.json())


def write(place: Place, name: str, value: str | None) -> Flow:
    """One property set; the receipt holds what reads back."""
    body = {"properties": {name: value or ""}}
    yield Request("PATCH", place.path, json=body, is_write=True, accept=(404,))
    after = yield from look(place, name)
    if after is None:
        return gone(place)
    if not is_same(name, after["properties"].get(name), value):
        raise refused(
            f"{place.kind} {place.record_id}: {name} reads back as {after['properties'].get(name)!r}; a workflow reset it"
        )
    return receipt("written", place, name, after)


def is_same(name: str, held: str | None, value: str | None) -> bool:
    """Whether two values of a property are one: numbers by what they amount to, times by their day, empty text as none."""
    return _plain(name, held) == _plain(name, value)


def _plain(name: str, value: str | None) -> str | Decimal | None:
    if value and name in NUMBERS:
        with suppress(InvalidOperation):
            return Decimal(value)
    return value[:10] if value and name in DAYS else value or None


def receipt(outcome: Literal["written", "adopted", "superseded"], place: Place, name: str, record: Record) -> Receipt:
    """What the record holds of this property."""
    held = {name: record["properties"].get(name)}
    return Receipt(outcome, place.native_id, detail=f"{place.kind} {place.record_id}: {name}", read_back=held)


def gone(place: Place) -> Receipt:
    """The record is not there any more."""
    return Receipt(
        "superseded", place.native_id, detail=f"{place.kind} {place.record_id} was archived or merged into another record"
    )


def refused(why: str) -> Terminal:
    """What no repetition will change."""
    return Terminal(f"HubSpot: {why}", platform="hubspot")
