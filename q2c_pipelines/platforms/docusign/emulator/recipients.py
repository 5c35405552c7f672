"""Who signs and who gets a copy: added with the envelope, corrected later, each with a result of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from q2c_pipelines.platforms.docusign.emulator import inviting, rendering
from q2c_pipelines.platforms.docusign.emulator.call import Call
from q2c_pipelines.platforms.docusign.emulator.errors import bad_body
from q2c_pipelines.platforms.docusign.emulator.schema import RECIPIENTS
from q2c_pipelines.platforms.emulation import Row

_FIELDS = ("name", "email", "roleName", "clientUserId", "routingOrder")
_DONE = ("completed", "signed", "declined")


def listed(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/recipients"""
    call.envelope()
    return 200, rendering.recipients(_of(call))


def change(call: Call) -> tuple[int, Any]:
    """PUT /envelopes/{id}/recipients: those known by `recipientId` corrected, others added; a refusal is one recipient's own."""
    body, held = call.body, call.unfinished()
    results = [_changed(call, kind, given) for kind, given in _given(body)]
    if call.params.get("resend_envelope") == "true":
        inviting.again(call, held)
    return 200, {"recipientUpdateResults": results}


def add(call: Call, envelope_id: str, body: Mapping[str, Any]) -> None:
    """The recipients of a new envelope."""
    for kind, given in _given(body):
        _insert(call, envelope_id, kind, given)


def _changed(call: Call, kind: str, given: Row) -> Row:
    known = next((row for row in _of(call) if row["recipientId"] == str(given["recipientId"])), None)
    if known is None:
        _insert(call, call.key, kind, given)
    elif known["status"] in _DONE:
        words = f"The recipient has {known['status']} and cannot be changed."
        return {"recipientId": known["recipientId"], "errorDetails": {"errorCode": "RECIPIENT_ALREADY_COMPLETED", "message": words}}
    elif values := {name: given[name] for name in _FIELDS if name in given}:
        call.state.update("recipient", known["recipientIdGuid"], values, call.now)
    return {"recipientId": str(given["recipientId"]), "errorDetails": {"errorCode": "SUCCESS", "message": ""}}


def _insert(call: Call, envelope_id: str, kind: str, given: Row) -> None:
    if not given.get("email") and not given.get("name"):
        raise bad_body("A recipient needs a name and an email.")
    row = {name: given[name] for name in _FIELDS if name in given}
    own = {"recipientIdGuid": str(uuid.uuid4()), "envelopeId": envelope_id, "_kind": kind, "recipientId": str(given["recipientId"])}
    call.state.insert("recipient", own | row | {"status": "created"}, call.now)


def _given(body: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for kind in RECIPIENTS:
        for given in body.get(kind) or []:
            if not given.get("recipientId"):
                raise bad_body("A recipient needs a recipientId.")
            yield kind, given


def _of(call: Call) -> list[Row]:
    return call.state.select("select * from recipient where envelopeId = ? order by rowid", (call.key,))
