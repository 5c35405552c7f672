"""/sobjects: records one by one, by id or by external id."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from zlib import crc32

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.salesforce.emulator import ids, records
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.records import Saved
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.salesforce.emulator.schema import Field, SObject
from q2c_pipelines.platforms.salesforce.emulator.values import written

_UPSERT_TELLS_FROM = 46  # the version from which an upsert answers with a body


def create(call: Call) -> Reply:
    """A new record: 201 with its id."""
    saved = records.create(call.emulation, records.sobject_of(call.names[0]), call.json)
    return Reply(_told(saved), 201, {"Location": f"{call.root}/sobjects/{call.names[0]}/{saved.id}"})


def read(call: Call) -> Reply:
    """The record's fields, all or those asked for."""
    sobject, row = _found(call)
    if since := call.headers.get("if-modified-since"):
        unchanged = _modified(row) <= _http_date(since)
        if unchanged:
            return Reply(None, 304, _validators(sobject, row))
    rows = call.emulation.reshape(sobject.name, [written(sobject, _asked(call, sobject), row, call.version)])
    return Reply(rows[0], 200, _validators(sobject, row))


def update(call: Call) -> Reply:
    """Changed fields: 204, or 412 where a precondition does not hold."""
    sobject = records.sobject_of(call.names[0])
    row = call.emulation.state.get(sobject.name, ids.safe(call.names[1]))
    if row and not _precondition(call, sobject, row):
        return Reply(None, 412)
    records.update(call.emulation, sobject, call.names[1], call.json)
    return Reply(None, 204)


def delete(call: Call) -> Reply:
    """To the recycle bin: 204."""
    records.delete(call.emulation, records.sobject_of(call.names[0]), call.names[1])
    return Reply(None, 204)


def read_by_external_id(call: Call) -> Reply:
    """The record with this external id."""
    sobject, field = _external(call)
    row = records.by_external_id(call.emulation, sobject, field, call.names[2])
    if row is None:
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
    return Reply(written(sobject, _asked(call, sobject), row, call.version))


def upsert(call: Call) -> Reply:
    """Made (201) or changed (200) by external id."""
    sobject, field = _external(call)
    update_only = call.query.get("updateOnly") == "true"
    saved = records.upsert(call.emulation, sobject, field, call.names[2], call.json, update_only=update_only)
    tells = float(call.version.removeprefix("v")) >= _UPSERT_TELLS_FROM
    return (
        Reply(_told(saved) | {"created": saved.created}, 201 if saved.created else 200)
        if tells or saved.created
        else Reply(None, 204)
    )


def delete_by_external_id(call: Call) -> Reply:
    """To the recycle bin, by external id."""
    sobject, field = _external(call)
    row = records.by_external_id(call.emulation, sobject, field, call.names[2])
    records.delete(call.emulation, sobject, row["Id"] if row else call.names[2])
    return Reply(None, 204)


def _told(saved: Saved) -> Row:
    return {"id": saved.id, "success": True, "errors": []}


def _found(call: Call) -> tuple[SObject, Row]:
    sobject = records.sobject_of(call.names[0])
    return sobject, records.get(call.emulation, sobject, call.names[1])


def _external(call: Call) -> tuple[SObject, Field]:
    sobject = records.sobject_of(call.names[0])
    return sobject, records.external_id(sobject, call.names[1])


def _asked(call: Call, sobject: SObject) -> list[Field]:
    names = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    fields = [(name, sobject.field(name)) for name in names]
    if missing := [name for name, field in fields if field is None]:
        raise Refusal(400, "INVALID_FIELD", f"No such column '{missing[0]}' on entity '{sobject.name}'")
    return [field for _, field in fields if field] or list(sobject.fields.values())


def _precondition(call: Call, sobject: SObject, row: Row) -> bool:
    """Whether the record is still as the caller saw it: by date for every object, by ETag for Account alone."""
    if sobject.name == "Account" and (tag := call.headers.get("if-match")) and tag != _etag(row):
        return False
    since = call.headers.get("if-unmodified-since")
    return not since or _modified(row) <= _http_date(since)


def _http_date(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as error:
        raise Refusal(400, "INVALID_HTTP_HEADER", f"not an HTTP date: {text}") from error


def _modified(row: Row) -> datetime:
    return datetime.fromisoformat(row["LastModifiedDate"])


def _validators(sobject: SObject, row: Row) -> dict[str, str]:
    dated = {"Last-Modified": format_datetime(_modified(row), usegmt=True)}
    return dated | {"ETag": _etag(row)} if sobject.name == "Account" else dated


def _etag(row: Row) -> str:
    return f'"{crc32(row["SystemModstamp"].encode()):08x}"'
