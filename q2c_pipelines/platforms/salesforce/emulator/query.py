"""/query, /queryAll and their next pages."""

from __future__ import annotations

import orjson

from q2c_pipelines.platforms.salesforce.emulator import soql
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.cursor import Cursor
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.salesforce.emulator.soql_groups import Groups
from q2c_pipelines.platforms.salesforce.emulator.values import written

_SMALLEST, _LARGEST = 200, 2000


def query(call: Call) -> Reply:
    """Live records only."""
    return _first(call, deleted_too=False)


def query_all(call: Call) -> Reply:
    """The recycle bin too."""
    return _first(call, deleted_too=True)


def more(call: Call) -> Reply:
    """The page that a locator names; locators die with the cursor."""
    locator, _, start = call.names[0].rpartition("-")
    cursor = call.org.cursors.get(locator)
    if cursor is None or not start.isdigit():
        raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, cursor, locator, int(start))


def _first(call: Call, *, deleted_too: bool) -> Reply:
    text = call.query.get("q", "")
    parsed = soql.parse(text)
    if not call.org.may_read(parsed.sobject.name):
        raise soql.unknown(text, parsed.sobject.name)
    state = call.emulation.state
    if parsed.groups:
        return _groups(call, parsed, parsed.groups, deleted_too=deleted_too)
    if not parsed.fields:
        total = state.select(parsed.sql("count(*) as n", deleted_too=deleted_too))[0]["n"]
        return Reply({"totalSize": total, "done": True, "records": []})
    _check_visible(call, parsed)
    columns = ", ".join(f'"{name}"' for name in dict.fromkeys(["Id", *(field.name for field in parsed.fields)]))
    cursor = Cursor(state, parsed, columns, deleted_too=deleted_too, batch=_batch(call))
    locator = call.org.keep(cursor) if cursor.total > cursor.batch else ""
    reply = _page(call, cursor, locator, 0)
    if not locator:
        cursor.close()
    return reply


def _groups(call: Call, parsed: soql.Query, groups: Groups, *, deleted_too: bool) -> Reply:
    """All groups at once: a grouped query has no further pages."""
    rows = call.emulation.state.select(f"{parsed.sql(groups.columns, deleted_too=deleted_too)} group by {groups.by}")
    if len(rows) > _LARGEST:
        why = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise Refusal(400, "EXCEEDED_ID_LIMIT", why)
    records = [{"attributes": {"type": "AggregateResult"}} | row for row in rows]
    return Reply({"totalSize": len(records), "done": True, "records": records})


def _page(call: Call, cursor: Cursor, locator: str, start: int) -> Reply:
    sobject = cursor.query.sobject
    fields = cursor.query.fields
    rows = [written(sobject, fields, dict(row), call.version) for row in cursor.page(start, cursor.batch)]
    following = start + cursor.batch
    done = following >= cursor.total
    about: dict[str, object] = {"totalSize": cursor.total, "done": done}
    if not done:
        about["nextRecordsUrl"] = f"{call.root}/query/{locator}-{following}"
    named = {"attributes", *(field.name for field in fields)}
    records = [{name: row[name] for name in row if name in named} for row in call.emulation.reshape(sobject.name, rows)]
    return Reply(orjson.dumps(about | {"records": records}))


def _batch(call: Call) -> int:
    """The page size that `Sforce-Query-Options: batchSize=500` asks for, within the platform's bounds."""
    asked = call.headers.get("sforce-query-options", "").replace(" ", "").removeprefix("batchSize=")
    return min(max(int(asked), _SMALLEST), _LARGEST) if asked.isdigit() else _LARGEST


def _check_visible(call: Call, parsed: soql.Query) -> None:
    """A field that was taken away is one that does not exist."""
    gone = {
        fault.column
        for fault in call.emulation.faults
        if fault.kind == "schema_change" and fault.change == "drop" and fault.table.lower() == parsed.sobject.name.lower()
    }
    for field in parsed.fields:
        if field.name in gone:
            raise Refusal(400, "INVALID_FIELD", f"No such column '{field.name}' on entity '{parsed.sobject.name}'")
