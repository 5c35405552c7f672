"""Connect: what happens to an envelope is posted to whoever listens, at least once, again after a failure.

configuration -> message queued when something happens -> posted after the request -> acknowledged, or queued again for later
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT
from q2c_pipelines.platforms.docusign.emulator.call import Call
from q2c_pipelines.platforms.docusign.emulator.errors import bad_body
from q2c_pipelines.platforms.docusign.emulator.rendering import envelopes, scalars
from q2c_pipelines.platforms.docusign.emulator.stamps import plain
from q2c_pipelines.platforms.emulation import Emulation, Row, State

HMAC_KEY = b"q2c-connect-key"
MOST_TRIES = 10
_FIRST_PAUSE = timedelta(minutes=1)  # doubled each time
_PATIENCE = aiohttp.ClientTimeout(total=10)


def publish(state: State, envelope_id: str, event: str, now: datetime) -> None:
    """Queue a message for every configuration that listens to this event."""
    listening = "allowEnvelopePublish and (_envelopeId is null or _envelopeId = ?)"
    for listener in state.select(f"select * from connect_configuration where {listening}", (envelope_id,)):
        if event in json.loads(listener["envelopeEvents"] or "[]"):
            row = {"_connectId": listener["connectId"], "envelopeId": envelope_id, "_event": event}
            when = {"created": plain(now), "_nextTry": plain(now)}
            state.insert("connect_message", {"_id": state.next("connect_message")} | row | when, now, by="sandbox")


async def deliver(emulation: Emulation) -> None:
    """Post what is due. Whoever does not answer 200 gets it again later."""
    state, now = emulation.state, emulation.now()
    due = state.select("select * from connect_message where status = 'queued' and _nextTry <= ? order by _id", (plain(now),))
    if not due:
        return
    async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
        for message in due:
            error = await _posted(session, emulation, message)
            state.write("connect_message", message["_id"], _outcome(message, error, now))


async def _posted(session: aiohttp.ClientSession, emulation: Emulation, message: Row) -> str:
    """What went wrong; nothing where the message was acknowledged."""
    listener = emulation.state.get("connect_configuration", message["_connectId"])
    if listener is None:
        return "the configuration is gone"
    body = json.dumps(_body(emulation, listener, message)).encode()
    headers = {"Content-Type": "application/json"}
    if listener["includeHMAC"]:
        digest = hmac.new(HMAC_KEY, body, hashlib.sha256).digest()
        headers["X-DocuSign-Signature-1"] = base64.b64encode(digest).decode()
    try:
        async with session.post(listener["urlToPublishTo"], data=body, headers=headers) as response:
            return "" if response.status == 200 else f"The listener answered {response.status}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"The listener gave no answer: {error}"


def _body(emulation: Emulation, listener: Row, message: Row) -> Row:
    key, user = message["envelopeId"], emulation.credentials["user_id"]
    row = emulation.state.get("envelope", key)
    parts = json.loads(listener["includeData"] or "[]")
    summary = envelopes(emulation, [row], parts)[0] if row else {}
    return {
        "event": message["_event"],
        "uri": f"/restapi/v2.1/accounts/{ACCOUNT}/envelopes/{key}",
        "retryCount": message["retryCount"],
        "configurationId": listener["connectId"],
        "apiVersion": "v2.1",
        "generatedDateTime": plain(emulation.now()),
        "data": {"accountId": ACCOUNT, "userId": user, "envelopeId": key, "envelopeSummary": summary},
    }


def _outcome(message: Row, error: str, now: datetime) -> Row:
    tries = message["retryCount"] + 1
    if not error:
        return {"status": "sent", "lastTry": plain(now), "error": None}
    again = {"retryCount": tries, "lastTry": plain(now), "error": error, "_nextTry": plain(now + _FIRST_PAUSE * 2**tries)}
    return again | {"status": "failed" if tries >= MOST_TRIES else "queued"}


def subscribe(call: Call, envelope_id: str, wanted: Row | None) -> None:
    """The listener that one envelope brings along."""
    if wanted:
        events = [f"envelope-{each['envelopeEventStatusCode'].lower()}" for each in wanted.get("envelopeEvents") or []]
        data = (wanted.get("eventData") or {}).get("includeData") or []
        row = {"urlToPublishTo": wanted.get("url"), "envelopeEvents": events, "includeData": data, "_envelopeId": envelope_id}
        row["includeHMAC"] = str(wanted.get("includeHMAC", "false")).lower() == "true"
        call.state.insert("connect_configuration", {"connectId": call.state.next("connect")} | row, call.now)


def configurations(call: Call) -> tuple[int, Any]:
    """GET /connect"""
    rows = call.state.select("select * from connect_configuration where _envelopeId is null order by connectId")
    return 200, {"configurations": [_told(row) for row in rows], "totalRecords": str(len(rows))}


def configure(call: Call) -> tuple[int, Any]:
    """POST /connect: a listener of the whole account."""
    body = call.body
    if not str(body.get("urlToPublishTo", "")).startswith(("http://", "https://")):
        raise bad_body("urlToPublishTo is needed.")
    row = {"name": body.get("name"), "urlToPublishTo": body["urlToPublishTo"], "envelopeEvents": body.get("events") or []}
    row["includeData"] = (body.get("eventData") or {}).get("includeData") or []
    row["includeHMAC"] = str(body.get("includeHMAC", "false")).lower() == "true"
    return 201, _told(call.state.insert("connect_configuration", {"connectId": call.state.next("connect")} | row, call.now))


def failures(call: Call) -> tuple[int, Any]:
    """GET /connect/failures: what was not acknowledged yet."""
    return _logged(call, "retryCount > 0 and status <> 'sent'", "failures")


def logs(call: Call) -> tuple[int, Any]:
    """GET /connect/logs: what was posted."""
    return _logged(call, "status = 'sent'", "logs")


def retry(call: Call) -> tuple[int, Any]:
    """PUT /connect/envelopes/retry_queue: post again what failed for these envelopes."""
    queue = []
    for key in call.body.get("envelopeIds") or []:
        sql = "update connect_message set status = 'queued', _nextTry = ? where envelopeId = ? and status <> 'sent'"
        found = call.state.db.execute(sql, (plain(call.now), key)).rowcount
        queue.append({"envelopeId": key, "status": "queued" if found else "not_found"})
    return 200, {"retryQueue": queue}


def _logged(call: Call, which: str, name: str) -> tuple[int, Any]:
    rows = call.state.select(f"select * from connect_message where {which} order by _id")
    listed = [
        {"failureId": str(row["_id"]), "connectId": str(row["_connectId"])} | scalars(row, without=("lastTry",)) for row in rows
    ]
    return 200, {name: listed, "totalRecords": str(len(listed))}


def _told(row: Row) -> Row:
    return scalars(row, without=("envelopeEvents", "includeData")) | {
        "events": json.loads(row["envelopeEvents"]),
        "eventData": {"version": "restv2.1", "format": "json", "includeData": json.loads(row["includeData"])},
    }
