"""Field values on their way in and out: what the platform accepts, and how it writes them.

request's JSON or CSV <-> the tables' text, numbers, and 0 or 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.salesforce.emulator.ids import safe
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.salesforce.emulator.schema import OBJECTS, Field, SObject

_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


def accepted(state: State, field: Field, value: Any) -> Any:
    """The value as the tables hold it; refused where the platform would refuse it."""
    if value is None or value == "":
        if field.required:
            raise Refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{field.name}]", [field.name])
        return 0 if field.type == "boolean" else None
    if field.is_number or field.type == "int":
        return _parsed(field, value, float)
    if field.type == "boolean":
        return int(_parsed(field, value, _truth))
    if field.type == "date":
        return _parsed(field, value, lambda text: date.fromisoformat(text[:10]).isoformat())
    if field.type == "datetime":
        return _parsed(field, value, lambda text: stamp(datetime.fromisoformat(text).astimezone(UTC)))
    if not isinstance(value, str):
        raise _unreadable(field, value)
    return _reference(state, field, value) if field.type == "reference" else _text(field, value)


def written(sobject: SObject, fields: Iterable[Field], row: Row, version: str) -> Row:
    """A record as JSON answers have it."""
    attributes = {"type": sobject.name, "url": f"/services/data/{version}/sobjects/{sobject.name}/{row['Id']}"}
    return {"attributes": attributes} | {field.name: _json(field, row[field.name]) for field in fields}


def csv_column(field: Field) -> str:
    """SQL that gives a field as CSV results have it."""
    if field.type == "boolean":
        return f"case \"{field.name}\" when 1 then 'true' else 'false' end"
    if field.type == "datetime":
        return f"replace(\"{field.name}\", 'Z', '.000Z')"
    return f'"{field.name}"'


def _json(field: Field, value: Any) -> Any:
    if field.type == "boolean":
        return bool(value)
    if field.type == "datetime" and isinstance(value, str):
        return value.replace("Z", ".000+0000")
    return value


def _parsed(field: Field, value: Any, parse: Any) -> Any:
    try:
        return parse(value)
    except (ValueError, TypeError) as error:
        raise _unreadable(field, value) from error


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).lower()] if str(value).lower() in ("true", "false") else bool(int(value))


def _unreadable(field: Field, value: Any) -> Refusal:
    return Refusal(
        400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.type} from value {value!r} in field {field.name}"
    )


def _text(field: Field, value: str) -> str:
    if field.length and len(value) > field.length:
        shown = f"{field.name}: data value too large: {value} (max length={field.length})"
        raise Refusal(400, "STRING_TOO_LONG", shown, [field.name])
    if field.restricted and value not in field.values:
        shown = f"bad value for restricted picklist field: {value}"
        raise Refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", shown, [field.name])
    if field.type == "email" and "@" not in value:
        raise Refusal(400, "INVALID_EMAIL_ADDRESS", f"{field.name}: invalid email address: {value}", [field.name])
    return value


def _reference(state: State, field: Field, value: str) -> str:
    if not _ID.fullmatch(value):
        raise Refusal(400, "MALFORMED_ID", f"{field.name}: id value of incorrect type: {value}", [field.name])
    key = safe(value)
    if field.to in OBJECTS and state.get(field.to, key) is None:
        raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
    return key
