"""What DocuSign does when something changes: stamps, the audit trail, the steps that recipients make an envelope take, Connect.

change of an envelope -> its stamps -> audit event -> Connect message;  change of a part -> its envelope was modified
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.docusign.emulator.connect import publish
from q2c_pipelines.platforms.docusign.emulator.stamps import plain, stamp
from q2c_pipelines.platforms.emulation import Emulation, Row, State

EXPIRED = "Envelope has expired."
_PURGED_AFTER = timedelta(days=14)
_OWN_STAMPS = {"sent": "sentDateTime", "delivered": "deliveredDateTime", "completed": "completedDateTime"}
_OWN_STAMPS |= {"declined": "declinedDateTime", "voided": "voidedDateTime", "deleted": "deletedDateTime"}
_ACTIONS = {"sent": "Sent Invitations", "delivered": "Viewed", "completed": "Signed", "declined": "Declined", "voided": "Voided"}
_PARTS = ("recipient", "custom_field", "document")


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """The bookkeeping of one change."""
    row = after or before or {}
    if table == "envelope" and after:
        _envelope(state, before, after, now)
    if table in _PARTS and (held := state.get("envelope", row["envelopeId"])):
        state.write("envelope", held["envelopeId"], {"lastModifiedDateTime": stamp(state, now)})
        if table == "recipient" and after and before and after["status"] != before["status"]:
            _step(state, held, after, now)


def note(state: State, envelope_id: str, action: str, status: str, at: str) -> None:
    """An entry in the audit trail."""
    sql = "insert into audit_event (_id, envelopeId, logTime, Action, Message, EnvelopeStatus) values (?, ?, ?, ?, ?, ?)"
    message = f"Quote Desk: {action.lower()} (envelope {envelope_id})"
    state.db.execute(sql, (state.next("audit", 10**12), envelope_id, at, action, message, status))


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """What time does by itself: what nobody signed expires, what is in the queue is purged."""
    state = emulation.state
    late = "status in ('sent', 'delivered') and expireEnabled and expireDateTime <= ?"
    for row in state.select(f"select envelopeId from envelope where {late}", (plain(after),)):
        state.update("envelope", row["envelopeId"], {"status": "voided", "voidedReason": EXPIRED}, after, by="sandbox")
    queued = "purgeState in ('documents_queued', 'documents_and_metadata_queued') and purgeRequestDate <= ?"
    for row in state.select(f"select envelopeId, purgeState from envelope where {queued}", (plain(after - _PURGED_AFTER),)):
        _purge(state, row, after)


def _purge(state: State, row: Row, now: datetime) -> None:
    """Documents go, and with the metadata the names; the envelope stays."""
    key, is_whole = row["envelopeId"], row["purgeState"].startswith("documents_and_metadata")
    state.db.execute("delete from document where envelopeId = ?", (key,))
    if is_whole:
        state.db.execute("update recipient set name = '', email = '' where envelopeId = ?", (key,))
    purged = row["purgeState"].replace("queued", "purged")
    state.update("envelope", key, {"purgeState": purged, "purgeCompletedDate": stamp(state, now)}, now, by="sandbox")


def _envelope(state: State, before: Row | None, after: Row, now: datetime) -> None:
    """Stamps and news of an envelope's own change."""
    key, at, moved = after["envelopeId"], stamp(state, now), before is None or before["status"] != after["status"]
    values: dict[str, Any] = {"lastModifiedDateTime": at}
    if moved:
        values |= _moved(after, at, now)
    if told := {name: value for name, value in values.items() if before or not after.get(name)}:
        state.write("envelope", key, told)
    if not moved:
        return
    note(
        state, key, "Registered" if before is None else _ACTIONS.get(after["status"], after["status"].title()), after["status"], at
    )
    publish(state, key, f"envelope-{after['status']}", now)
    if before is not None and after["status"] == "sent":
        state.db.execute(
            "update recipient set status = 'sent', sentDateTime = ? where envelopeId = ? and status = 'created'", (at, key)
        )


def _moved(after: Row, at: str, now: datetime) -> Row:
    """The stamps of a new status."""
    values: Row = {"statusChangedDateTime": at}
    if name := _OWN_STAMPS.get(after["status"]):
        values[name] = at
    if after["status"] == "sent":
        expires = now.astimezone(UTC) + timedelta(days=int(after["expireAfter"] or 120))
        values |= {"initialSentDateTime": at, "expireDateTime": plain(expires)}
    return values


def _step(state: State, held: Row, recipient: Row, now: datetime) -> None:
    """What a recipient did, as the envelope's own step: all have opened it, all have signed it, one refused."""
    at = stamp(state, now)
    stamps = {"delivered": "deliveredDateTime", "completed": "signedDateTime", "declined": "declinedDateTime"}
    if name := stamps.get(recipient["status"]):
        state.write("recipient", recipient["recipientIdGuid"], {name: recipient[name] or at})
    publish(state, held["envelopeId"], f"recipient-{recipient['status']}", now)
    sql = "select distinct status from recipient where envelopeId = ? and _kind = 'signers'"
    statuses = {row["status"] for row in state.select(sql, (held["envelopeId"],))}
    if "declined" in statuses:
        reached = "declined"
    elif statuses <= {"completed", "signed"}:
        reached = "completed"
    elif statuses <= {"completed", "signed", "delivered"}:
        reached = "delivered"
    else:
        return
    if reached != held["status"]:
        state.update("envelope", held["envelopeId"], {"status": reached}, now, by="sandbox")
