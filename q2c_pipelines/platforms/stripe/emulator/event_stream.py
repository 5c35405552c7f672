"""The event stream: what happened in the last thirty days, by type and time; within a second in no order."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import invalid, missing
from q2c_pipelines.platforms.stripe.emulator.events import RETENTION
from q2c_pipelines.platforms.stripe.emulator.reading import created, page

_MOST_TYPES = 20


def listed(call: Call) -> Row:
    """GET /v1/events"""
    call.allow("limit starting_after ending_before created type types")
    body = page(call, "event", [*_typed(call), *created(call, "created"), ("created >= ?", _oldest(call))])
    return body | {"data": [_reshaped(call, event) for event in body["data"]]}


def retrieved(call: Call) -> Row:
    """GET /v1/events/{id}"""
    call.allow("")
    row = call.get("event")
    if row["created"] < _oldest(call):
        raise missing("event", call.key)
    return _reshaped(call, call.render("event", row))


def _reshaped(call: Call, event: Row) -> Row:
    """The event with the object in it as the schema changes that were asked for have it."""
    sent = event["data"]["object"]
    return event | {"data": event["data"] | {"object": call.emulation.reshape(sent.get("object", ""), [sent])[0]}}


def _oldest(call: Call) -> int:
    return int((call.now - RETENTION).timestamp())


def _typed(call: Call) -> list[tuple[str, Any]]:
    given = call.params.get("types", [])
    if "type" in call.params and given:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    types = [call.params["type"]] if "type" in call.params else given
    if not isinstance(types, list) or len(types) > _MOST_TYPES:
        raise invalid(f"types is an array of at most {_MOST_TYPES}", param="types")
    if not types:
        return []
    return [(f"({' or '.join(['type glob ?'] * len(types))})", tuple(types))]
