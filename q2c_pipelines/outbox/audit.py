"""The append-only, hash-chained log of every decision, payload, attempt, response and approval.

    hash = sha256(previous hash + canonical JSON of the entry)

Whoever appends holds the one row of `audit_head`, so concurrent writers make one chain. Secrets are masked before they are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from q2c_pipelines.outbox.tables import AuditEntry, AuditHead

if TYPE_CHECKING:
    from q2c_pipelines.outbox.store import Store

_SECRET_NAME = re.compile(r"authorization|password|passwd|secret|token|api_?key|private_?key|cookie|signature", re.I)
_SECRET_TEXT = re.compile(
    r"(?i)(bearer|basic|oauth)\s+[\w.~+/=-]{8,}|\b[sr]k_(test|live)_\w+|\bwhsec_\w+"
    r"|(?<=[\"'?&\s])(access_token|refresh_token|client_secret|password|api_key)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,}]+"
)
_MASK = "***"
_BEGINNING = "0" * 64  # what the first entry continues


class AuditBroken(RuntimeError):
    """The audit log cannot be continued, so nothing is done that it would have to tell."""


@dataclass(frozen=True)
class Note:
    """What one entry will say."""

    actor: str
    event: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many entries fit the chain from its beginning, and the hash of the last one.

    `broken_at` is the first entry that does not fit; None when all do.
    """

    entries: int
    broken_at: int | None = None
    reason: str = ""
    head: str = _BEGINNING


@dataclass(frozen=True)
class End:
    """The entry that the log ends with: its number and hash, which no other store has."""

    seq: int = 0
    hash: str = _BEGINNING


def append(session: Session, notes: Sequence[Note], at: datetime) -> None:
    """Chain `notes` to the end of the log, holding the end until the transaction is over. Raises AuditBroken where it is gone."""
    lock = update(AuditHead).where(AuditHead.id == 1).values(seq=AuditHead.seq).returning(AuditHead.seq, AuditHead.hash)
    end = session.execute(lock).one_or_none()
    if end is None:
        raise AuditBroken("where the audit log ends was removed, so nothing is done that it could not tell; see q2c audit verify")
    seq, previous = end
    for note in notes:
        seq += 1
        entry = AuditEntry(
            seq=seq,
            at=at,
            actor=note.actor,
            event=note.event,
            subject=note.subject,
            body=json.dumps(redacted(note.body), sort_keys=True, default=str, ensure_ascii=False),
            previous_hash=previous,
        )
        previous = entry.hash = _hash(entry)
        session.add(entry)
    session.flush()
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(seq=seq, hash=previous))


def verify(store: Store) -> Verdict:
    """Whether the log is as it was written, naming the first entry that was changed, removed or put in.

    Someone who owns the database can put anything in its place, so each value is taken as it lies there.
    """
    lying = [type_coerce(column, NullType()).label(column.name) for column in AuditEntry.__table__.columns]
    with store.reading() as session:
        found = _walk(session.execute(select(*lying).order_by(AuditEntry.seq).execution_options(yield_per=1000)))
        head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1)).one_or_none()
    if found.broken_at is None and head != (found.entries, found.head):
        return _wrong_end(found, head.seq if head else None)
    return found


def end(session: Session) -> End:
    """Where the log ends now; before its first entry, number 0."""
    last = session.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).one_or_none()
    return End(last.seq, last.hash) if last else End()


def continues(session: Session, before: End) -> bool:
    """Whether the log goes on from there: not where the store was lost, is another one, or was put back to an earlier state."""
    return before == End() or session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == before.seq)) == before.hash


def redacted(value: Any) -> Any:
    """The same value with what looks like a secret masked, by name or by shape."""
    if isinstance(value, Mapping):
        return {name: _MASK if _SECRET_NAME.search(str(name)) and item else redacted(item) for name, item in value.items()}
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_MASK, value)
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def _walk(entries: Iterable[Row[Any]]) -> Verdict:
    count, previous = 0, _BEGINNING
    for entry in entries:
        if entry.seq != count + 1:
            return Verdict(count, count + 1, f"entry {count + 1} is missing", previous)
        if entry.previous_hash != previous:
            return Verdict(count, count + 1, "it does not continue the entry before it", previous)
        if not _is_as_hashed(entry):
            return Verdict(count, count + 1, "its content was changed", previous)
        count, previous = entry.seq, entry.hash
    return Verdict(count, head=previous)


def _wrong_end(found: Verdict, last: Any) -> Verdict:
    """The verdict on a log whose entries all fit, but which should end otherwise: at entry `last`, if that is still known."""
    if not isinstance(last, int):
        return replace(found, broken_at=found.entries + 1, reason="where the log ends was removed: later entries may be missing")
    if last < found.entries:
        return replace(found, broken_at=last + 1, reason=f"the log should end at entry {last}, what follows was put in")
    why = f"the log should end at entry {last}, its last entries are missing or changed"
    return replace(found, broken_at=found.entries + 1, reason=why)


def _is_as_hashed(entry: Row[Any]) -> bool:
    try:
        return bool(entry.hash == _hash(entry))
    except (TypeError, ValueError):  # bytes for text, no time for a time
        return False


def _hash(entry: AuditEntry | Row[Any]) -> str:
    at = entry.at if isinstance(entry.at, datetime) else datetime.fromisoformat(entry.at)
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    said = [entry.seq, moment.isoformat(), entry.actor, entry.event, entry.subject, entry.body]
    return hashlib.sha256((entry.previous_hash + json.dumps(said, ensure_ascii=False)).encode()).hexdigest()
