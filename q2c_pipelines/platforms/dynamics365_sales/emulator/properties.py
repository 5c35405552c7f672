"""Single columns of a record, at addresses of their own: read, set, emptied, and lookups taken off."""

from __future__ import annotations

from q2c_pipelines.platforms.dynamics365_sales.emulator import filters, records, values
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import no_resource, payload_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import Table


def read(call: Call, table: Table, key: str) -> Reply:
    """One value; 204 where it is empty."""
    row, column = records.found(call, table, key), filters.column(table, call.names[2])
    if row[column.name] is None:
        return Reply(status=204)
    context = f"{call.root}/$metadata#{table.set}({row[table.key]})/{column.name}"
    return Reply({"@odata.context": context, "value": values.told_as(column, row[column.name])})


def write(call: Call, table: Table, key: str) -> Reply:
    """One value set."""
    if "value" not in (body := call.json):
        raise payload_error(table.set, "the property 'value' is missing")
    return _set(call, table, key, {call.names[2]: body["value"]})


def clear(call: Call, table: Table, key: str) -> Reply:
    """One value emptied."""
    return _set(call, table, key, {call.names[2]: None})


def unbind(call: Call, table: Table, key: str) -> Reply:
    """A lookup that leads nowhere any more."""
    if call.names[2] not in table.lookups:
        raise no_resource(call.names[2])
    return _set(call, table, key, {f"{call.names[2]}@odata.bind": None})


def _set(call: Call, table: Table, key: str, body: dict[str, object]) -> Reply:
    row = records.found(call, table, key)
    records.require_version(call, row)
    records.change(call, table, row, body)
    return Reply(status=204)
