"""Writing to DocuSign: contracts that are out for signature are called back, or their signers reminded.

VoidEnvelope: look -> PUT status voided -> read back.  ResendEnvelope: look, audit trail -> PUT resend_envelope -> read back.

There is no version to send along: an envelope that changed since it was observed is left alone, and one that ends between look and
write the platform itself refuses to void. A void is found again by its status, a reminder by its entry in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import Command, ResendEnvelope, VoidEnvelope
from q2c_pipelines.platforms.docusign.connection import error_of
from q2c_pipelines.platforms.errors import PlatformError, Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request

Record = dict[str, Any]
STATUSES = {
    "created": "draft",
    "processing": "draft",
    "sent": "sent",
    "delivered": "delivered",
    "signed": "signed",
    "completed": "signed",
    "declined": "declined",
    "voided": "voided",
    "deleted": "voided",
    "timedout": "expired",
}
_OPEN = ("sent", "delivered")
_TOO_LATE = {"ENVELOPE_CANNOT_VOID_INVALID_STATE", "ENVELOPE_NOT_IN_CORRECT_STATE"}
_LONGEST_REASON = 200


def void_envelope(command: VoidEnvelope) -> Flow:
    """The envelope called back for the reason given."""
    held = yield from _look(command.native_id)
    if held and held["status"] == "voided":
        return _receipt("adopted", held)
    if (receipt := _moved_on(command, held)) is not None:
        return receipt
    body = {"status": "voided", "voidedReason": command.reason[:_LONGEST_REASON]}
    return (yield from _write(command, {}, body))


def resend_envelope(command: ResendEnvelope) -> Flow:
    """The invitation sent again to those whose turn it is."""
    held = yield from _look(command.native_id)
    if held and (yield from _is_resent(command)):
        return _receipt("adopted", held)
    if (receipt := _moved_on(command, held)) is not None:
        return receipt
    return (yield from _write(command, {"resend_envelope": "true"}, {}))


HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {VoidEnvelope: void_envelope, ResendEnvelope: resend_envelope}


def _look(envelope_id: str) -> Generator[Request, httpx.Response, Record | None]:
    """The envelope as it is, or None where it is gone or not to be seen."""
    response = yield Request("GET", f"/envelopes/{envelope_id}", accept=(404,))
    held: Record | None = response.json() if response.status_code == 200 else None
    return held


def _moved_on(command: VoidEnvelope | ResendEnvelope, held: Record | None) -> Receipt | None:
    """Why the command is superseded; None where the envelope is as it was observed."""
    if held is None:
        return Receipt("superseded", command.native_id, detail="the envelope is gone, or its sender no longer shares it")
    status = STATUSES.get(held["status"])
    if status != command.observed:
        return _receipt("superseded", held, f"the envelope is {status}, not {command.observed} as observed")
    if status not in _OPEN:
        return _receipt(
            "superseded", held, f"the envelope is {status}: only one that is out for signature can be called back or resent"
        )
    if command.observed_version and _changed_at(held) > command.observed_version:
        return _receipt(
            "superseded", held, f"the envelope changed at {_changed_at(held):%Y-%m-%d %H:%M:%S} UTC, after it was observed"
        )
    return None


def _is_resent(command: ResendEnvelope) -> Generator[Request, httpx.Response, bool]:
    """Whether the audit trail tells of a reminder since the version observed; of any where none is known."""
    response = yield Request("GET", f"/envelopes/{command.native_id}/audit_events")
    for event in response.json()["auditEvents"]:
        fields = {field["name"]: field.get("value") for field in event["eventFields"]}
        if fields.get("Action") == "Resent" and _is_since(fields["logTime"], command.observed_version):
            return True
    return False


def _is_since(stamp: str, version: datetime | None) -> bool:
    return version is None or datetime.fromisoformat(stamp) > version


def _write(command: VoidEnvelope | ResendEnvelope, params: dict[str, str], body: Record) -> Flow:
    """One change; superseded where the envelope ended since the look."""
    path = f"/envelopes/{command.native_id}"
    response = yield Request("PUT", path, json=body, params=params or None, is_write=True, accept=(400,))
    error = _refusal(response)
    if error and error.code not in _TOO_LATE:
        raise type(error)(f"DocuSign: PUT {path}: {error}", platform="docusign", code=error.code, retry_after=error.retry_after)
    held = yield from _look(command.native_id)
    if error or held is None:
        return Receipt("superseded", command.native_id, detail=f"refused: {error}", read_back=held or {})
    return _receipt("written", held)


def _refusal(response: httpx.Response) -> PlatformError | None:
    """What the reply refuses: as a whole, or item by item in a reply of 200."""
    if error := error_of(response):
        return error
    details: Record = response.json().get("errorDetails") or {}
    if details.get("errorCode", "SUCCESS") == "SUCCESS":
        return None
    return Terminal(f"{details['errorCode']}: {details.get('message', '')}", platform="docusign", code=details["errorCode"])


def _changed_at(held: Record) -> datetime:
    stamps = [held[name] for name in ("statusChangedDateTime", "lastModifiedDateTime") if held.get(name)]
    return max(map(datetime.fromisoformat, stamps))


def _receipt(outcome: Any, held: Record, detail: str = "") -> Receipt:
    return Receipt(outcome, held["envelopeId"], detail=detail, read_back=held)
