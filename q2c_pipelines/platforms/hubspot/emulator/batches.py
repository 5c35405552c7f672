"""Many records in one call. What went well and what did not come apart only where the caller gave each input a trace of its own.

inputs -> each done or refused -> 200 | 201 | 207 with errors | 400 for all.  Results come in no order that may be relied upon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.hubspot.emulator.call import Answer, Call
from q2c_pipelines.platforms.hubspot.emulator.changing import made
from q2c_pipelines.platforms.hubspot.emulator.definitions import definitions
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal
from q2c_pipelines.platforms.hubspot.emulator.records import archive, found, sent, update
from q2c_pipelines.platforms.hubspot.emulator.values import stamp

MOST = 100


def read(call: Call) -> Answer:
    """The records with these ids; those that are not there are told beside them."""
    names, by = call.sent.get("properties") or [], call.sent.get("idProperty")

    def one(said: Row) -> Row:
        return sent(call, call.object, found(call, call.object, said["id"], by), names)

    return _done(call, one, 200)


def create(call: Call) -> Answer:
    """New records. Raises Refusal."""
    return _done(call, lambda said: made(call, call.object, said), 201)


def change(call: Call) -> Answer:
    """Records with other properties. Raises Refusal."""

    def one(said: Row) -> Row:
        row = found(call, call.object, said["id"], said.get("idProperty"))
        return sent(call, call.object, update(call, call.object, row, said["properties"]), said["properties"])

    return _done(call, one, 200)


def upsert(call: Call) -> Answer:
    """Records found by a unique property, or made with it. Raises Refusal."""
    known = definitions(call.state, call.object)

    def one(said: Row) -> Row:
        by = said.get("idProperty", "")
        if by not in known or not known[by].is_unique:
            raise Refusal(400, f"idProperty {by!r} is not a property with unique values")
        values = {by: said["id"]} | said["properties"]
        try:
            row = found(call, call.object, said["id"], by)
        except Refusal:
            return made(call, call.object, {"properties": values}) | {"new": True}
        return sent(call, call.object, update(call, call.object, row, values), values) | {"new": False}

    return _done(call, one, 200)


def archived(call: Call) -> Answer:
    """Records are put away."""
    for said in call.inputs(MOST):
        archive(call, call.object, said["id"])
    return Answer(204)


def _done(call: Call, one: Callable[[Row], Row], status: int) -> Answer:
    inputs = call.inputs(MOST)
    traces = [said.get("objectWriteTraceId") for said in inputs]
    is_apart = None not in traces and len(set(traces)) == len(traces)
    results: list[Row] = []
    errors: list[Row] = []
    for said, trace in zip(inputs, traces, strict=True):
        told = {"objectWriteTraceId": trace} if trace else {}
        try:
            results.append(one(said) | told)
        except Refusal as no:
            if not is_apart and no.status != 404:
                raise
            errors.append(_part(no, trace))
    body = ended(call, results[::-1])
    return Answer(207, body | {"numErrors": len(errors), "errors": errors}) if errors else Answer(status, body)


def _part(no: Refusal, trace: Any) -> Row:
    part = no.part()
    return part | {"context": part["context"] | {"objectWriteTraceId": [trace]}} if trace else part


def ended(call: Call, results: list[Row]) -> Row:
    """What is said of a batch that came to its end."""
    return {"status": "COMPLETE", "results": results, "startedAt": stamp(call.now), "completedAt": stamp(call.now)}
