"""Pipelines and their stages: one for deals, one for orders, with the ids that every new account has."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.hubspot.emulator.call import Call
from q2c_pipelines.platforms.hubspot.emulator.errors import Detail, Refusal, detail, missing
from q2c_pipelines.platforms.hubspot.emulator.objects import Object

DEALS, ORDERS = "default", "14a2e10e-5471-408a-906e-c51f3b04369e"
OPEN, PROCESSED, CANCELLED = (
    "4b27b500-f031-4927-9811-68a0b525cbae",
    "937ea84d-0a4f-4dcf-9028-3f9c2aafbf03",
    "3c85a297-e9ce-400b-b42e-9f16853d69d6",
)
_MADE = "2024-01-01T00:00:00.000Z"
_DEAL_STAGES = {
    "appointmentscheduled": ("Appointment Scheduled", "0.2"),
    "qualifiedtobuy": ("Qualified To Buy", "0.4"),
    "presentationscheduled": ("Presentation Scheduled", "0.6"),
    "decisionmakerboughtin": ("Decision Maker Bought-In", "0.8"),
    "contractsent": ("Contract Sent", "0.9"),
    "closedwon": ("Closed Won", "1.0"),
    "closedlost": ("Closed Lost", "0.0"),
}
PROBABILITIES = {key: probability for key, (_, probability) in _DEAL_STAGES.items()}
_ORDER_STAGES = {
    OPEN: "Open",
    PROCESSED: "Processed",
    "aa99e8d0-c1d5-4071-b915-d240bbb1aed9": "Shipped",
    "3725360f-519b-4b18-a593-494d60a29c9f": "Delivered",
    CANCELLED: "Cancelled",
}


def _stage(key: str, label: str, place: int, metadata: dict[str, str]) -> Row:
    stamps = {"createdAt": _MADE, "updatedAt": _MADE, "archived": False}
    return {"id": key, "label": label, "displayOrder": place, "metadata": metadata} | stamps


def _pipeline(key: str, label: str, stages: list[Row]) -> Row:
    stamps = {"createdAt": _MADE, "updatedAt": _MADE, "archived": False}
    return {"id": key, "label": label, "displayOrder": 0, "stages": stages} | stamps


def _deal_stage(place: int, key: str) -> Row:
    label, probability = _DEAL_STAGES[key]
    return _stage(key, label, place, {"isClosed": str(probability in ("0.0", "1.0")).lower(), "probability": probability})


PIPELINES: dict[str, Row] = {
    "deals": _pipeline(DEALS, "Sales Pipeline", [_deal_stage(place, key) for place, key in enumerate(_DEAL_STAGES)]),
    "orders": _pipeline(
        ORDERS, "Order Pipeline", [_stage(key, label, place, {}) for place, (key, label) in enumerate(_ORDER_STAGES.items())]
    ),
}


def listed(call: Call) -> Row:
    """The pipelines of an object. Raises Refusal."""
    return {"results": [_of(call.object)]}


def retrieved(call: Call) -> Row:
    """One pipeline. Raises Refusal."""
    found = _of(call.object)
    if call.path["pipeline"] != found["id"]:
        raise missing([call.path["pipeline"]], "Pipeline")
    return found


def stages(call: Call) -> Row:
    """The stages of a pipeline. Raises Refusal."""
    return {"results": retrieved(call)["stages"]}


def faults(kind: Object, values: Row) -> list[Detail]:
    """What is wrong with the pipeline and the stage that a record is put into."""
    if not kind.pipeline:
        return []
    pipeline = PIPELINES[kind.name]
    known = {kind.pipeline[0]: {pipeline["id"]}, kind.pipeline[1]: {each["id"] for each in pipeline["stages"]}}
    return [
        detail("INVALID_OPTION", f"{values[name]} was not one of the allowed options: {sorted(options)}", name)
        for name, options in known.items()
        if values.get(name) and values[name] not in options
    ]


def placed(kind: Object, values: Row, row: Row | None) -> Row:
    """The values with what follows from the stage; a new record is in the first one of its pipeline."""
    if not kind.pipeline:
        return values
    pipeline = PIPELINES[kind.name]
    if row is None:
        values = {kind.pipeline[0]: pipeline["id"], kind.pipeline[1]: pipeline["stages"][0]["id"]} | values
    return values | closing(values[kind.pipeline[1]]) if kind.name == "deals" and kind.pipeline[1] in values else values


def closing(stage: str | None) -> dict[str, Any]:
    """What the stage of a deal says of it."""
    probability = PROBABILITIES.get(stage or "", "0.2")
    return {
        "hs_is_closed": str(probability in ("0.0", "1.0")).lower(),
        "hs_is_closed_won": str(probability == "1.0").lower(),
        "hs_deal_stage_probability": probability,
    }


def _of(kind: Object) -> Row:
    if kind.name not in PIPELINES:
        raise Refusal(400, f"{kind.name} have no pipelines")
    return PIPELINES[kind.name]
