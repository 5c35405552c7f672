"""The edit lock of an envelope: one holder for a while, others are told to wait. It is no change of the envelope."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from q2c_pipelines.platforms.docusign.emulator.access import USER
from q2c_pipelines.platforms.docusign.emulator.call import TERMINAL, Call, wrong_state
from q2c_pipelines.platforms.docusign.emulator.errors import Refusal, bad_body
from q2c_pipelines.platforms.docusign.emulator.rendering import scalars
from q2c_pipelines.platforms.docusign.emulator.stamps import plain
from q2c_pipelines.platforms.emulation import Row

_LONGEST = 1800


def acquire(call: Call) -> tuple[int, Any]:
    """POST /envelopes/{id}/lock"""
    body = call.body
    if (row := call.envelope())["status"] in TERMINAL:
        raise wrong_state(row)
    if _held(call):
        raise Refusal("EDIT_LOCK_ENVELOPE_ALREADY_LOCKED", "The envelope is locked.")
    token = {"lockToken": str(uuid.uuid4()), "lockType": body.get("lockType", "edit"), "lockedByApp": body.get("lockedByApp", "")}
    call.state.db.execute("delete from lock where envelopeId = ?", (call.key,))
    return 201, _told(call.state.insert("lock", {"envelopeId": call.key} | token | _until(call, body), call.now))


def retrieve(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/lock"""
    return 200, _told(_needed(call))


def extend(call: Call) -> tuple[int, Any]:
    """PUT /envelopes/{id}/lock: for longer, by its holder."""
    body = call.body
    call.changeable()
    _needed(call)
    return 200, _told(call.state.update("lock", call.key, _until(call, body), call.now))


def release(call: Call) -> tuple[int, Any]:
    """DELETE /envelopes/{id}/lock: by its holder."""
    call.changeable()
    held = _needed(call)
    call.state.delete("lock", call.key, call.now)
    return 200, _told(held)


def _held(call: Call) -> Row | None:
    held = call.state.get("lock", call.key)
    return held if held and held["lockedUntilDateTime"] > plain(call.now) else None


def _needed(call: Call) -> Row:
    call.envelope()
    if (held := _held(call)) is None:
        raise Refusal("EDIT_LOCK_NOT_LOCKED", "The envelope is not locked.", 404)
    return held


def _until(call: Call, body: Row) -> Row:
    seconds = str(body.get("lockDurationInSeconds", "300"))
    if not seconds.isdigit() or not 0 < int(seconds) <= _LONGEST:
        raise bad_body(f"lockDurationInSeconds can be up to {_LONGEST}.")
    return {"lockDurationInSeconds": int(seconds), "lockedUntilDateTime": plain(call.now + timedelta(seconds=int(seconds)))}


def _told(row: Row) -> Row:
    return scalars(row, without=("envelopeId",)) | {"lockedByUser": USER}
