"""Records one by one: read, create, upsert, update, delete, by their guid or by an alternate key.

body -> columns, lookups and nested lines -> rules of the table -> State
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator import query, rules, values
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, not_there, payload_error, query_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import SETS, TABLES, Column, Table
from q2c_pipelines.platforms.emulation import Row

_BIND = "@odata.bind"
_ADDRESS = re.compile(r"(?:.*/)?(\w+)\(([^()]*)\)")
_PART = re.compile(r"(\w+)=('(?:[^']|'')*'|[^,]*)")
_STALE = Refusal(412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.")
_TAKEN = Refusal(412, "0x80040237", "A record with matching key values already exists.")
_KEYED = (
    "A record that has the attribute values {} already exists. The entity key {} requires that this set of attributes contains "
    "unique values. Select unique values and try again."
)


def read(call: Call, table: Table, key: str) -> Reply:
    """One record; 304 where the caller's version is the newest."""
    row = found(call, table, key)
    if call.headers.get("if-none-match") == values.etag(row):
        return Reply(status=304)
    return Reply({"@odata.context": query.context(call, table, "/$entity"), **query.told(call, table, [row])[0]})


def create(call: Call, table: Table) -> Reply:
    """A new record: 204 with its address, or 201 with itself."""
    return _answered(call, table, insert(call, table, call.json, {}), 201)


def save(call: Call, table: Table, key: str) -> Reply:
    """An update, or an upsert where no condition forbids one of the two."""
    row = locate(call, table, key)
    if row is None:
        return _create_at(call, table, key)
    if call.headers.get("if-none-match") == "*":
        raise _TAKEN
    require_version(call, row)
    return _answered(call, table, change(call, table, row, call.json), 200)


def delete(call: Call, table: Table, key: str) -> Reply:
    """A record removed: 204."""
    row = found(call, table, key)
    require_version(call, row)
    rules.check(call.state, table, row, None)
    call.state.delete(table.name, row[table.key], call.environment.emulation.now())
    return Reply(status=204)


def insert(call: Call, table: Table, body: Mapping[str, Any], given: Row) -> Row:
    """A record and the lines nested in it, made at once."""
    lines = _nested(table, body)
    row = dict.fromkeys(table.columns) | {table.key: str(uuid.uuid4())} | given
    row |= taken(call, table, {name: value for name, value in body.items() if name not in lines}, is_new=True)
    if missing := [column.logical for column in table.columns.values() if column.required and row[column.name] is None]:
        raise Refusal(400, "0x80040203", f"Attribute '{missing[0]}' of table '{table.name}' is required.")
    if call.state.get(table.name, row[table.key]):
        raise _TAKEN
    _require_unique(call, table, row)
    rules.check(call.state, table, None, row)
    if call.headers.get("mscrm.suppressduplicatedetection", "").lower() == "false":
        rules.require_no_duplicate(call.state, table, row)
    with call.state.transaction():
        made = call.state.insert(table.name, row, call.environment.emulation.now())
        for child, parent, bodies in lines.values():
            for each in bodies:
                insert(call, child, each, {parent: made[table.key]})
    return call.state.get(table.name, made[table.key]) or made


def change(call: Call, table: Table, row: Row, body: Mapping[str, Any]) -> Row:
    """A record with these columns set."""
    new = taken(call, table, body, is_new=False)
    _require_unique(call, table, row | new)
    new |= rules.states(table, row, new)
    rules.check(call.state, table, row, row | new)
    return call.state.update(table.name, row[table.key], new, call.environment.emulation.now())


def taken(call: Call, table: Table, body: Mapping[str, Any], *, is_new: bool) -> Row:
    """The columns that a body sets; those that the server alone sets are passed over."""
    row: Row = {}
    for name, value in body.items():
        if name.endswith(_BIND):
            row |= _bound(call, table, name.removesuffix(_BIND), value)
        elif not name.startswith("@"):
            column = _writable(table, name)
            if not column.read and (is_new or not column.created):
                row[name] = values.accepted(table, column, value)
    return row | (rules.states(table, None, row) if is_new else {})


def found(call: Call, table: Table, key: str) -> Row:
    """The record a key leads to. Raises Refusal where there is none."""
    if row := locate(call, table, key):
        return row
    raise not_there(table.name, key)


def locate(call: Call, table: Table, key: str) -> Row | None:
    """The record a guid or an alternate key leads to, if there is one."""
    if known := values.guid(key):
        return call.state.get(table.name, known)
    parts = alternate(table, key)
    where = " and ".join(f'"{name}" = ?' for name in parts)
    rows = call.state.select(f'select * from "{table.name}" where {where}', list(parts.values()))
    return rows[0] if rows else None


def alternate(table: Table, key: str) -> dict[str, str]:
    """The columns and values of an alternate key. Raises Refusal where the table has no such key."""
    parts = {name: value.strip("'").replace("''", "'") for name, value in _PART.findall(key)}
    if sorted(parts) not in [sorted(names) for names in table.keys.values()]:
        raise query_error(f"The specified key properties are not a defined alternate key on entity '{table.name}': {key}")
    return parts


def require_version(call: Call, row: Row) -> None:
    """Nothing where the caller's condition on the version holds. Raises Refusal."""
    if call.headers.get("if-match", "*") not in ("*", values.etag(row)):
        raise _STALE


def record_at(call: Call, address: str) -> tuple[Table, Row]:
    """The record that an address in a body leads to. Raises Refusal where it leads nowhere."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or parts[1] not in SETS:
        raise payload_error("", f"'{address}' is not the address of a record")
    return SETS[parts[1]], found(call, SETS[parts[1]], parts[2])


def _create_at(call: Call, table: Table, key: str) -> Reply:
    if "if-match" in call.headers:
        raise not_there(table.name, key, "")
    guid = values.guid(key)
    given: Row = {table.key: guid} if guid else dict(alternate(table, key))
    return _answered(call, table, insert(call, table, call.json, given), 201)


def _answered(call: Call, table: Table, row: Row, status: int) -> Reply:
    address = f"{call.root}/{table.set}({row[table.key]})"
    if call.preferences.get("return") != "representation":
        return Reply(status=204, headers={"OData-EntityId": address, "Location": address})
    body = {"@odata.context": query.context(call, table, "/$entity"), **query.told(call, table, [row])[0]}
    return Reply(body, status, query.applied(call))


def _writable(table: Table, name: str) -> Column:
    if name in table.columns and table.columns[name].type == "lookup":
        said = "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
        raise payload_error(table.set, said)
    if name not in table.columns:
        said = f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table.name}'."
        raise payload_error(table.set, said)
    return table.columns[name]


def _bound(call: Call, table: Table, navigation: str, address: Any) -> Row:
    if navigation not in table.lookups:
        why = "which only has property annotations in the payload but no property value was found"
        raise payload_error(table.set, f"An undeclared property '{navigation}' {why}.")
    lookup = table.lookups[navigation]
    if address is None:
        return {lookup.name: None}
    other, row = record_at(call, str(address))
    if other.name != lookup.to:
        raise payload_error(table.set, f"'{navigation}' leads to '{lookup.to}', not to '{other.name}'")
    return {} if lookup.read else {lookup.name: row[other.key]}


def _nested(table: Table, body: Mapping[str, Any]) -> dict[str, tuple[Table, str, list[Any]]]:
    """The lines in a body: by the property they stand in, their table, the lookup that leads back, and their bodies."""
    found = {}
    for child in TABLES.values():
        for lookup in child.columns.values():
            if lookup.inverse in body and lookup.inverse and lookup.to == table.name:
                found[lookup.inverse] = (child, lookup.name, list(body[lookup.inverse]))
    return found


def _require_unique(call: Call, table: Table, row: Row) -> None:
    for key, names in table.keys.items():
        if any(row[name] is None for name in names):
            continue
        where = " and ".join(f'"{name}" = ?' for name in names)
        sql = f'select 1 from "{table.name}" where {where} and "{table.key}" <> ?'
        if call.state.select(sql, [*(row[name] for name in names), row[table.key]]):
            raise Refusal(412, "0x80060892", _KEYED.format(", ".join(names), key))
