"""What customers note on an envelope: fields by name, known by an id of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from q2c_pipelines.platforms.docusign.emulator import rendering
from q2c_pipelines.platforms.docusign.emulator.call import Call
from q2c_pipelines.platforms.docusign.emulator.errors import bad_body
from q2c_pipelines.platforms.emulation import Row

_KINDS = {"textCustomFields": "text", "listCustomFields": "list"}
_FIELDS = ("name", "value", "show", "required", "listItems")
_LONGEST_VALUE = 100


def listed(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/custom_fields"""
    call.envelope()
    return 200, rendering.custom_fields(_of(call))


def create(call: Call) -> tuple[int, Any]:
    """POST /envelopes/{id}/custom_fields"""
    body = call.body
    call.unfinished()
    return 201, rendering.custom_fields(add(call, call.key, body))


def change(call: Call) -> tuple[int, Any]:
    """PUT /envelopes/{id}/custom_fields: by `fieldId`; an unknown one is told with its own error."""
    return _each(call, lambda held, given: call.state.update("custom_field", held["fieldId"], _values(given), call.now))


def remove(call: Call) -> tuple[int, Any]:
    """DELETE /envelopes/{id}/custom_fields: by `fieldId`, in the body."""
    return _each(call, lambda held, _: call.state.delete("custom_field", held["fieldId"], call.now))


def add(call: Call, envelope_id: str, body: Mapping[str, Any]) -> list[Row]:
    """New fields of an envelope."""
    made = []
    for kind, given in _given(body):
        if not given.get("name"):
            raise bad_body("A custom field needs a name.")
        key = str(call.state.next("field", 10**12))
        row = {"fieldId": key, "envelopeId": envelope_id, "_kind": kind} | _values(given)
        made.append(call.state.insert("custom_field", row, call.now))
    return made


def _each(call: Call, act: Callable[[Row, Row], Any]) -> tuple[int, Any]:
    body = call.body
    call.unfinished()
    results: dict[str, list[Row]] = {name: [] for name in _KINDS}
    known = {row["fieldId"]: row for row in _of(call)}
    for kind, given in _given(body):
        held = known.get(str(given.get("fieldId")))
        said: Row = {"fieldId": str(given.get("fieldId"))}
        if held is None:
            said["errorDetails"] = {"errorCode": "INVALID_CUSTOM_FIELD_ID", "message": "The custom field is not known."}
        else:
            act(held, given)
            said |= {"name": held["name"], "value": str(given.get("value", held["value"] or ""))}
        results[f"{kind}CustomFields"].append(said)
    return 200, results


def _values(given: Row) -> Row:
    if len(given.get("value") or "") > _LONGEST_VALUE:
        raise bad_body(f"The value of a custom field can have {_LONGEST_VALUE} characters.")
    values = {name: given[name] for name in _FIELDS if name in given}
    return values | {name: str(values[name]).lower() == "true" for name in ("show", "required") if name in values}


def _given(body: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for name, kind in _KINDS.items():
        for given in body.get(name) or []:
            yield kind, given


def _of(call: Call) -> list[Row]:
    return call.state.select("select * from custom_field where envelopeId = ? order by rowid", (call.key,))
