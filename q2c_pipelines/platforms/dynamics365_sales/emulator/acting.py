"""What actions have in common: the record a parameter names, the status asked for, and writing past the rules for plain updates."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator import query, records
from q2c_pipelines.platforms.dynamics365_sales.emulator.bookkeeping import LINES, stamp
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import no_such_status, payload_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES
from q2c_pipelines.platforms.emulation import Row

_OF_ITS_OWN = ("createdon", "modifiedon", "versionnumber", "statecode", "statuscode", "exchangerate")


def closing(call: Call, activity: str, table: str) -> tuple[Row, Mapping[str, Any]]:
    """The record that a closing activity is about, and the activity. Raises Refusal where either is missing."""
    said = call.json.get(activity)
    key = TABLES[table].key
    address = said.get(f"{key}@odata.bind") if isinstance(said, dict) else None
    if not isinstance(said, dict) or address is None:
        raise payload_error(activity, f"The parameter '{activity}' with '{key}@odata.bind' is missing.")
    other, row = records.record_at(call, str(address))
    if other.name != table:
        raise payload_error(activity, f"'{key}' does not lead to '{other.name}'.")
    return row, said


def named(call: Call, parameter: str, table: str) -> Row:
    """The record whose guid is given. Raises Refusal where there is none."""
    body = call.json
    if parameter not in body:
        raise payload_error(table, f"The parameter '{parameter}' is missing.")
    return records.found(call, TABLES[table], str(body[parameter]))


def status(call: Call, table: str, *states: int) -> tuple[int, int]:
    """The state and the status reason asked for; -1 is the first state's own. Raises Refusal for one of another state."""
    asked = int(call.json.get("Status", -1))
    if asked == -1:
        return states[0], TABLES[table].states[states[0]][0]
    for state in states:
        if asked in TABLES[table].states[state]:
            return state, asked
    raise no_such_status(table, states[0], asked)


def now(call: Call) -> str:
    """The environment's time, as records hold it."""
    return stamp(call.environment.emulation.now())


def lines(call: Call, table: str, header: Row) -> list[Row]:
    """The lines of a document."""
    sql = f'select * from "{LINES[table]}" where "_{table}id_value" = ? order by lineitemnumber'
    return call.state.select(sql, (header[TABLES[table].key],))


def copied(row: Row, source: str, target: str) -> Row:
    """The values that a record of one table hands on to one of another: not its key, its stamps or its state."""
    shared = set(TABLES[source].columns) & set(TABLES[target].columns) - {*_OF_ITS_OWN, TABLES[source].key}
    return {name: row[name] for name in shared}


def add(call: Call, table: str, values: Row) -> Row:
    """A new record."""
    row = dict.fromkeys(TABLES[table].columns) | values | {TABLES[table].key: str(uuid.uuid4())}
    return call.state.insert(table, row, call.environment.emulation.now())


def put(call: Call, table: str, row: Row, values: Row) -> Row:
    """A record changed."""
    return call.state.update(table, row[TABLES[table].key], values, call.environment.emulation.now())


def told(call: Call, table: str, row: Row) -> Reply:
    """A record as an action's answer, as it is now."""
    newest = records.found(call, TABLES[table], row[TABLES[table].key])
    context = f"{call.root}/$metadata#{TABLES[table].set}/$entity"
    return Reply({"@odata.context": context, **query.told(call, TABLES[table], [newest])[0]})
