"""The append-only, hash-chained log of every decision, payload, attempt, response and approval.

    hash = sha256(previous hash + canonical JSON of the entry)

Whoever appends holds the one row of `audit_head`, so concurrent writers make one chain. Secrets are masked before they are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from q2c_pipelines.outbox.tables import AuditEntry, AuditHead

if TYPE_CHECKING:
    from q2c_pipelines.outbox.store import Store

_SECRET_NAME = re.compile(r"authorization|password|passwd|secret|token|api_?key|private_?key|cookie|signature", re.I)
_SECRET_TEXT = re.compile(
    r"(?i)(bearer|basic|oauth)\s+[\w.~+/=-]{8,}|\b[sr]k_(test|live)_\w+|\bwhsec_\w+"
    r"|(?<=[\"'?&\s])(access_token|refresh_token|client_secret|password|api_key)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,}]+"
)
_MASK = "***"


@dataclass(frozen=True)
class Note:
    """What one entry will say."""

    actor: str
    event: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. `broken_at` is the first entry that does not fit the chain; None when all do."""

    entries: int
    broken_at: int | None = None
    reason: str = ""


def append(session: Session, notes: Sequence[Note], at: datetime) -> None:
    """Chain `notes` to the end of the log, holding the end until the transaction is over."""
    lock = update(AuditHead).where(AuditHead.id == 1).values(seq=AuditHead.seq).returning(AuditHead.seq, AuditHead.hash)
    seq, previous = session.execute(lock).one()
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
    """Whether the log is as it was written, naming the first entry that was changed, removed or put in."""
    with store.reading() as session:
        head = session.scalars(select(AuditHead)).one()
        return _walk(session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)), head)


def redacted(value: Any) -> Any:
    """The same value with what looks like a secret masked, by name or by shape."""
    if isinstance(value, Mapping):
        return {name: _MASK if _SECRET_NAME.search(str(name)) and item else redacted(item) for name, item in value.items()}
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_MASK, value)
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def _walk(entries: Iterable[AuditEntry], head: AuditHead) -> Verdict:
    count, previous = 0, "0" * 64
    for entry in entries:
        if entry.seq != count + 1:
            return Verdict(count, count + 1, f"entry {count + 1} is missing")
        if entry.previous_hash != previous:
            return Verdict(count, entry.seq, "it does not continue the entry before it")
        if entry.hash != _hash(entry):
            return Verdict(count, entry.seq, "its content was changed")
        count, previous = entry.seq, entry.hash
    if (head.seq, head.hash) != (count, previous):
        return Verdict(count, count + 1, f"the log should end at entry {head.seq}, its last entries are missing or changed")
    return Verdict(count)


def _hash(entry: AuditEntry) -> str:
    said = [entry.seq, entry.at.isoformat(), entry.actor, entry.event, entry.subject, entry.body]
    return hashlib.sha256((entry.previous_hash + json.dumps(said, ensure_ascii=False)).encode()).hexdigest()
