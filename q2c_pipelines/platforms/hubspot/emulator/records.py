"""Records as they are sent, found, made, changed and archived. Every way of writing ends here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.hubspot.emulator import pipelines, publishing
from q2c_pipelines.platforms.hubspot.emulator.call import Call
from q2c_pipelines.platforms.hubspot.emulator.definitions import definitions
from q2c_pipelines.platforms.hubspot.emulator.errors import Detail, Refusal, detail, invalid, missing
from q2c_pipelines.platforms.hubspot.emulator.objects import Object
from q2c_pipelines.platforms.hubspot.emulator.values import Unfit, kept

FIRST_KEY = 10**12


def sent(call: Call, kind: Object, row: Row, asked: Iterable[str]) -> Row:
    """A record as it is sent: the properties that are asked for and known, or the usual ones."""
    names = [name for name in asked if name in row or name == "hs_object_id"] or kind.defaults
    (shaped,) = call.emulation.reshape(kind.name, [row])
    held = shaped | {"hs_object_id": str(row["id"])}
    told = {
        "id": str(row["id"]),
        "properties": {name: held[name] for name in dict.fromkeys([*names, *kind.always]) if name in held},
        "createdAt": row[kind.created],
        "updatedAt": row[kind.changed],
        "archived": row["_archived_at"] is not None,
    }
    return told | ({"archivedAt": row["_archived_at"]} if row["_archived_at"] else {})


def found(call: Call, kind: Object, key: Any, by: str | None = None, archived: bool = False) -> Row:
    """The record with this id, or this value of a unique property; of a merged one the record it went into. Raises Refusal."""
    rows = _with(call.state, kind, "id", survivor(call.state, kind, str(key))) if not by else _by(call, kind, by, str(key))
    rows = [row for row in rows if (row["_archived_at"] is not None) is archived]
    if not rows:
        raise missing([key], "resource" if by else "Object")
    return rows[0]


def survivor(state: State, kind: Object, key: str) -> str:
    """The id of the record that a record was merged into, or its own."""
    while into := state.get("_merged", f"{kind.name}:{key}"):
        key = str(into["into_id"])
    return key


def create(call: Call, kind: Object, values: Row) -> Row:
    """A new record. Raises Refusal."""
    absent = [name for name in kind.required if not values.get(name)]
    if absent:
        words = f"Error creating {kind.singular.upper()}. Some required properties were not set."
        raise Refusal(400, words, errors=[detail("REQUIRED_PROPERTY_MISSING", words, name) for name in absent])
    row = checked(call, kind, values, None)
    key = call.state.next(kind.name, FIRST_KEY)
    return call.state.insert(kind.name, {"id": key} | publishing.begun(kind, key, row, call.now), call.now)


def update(call: Call, kind: Object, row: Row, values: Row) -> Row:
    """The record with these properties. Raises Refusal."""
    changes = publishing.settled(call.state, kind, row, checked(call, kind, values, row))
    return call.state.update(kind.name, row["id"], changes, call.now) if changes else row


def archive(call: Call, kind: Object, key: str) -> None:
    """Put the record away; one that is away or unknown is no error."""
    row = call.state.get(kind.name, key)
    if row and row["_archived_at"] is None:
        call.state.delete(kind.name, row["id"], call.now)


def checked(call: Call, kind: Object, values: Row, row: Row | None) -> Row:
    """The values as they are kept. Raises Refusal naming every property that cannot be written so."""
    known = definitions(call.state, kind)
    wrong: list[Detail] = []
    fit: Row = {}
    for name, value in values.items():
        one = known.get(name)
        if one is None:
            wrong.append(detail("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist', name))
        elif one.is_calculated:
            wrong.append(detail("READ_ONLY_VALUE", f"{name} is a read only property; its value cannot be set", name))
        else:
            try:
                fit[name] = kept(one, value)
            except Unfit as no:
                wrong.append(no.detail)
    wrong += pipelines.faults(kind, fit)
    if wrong:
        raise invalid(wrong)
    _apart(call.state, kind, {name: fit[name] for name in fit if known[name].is_unique}, row)
    return pipelines.placed(kind, fit, row)


def _apart(state: State, kind: Object, unique: Row, row: Row | None) -> None:
    for name, value in unique.items():
        for other in _with(state, kind, name, value) if value else ():
            if other["_archived_at"] is None and (row is None or other["id"] != row["id"]):
                raise _taken(kind, name, value, other["id"])


def _taken(kind: Object, name: str, value: str, key: int) -> Refusal:
    if (kind.name, name) == ("contacts", "email"):
        return Refusal(409, f"Contact already exists. Existing ID: {key}", "CONFLICT")
    words = f"Cannot set {name} to {value}. {key} already has that value."
    return Refusal(400, words, errors=[detail("CONFLICTING_UNIQUE_VALUE", words, name)])


def _by(call: Call, kind: Object, by: str, value: str) -> list[Row]:
    one = definitions(call.state, kind).get(by)
    if one is None or not (one.is_unique or by == "hs_object_id"):
        raise Refusal(400, f"{by} is not a unique property of {kind.name}")
    return _with(call.state, kind, "id" if by == "hs_object_id" else by, value)


def _with(state: State, kind: Object, column: str, value: Any) -> list[Row]:
    return state.select(f'select * from "{kind.name}" where "{column}" = ? and _archived_at is null', (value,)) or state.select(
        f'select * from "{kind.name}" where "{column}" = ?', (value,)
    )
