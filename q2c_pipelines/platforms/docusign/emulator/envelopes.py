"""Envelopes: made as drafts or sent at once, read, sent, resent, called back, put in the queue to be purged."""

from __future__ import annotations

import json
import uuid
from typing import Any

from q2c_pipelines.platforms.docusign.emulator import connect, custom_fields, inviting, recipients
from q2c_pipelines.platforms.docusign.emulator.call import OPEN, TERMINAL, Call, wrong_state
from q2c_pipelines.platforms.docusign.emulator.errors import Refusal, bad_body
from q2c_pipelines.platforms.docusign.emulator.listing import listed
from q2c_pipelines.platforms.docusign.emulator.rendering import envelopes
from q2c_pipelines.platforms.emulation import Row

_PURGES = ("documents_queued", "documents_dequeued", "documents_and_metadata_queued", "documents_and_metadata_dequeued")
_LONGEST_REASON = 200


def index(call: Call) -> tuple[int, Any]:
    """GET /envelopes"""
    return 200, listed(call.emulation, call.params)


def statuses(call: Call) -> tuple[int, Any]:
    """PUT /envelopes/status: the same list, with the ids in the body where the query says so."""
    body, params = call.body, dict(call.params)
    for name, field in (("envelope_ids", "envelopeIds"), ("transaction_ids", "transactionIds")):
        if params.get(name) == "request_body":
            params[name] = ",".join(body.get(field) or [])
    return 200, listed(call.emulation, params)


def retrieve(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}"""
    parts = {part.strip() for part in call.params.get("include", "").split(",")}
    return 200, envelopes(call.emulation, [call.envelope()], parts)[0]


def create(call: Call) -> tuple[int, Any]:
    """POST /envelopes: a draft, or sent at once."""
    body = call.body
    status = body.get("status", "created")
    if status not in ("created", "sent"):
        raise Refusal("INVALID_STATUS", f"The status {status} is no status to make an envelope in.")
    key, now = str(uuid.uuid4()), call.stamp()
    row = {
        "envelopeId": key,
        "status": "created",
        "createdDateTime": now,
        "statusChangedDateTime": now,
        "lastModifiedDateTime": now,
    }
    row |= {name: body[name] for name in ("emailSubject", "emailBlurb", "transactionId") if body.get(name)}
    call.state.insert("envelope", row, call.now)
    for number, document in enumerate(body.get("documents") or [], 1):
        named = {"documentId": str(document.get("documentId") or number), "name": document.get("name")}
        made = {"_id": call.state.next("document", 10**12), "envelopeId": key, "order": number} | named
        call.state.insert("document", made, call.now)
    recipients.add(call, key, body.get("recipients") or {})
    custom_fields.add(call, key, body.get("customFields") or {})
    connect.subscribe(call, key, body.get("eventNotification"))
    if status == "sent":
        _send(call, key)
    held = call.state.get("envelope", key) or {}
    said = {"envelopeId": key, "status": status, "statusDateTime": held["statusChangedDateTime"], "uri": f"/envelopes/{key}"}
    return 201, said


def update(call: Call) -> tuple[int, Any]:
    """PUT /envelopes/{id}: only the keys that are there."""
    body, held = call.body, call.changeable()
    if call.params.get("resend_envelope") == "true":
        inviting.again(call, held)
    if "status" in body and body["status"] != held["status"]:
        _move(call, held, body)
    if texts := {name: body[name] for name in ("emailSubject", "emailBlurb") if name in body}:
        if held["status"] in TERMINAL:
            raise wrong_state(held)
        call.update(texts)
    said = {"envelopeId": call.key}
    if "purgeState" in body:
        _purge(call, held, body["purgeState"])
        said["purgeState"] = body["purgeState"]
    return 200, said


def bin_them(call: Call) -> tuple[int, Any]:
    """PUT /folders/recyclebin: drafts are deleted, what is out for signature is called back, what has ended is only moved."""
    if call.key != "recyclebin":
        raise Refusal("FOLDER_DOES_NOT_EXIST", f"The folder {call.key} does not exist.")
    for key in call.body.get("envelopeIds") or []:
        one = Call(call.emulation, call.params, key, call.edit, call.given)
        held = one.changeable()
        gone: Row = {"_is_in_bin": 1}
        if held["status"] == "created":
            gone |= {"status": "deleted", "deletedDateTime": one.stamp()}
        elif held["status"] in OPEN:
            gone |= {"status": "voided", "voidedReason": "Deleted by the sender"}
        one.update(gone)
    return 200, {"folders": [{"folderId": "recyclebin", "name": "Deleted Items", "type": "recyclebin"}]}


def audit(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/audit_events"""
    call.envelope()
    rows = call.state.select("select * from audit_event where envelopeId = ? order by logTime, _id", (call.key,))
    return 200, {"auditEvents": [{"eventFields": _event_fields(row)} for row in rows]}


def documents(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/documents"""
    call.envelope()
    (said,) = envelopes(call.emulation, [call.envelope()], ("documents",))
    return 200, {"envelopeId": call.key, "envelopeDocuments": said["envelopeDocuments"]}


def notification(call: Call) -> tuple[int, Any]:
    """GET /envelopes/{id}/notification"""
    held = call.envelope()
    expires = {
        "expireEnabled": "true" if held["expireEnabled"] else "false",
        "expireAfter": str(held["expireAfter"]),
        "expireWarn": "0",
    }
    never = {"reminderEnabled": "false", "reminderDelay": "0", "reminderFrequency": "0"}
    return 200, {"useAccountDefaults": "false", "reminders": never, "expirations": expires}


def _move(call: Call, held: Row, body: Row) -> None:
    if body["status"] == "sent":
        if held["status"] != "created":
            raise wrong_state(held)
        return _send(call, call.key)
    if body["status"] != "voided":
        raise Refusal("INVALID_STATUS", f"The status {body['status']} is no status to move an envelope to.")
    if held["status"] not in OPEN:
        words = "Only envelopes in the 'Sent' or 'Delivered' states may be voided."
        raise Refusal("ENVELOPE_CANNOT_VOID_INVALID_STATE", words)
    reason = body.get("voidedReason") or ""
    if not reason or len(reason) > _LONGEST_REASON:
        raise bad_body(f"voidedReason of at most {_LONGEST_REASON} characters is needed.")
    call.update({"status": "voided", "voidedReason": reason})


def _send(call: Call, key: str) -> None:
    counts = {
        table: call.state.select(f"select 1 from {table} where envelopeId = ?", (key,)) for table in ("recipient", "document")
    }
    held = call.state.get("envelope", key) or {}
    if not all(counts.values()) or not held["emailSubject"]:
        words = "The Envelope is not Complete. A Complete Envelope Requires Documents, Recipients, Tabs, and a Subject Line."
        raise Refusal("ENVELOPE_IS_INCOMPLETE", words)
    call.state.update("envelope", key, {"status": "sent"}, call.now)


def _purge(call: Call, held: Row, wanted: str) -> None:
    if wanted not in _PURGES:
        raise bad_body(f"purgeState can be {', '.join(_PURGES)}.")
    if held["status"] not in TERMINAL:
        raise wrong_state(held)
    call.update({"purgeState": wanted, "purgeRequestDate": call.stamp()})


def _event_fields(row: Row) -> list[Row]:
    named = {name: row[name] for name in ("logTime", "Action", "Message", "EnvelopeStatus")}
    named |= {"Source": "api", "UserName": "Quote Desk", "ClientIPAddress": "127.0.0.1", "Information": "", "Language": "en"}
    return [{"name": name, "value": value if isinstance(value, str) else json.dumps(value)} for name, value in named.items()]
