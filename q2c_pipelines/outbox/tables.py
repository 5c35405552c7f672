"""The operations store's tables. `migrations/` makes them; a test holds the two against each other.

actions -< attempts, approvals      cases -< case_events      audit (chained through audit_head)      circuits
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from q2c_pipelines.outbox.columns import Instant, Money


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, datetime: Instant, Decimal: Money}  # noqa: RUF012


class Action(Base):
    """One command for one platform, and how far it has come.

    `payload_hash` is what an approval is bound to. `sent_at` is set while a write may have taken effect, and empty while it is
    proved that none did. `withheld` says why it must not be sent now, approved or not.
    """

    __tablename__ = "actions"
    __table_args__ = (
        Index("actions_due", "platform", "state", "next_attempt_at"),
        Index("actions_fingerprint", "fingerprint"),
        Index("actions_depends_on", "depends_on_key"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    command: Mapped[str]
    platform: Mapped[str]
    legal_entity: Mapped[str]
    deal_key: Mapped[str | None]
    rule: Mapped[str | None]
    fingerprint: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str | None]
    severity: Mapped[str | None]
    depends_on_key: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[str]
    payload_hash: Mapped[str] = mapped_column(String(64))
    decision: Mapped[str]
    state: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    withheld: Mapped[str] = mapped_column(default="", server_default="")
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    native_id: Mapped[str | None]
    document_number: Mapped[str | None]


class Attempt(Base):
    """One run of a command's flow: recorded before anything is sent, completed when its outcome is known."""

    __tablename__ = "attempts"

    lease: Mapped[str] = mapped_column(String(64), primary_key=True)
    action_key: Mapped[str] = mapped_column(ForeignKey("actions.key"), index=True)
    number: Mapped[int]
    owner: Mapped[str]
    payload_hash: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    code: Mapped[str] = mapped_column(default="")
    status: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    receipt: Mapped[str | None]


class Approval(Base):
    """A yes to one payload of one action: worth nothing for any other payload, or once voided."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_key: Mapped[str] = mapped_column(ForeignKey("actions.key"), index=True)
    payload_hash: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str]
    approved_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]


class Case(Base):
    """One thing that is wrong, for one fingerprint: who owns it, what is at risk, and where it stands.

    `kind` is `mismatch` (from a rule), `gate` (an expectation that does not hold), or what went wrong on the
    way out: `action`, `conflict`, `invalid`, `brake`.
    """

    __tablename__ = "cases"
    __table_args__ = (Index("cases_state", "state"), Index("cases_rule", "rule"))

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    rule: Mapped[str]
    state: Mapped[str]
    deal_key: Mapped[str | None]
    legal_entity: Mapped[str | None]
    entity: Mapped[str | None]
    platform: Mapped[str | None]
    native_id: Mapped[str | None]
    document_number: Mapped[str | None]
    attribute: Mapped[str | None]
    expected_value: Mapped[str | None]
    observed_value: Mapped[str | None]
    amount_at_risk: Mapped[Decimal] = mapped_column(default=Decimal(0))
    currency: Mapped[str | None]
    cause: Mapped[str | None]
    evidence: Mapped[str | None]
    severity: Mapped[str | None]
    owner: Mapped[str | None]
    assignee: Mapped[str | None]
    runbook: Mapped[str | None]
    findings: Mapped[int] = mapped_column(default=1)
    root_cause: Mapped[str | None]
    sla_hours: Mapped[int | None]
    opened_at: Mapped[datetime]
    resolve_by: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    accepted_until: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(default=0)


class CaseEvent(Base):
    """One line of a case's history."""

    __tablename__ = "case_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(ForeignKey("cases.fingerprint"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    note: Mapped[str]


class Alert(Base):
    """What a channel was told last of a case: another telling needs more than that."""

    __tablename__ = "alerts"

    channel: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    reopened: Mapped[int]
    amount: Mapped[Decimal]
    severity: Mapped[str | None]
    told_at: Mapped[datetime]


class AuditEntry(Base):
    """One link of the chain; `body` is canonical JSON, hashed as it stands."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    body: Mapped[str]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain, in one row: whoever appends locks it, so the chain cannot fork."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Circuit(Base):
    """Whether a platform is being called at all. `retry_at` is when one action may probe it."""

    __tablename__ = "circuits"

    platform: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    openings: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
