"""Records in JSON and back: references resolved, types held to, and every refusal naming the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal, invalid_content
from q2c_pipelines.platforms.netsuite.emulator.fields import STATUS_NAMES, Field, shown_name


def written(state: State, fields: Mapping[str, Field], body: Mapping[str, Any], place: str = "") -> Row:
    """The columns that a body sets. Refuses unknown fields, values of another type and references to nothing."""
    values: Row = {}
    for name, value in body.items():
        path = f"{place}{name}"
        if name == "links":
            continue
        if name not in fields:
            raise Refusal("NONEXISTENT_FIELD", f"Error while accessing a resource. The field {name} does not exist.", path=path)
        if not fields[name].fixed:
            values[fields[name].column] = None if value is None else _stored(state, fields[name], name, value, path)
    return values


def shown(state: State, fields: Mapping[str, Field], row: Row) -> dict[str, Any]:
    """A row's fields in JSON; what is empty is left out."""
    return {name: _json(state, each, row, row[each.column]) for name, each in fields.items() if row.get(each.column) is not None}


def _stored(state: State, field: Field, name: str, value: Any, path: str) -> Any:
    if field.kind == "ref":
        return referred(state, field.target, name, value, path)["id"]
    if field.kind == "enum":
        return value.get("id") if isinstance(value, dict) else value
    if field.kind == "boolean" and isinstance(value, bool):
        return "T" if value else "F"
    if field.kind == "date" and isinstance(value, str) and _is_date(value):
        return value
    if field.kind in ("number", "integer") and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if field.kind == "text" and isinstance(value, str):
        return value
    raise invalid_content(value, name, path)


def referred(state: State, table: str, name: str, value: Any, path: str) -> Row:
    """The row that `{"id"}` or `{"externalId"}` means. Refuses one that is not there or no longer to be used."""
    given = value if isinstance(value, dict) else {}
    if "id" in given:
        found = state.select(f'select * from "{table}" where id = ?', (str(given["id"]),))
    else:
        found = state.select(f'select * from "{table}" where externalid = ? collate nocase', (given.get("externalId"),))
    if not found or found[0].get("isinactive") == "T":
        raise invalid_content(given.get("id", given.get("externalId", value)), name, path)
    return found[0]


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _json(state: State, field: Field, row: Row, value: Any) -> Any:
    if field.kind == "ref":
        target = state.get(field.target, value)
        return {"links": [], "id": str(value), "refName": shown_name(target) if target else str(value)}
    if field.kind == "enum":
        names = STATUS_NAMES.get(str(row.get("type")), {})
        return {"id": str(value), "refName": names.get(str(value), str(value))}
    if field.kind == "boolean":
        return value == "T"
    return str(value) if field.kind == "text" else value


def sublist(body: Mapping[str, Any], name: str) -> list[Any]:
    """The items of a list in a body."""
    given = body.get(name, {})
    items = given.get("items", []) if isinstance(given, dict) else None
    if not isinstance(items, list):
        raise Refusal("INVALID_CONTENT", f"The sublist {name} must be an object with items.", path=name)
    return items
