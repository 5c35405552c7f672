"""/composite/sobjects: up to 200 records in one request, each with its own result; HTTP says 200 even where rows fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from q2c_pipelines.platforms.salesforce.emulator import records
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.records import Saved
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.salesforce.emulator.schema import RECORDS, SObject

_MOST_RECORDS, _MOST_RUNS = 200, 10
_ROLLED_BACK = Refusal(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid")
Save = Callable[[SObject, Mapping[str, Any]], Saved]


class _RolledBack(Exception):
    """Undoes the rows that did succeed."""


def create(call: Call) -> Reply:
    """New records."""
    return _saved(call, lambda sobject, record: records.create(call.emulation, sobject, record), tells_created=False)


def update(call: Call) -> Reply:
    """Changed records, each by its id."""

    def save(sobject: SObject, record: Mapping[str, Any]) -> Saved:
        rest = {name: value for name, value in record.items() if name.lower() != "id"}
        key = next((value for name, value in record.items() if name.lower() == "id"), None)
        if not key:
            raise Refusal(400, "MISSING_ARGUMENT", "Id not specified in an update call")
        return records.update(call.emulation, sobject, key, rest)

    return _saved(call, save, tells_created=False)


def upsert(call: Call) -> Reply:
    """Records made or changed by an external id."""
    sobject = records.sobject_of(call.names[0])
    field = records.external_id(sobject, call.names[1])

    def save(_: SObject, record: Mapping[str, Any]) -> Saved:
        rest = {name: value for name, value in record.items() if name != field.name}
        return records.upsert(call.emulation, sobject, field, record.get(field.name) or "", rest)

    return _saved(call, save, tells_created=True)


def delete(call: Call) -> Reply:
    """Records put into the recycle bin, by `ids`."""
    keys = [key for key in call.query.get("ids", "").split(",") if key]
    _check_count(len(keys))

    def remove(key: str) -> dict[str, Any]:
        return {"id": records.delete(call.emulation, _object_of_id(key), key).id, "success": True, "errors": []}

    return _each(call, keys, remove, all_or_none=call.query.get("allOrNone") == "true")


def _saved(call: Call, save: Save, *, tells_created: bool) -> Reply:
    body = call.json
    rows = body.get("records", [])
    _check_count(len(rows))
    types = [(row.get("attributes") or {}).get("type") for row in rows]
    if len(list(groupby(types))) > _MOST_RUNS:
        raise Refusal(400, "INVALID_ARGUMENT", f"the records change type more than {_MOST_RUNS} times; group them by type")

    def one(row: Mapping[str, Any]) -> dict[str, Any]:
        saved = save(_type_of(row), row)
        return {"id": saved.id, "success": True, "errors": []} | ({"created": saved.created} if tells_created else {})

    return _each(call, rows, one, all_or_none=bool(body.get("allOrNone")))


def _each(call: Call, items: list[Any], act: Callable[[Any], dict[str, Any]], *, all_or_none: bool) -> Reply:
    """Every item's result in the order of the request."""
    if not all_or_none:
        return Reply([_attempt(act, item) for item in items])
    results: list[dict[str, Any]] = []
    try:
        with call.emulation.state.transaction():
            results = [_attempt(act, item) for item in items]
            if not all(result["success"] for result in results):
                raise _RolledBack
    except _RolledBack:
        results = [{"success": False, "errors": [_ROLLED_BACK.row]} if result["success"] else result for result in results]
    return Reply(results)


def _attempt(act: Callable[[Any], dict[str, Any]], item: Any) -> dict[str, Any]:
    try:
        return act(item)
    except Refusal as refusal:
        return {"success": False, "errors": [refusal.row]}


def _type_of(row: Mapping[str, Any]) -> SObject:
    name = (row.get("attributes") or {}).get("type")
    if not name:
        raise Refusal(400, "INVALID_TYPE", "every record needs attributes.type")
    return records.sobject_of(name)


def _object_of_id(key: str) -> SObject:
    found = next((sobject for sobject in RECORDS.values() if key.startswith(sobject.prefix)), None)
    if found is None:
        raise Refusal(400, "MALFORMED_ID", f"bad id {key}")
    return found


def _check_count(count: int) -> None:
    if count > _MOST_RECORDS:
        raise Refusal(400, "EXCEEDED_MAX_SIZE_REQUEST", f"The request holds {count} records; {_MOST_RECORDS} are the most")
