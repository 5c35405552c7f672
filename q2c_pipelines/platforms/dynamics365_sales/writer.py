"""Obeys commands in Dynamics 365 Sales: new accounts, single columns, and the states of quotes and orders.

command -> look at the record -> PATCH of that very version, or the action that closes it -> read back. What holds the value wanted
already is adopted; there is no idempotency key but the alternate key of an account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx

from q2c_pipelines.platforms.commands import Command, CreateCustomer, UpdateField, UpdateStatus
from q2c_pipelines.platforms.dynamics365_sales.accounts import create_customer
from q2c_pipelines.platforms.dynamics365_sales.records import Place, Record, look, refused
from q2c_pipelines.platforms.dynamics365_sales.words import COLUMNS, MOVES, Closing, State, native, status_of
from q2c_pipelines.platforms.flow import Flow, Receipt, Request

_MAIL = "emailaddress1"
_CONTACT = "primarycontactid"


def update_field(command: UpdateField) -> Flow:
    """Sets the column that holds a canonical attribute."""
    if (command.entity, command.attribute) not in COLUMNS:
        raise refused(f"{command.entity}.{command.attribute} is no column that can be corrected here")
    table, column = COLUMNS[command.entity, command.attribute]
    place = Place(table, command.native_id)
    wanted, observed = native(column, command.value), native(column, command.observed)
    before = yield from look(place, column)
    if before is None or _is_merged(before):
        return _gone(place, before)
    held = _held(before, column)
    if held == wanted:
        return _receipt("adopted", place, column, before)
    if held != observed:
        return _receipt("superseded", place, column, before)
    return (yield from _set(place, before, {column: wanted}, lambda after: _held(after, column) == wanted, column))


def update_status(command: UpdateStatus) -> Flow:
    """Moves a quote or an order on, by an update where the vendor takes one, else by the action that closes it."""
    move = MOVES.get((command.entity, command.observed, command.value))
    if move is None:
        raise refused(f"{command.entity} cannot be moved from {command.observed} to {command.value} here")
    place = Place(move.table, command.native_id)
    before = yield from look(place, "statecode")
    if before is None:
        return _gone(place, None)
    held = status_of(command.entity, before)
    if held == command.value:
        return _receipt("adopted", place, "statecode", before)
    if held != command.observed:
        return _receipt("superseded", place, "statecode", before)

    def is_there(after: Record) -> bool:
        return status_of(command.entity, after) == command.value

    if isinstance(move, State):
        return (yield from _set(place, before, move.values, is_there, "statecode"))
    return (yield from _close(place, move, is_there))


HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {
    CreateCustomer: create_customer,
    UpdateField: update_field,
    UpdateStatus: update_status,
}


def _set(place: Place, before: Record, values: Mapping[str, Any], is_there: Callable[[Record], bool], column: str) -> Flow:
    """Columns set, unless someone changed or deleted the record since it was looked at; the receipt holds what reads back."""
    headers = {"If-Match": before["@odata.etag"]}
    sent = Request("PATCH", place.path, json=dict(values), headers=headers, is_write=True, accept=(404, 412))
    answer = yield sent
    after = yield from look(place, column)
    if after is None:
        return _gone(place, None)
    if answer.status_code in (404, 412):
        return _receipt("superseded", place, column, after)
    return _written(place, column, after, is_there(after))


def _close(place: Place, closing: Closing, is_there: Callable[[Record], bool]) -> Flow:
    """A document closed by its action; one that was closed meanwhile is refused by the vendor, and left as it is."""
    activity = {"subject": closing.subject, f"{place.key}@odata.bind": f"/{place.table}({place.record_id})"}
    body = {closing.activity: activity, "Status": closing.status}
    answer = yield Request("POST", closing.path, json=body, is_write=True, accept=(400, 404))
    after = yield from look(place, "statecode")
    if after is None:
        return _gone(place, None)
    if answer.status_code in (400, 404) and after["statecode"] == closing.from_state:
        raise refused(f"{place}: {closing.path.rpartition('/')[2]} was refused: {_words(answer)}")
    if answer.status_code in (400, 404):
        return _receipt("superseded", place, "statecode", after)
    return _written(place, "statecode", after, is_there(after))


def _held(record: Record, column: str) -> Any:
    """What a column holds; an account without an e-mail address has that of its primary contact, as in staging."""
    value = record[column]
    if column == _MAIL and not value and record.get(_CONTACT):
        value = record[_CONTACT][_MAIL]
    return None if value == "" else value


def _written(place: Place, column: str, after: Record, is_there: bool) -> Receipt:
    if not is_there:
        raise refused(f"{place}: {column} reads back as {after[column]!r}; a flow or plug-in of the environment reset it")
    return _receipt("written", place, column, after)


def _receipt(outcome: Literal["written", "adopted", "superseded"], place: Place, column: str, record: Record) -> Receipt:
    return Receipt(outcome, place.record_id, place.number(record), f"{place}: {column}", {column: record[column]})


def _gone(place: Place, merged: Record | None) -> Receipt:
    why = f"was merged into {merged['_masterid_value']}" if merged else "is deleted"
    return Receipt("superseded", place.record_id, detail=f"{place} {why}")


def _is_merged(record: Record) -> bool:
    return bool(record.get("merged"))


def _words(answer: httpx.Response) -> str:
    return str(answer.json().get("error", {}).get("message", answer.text))
