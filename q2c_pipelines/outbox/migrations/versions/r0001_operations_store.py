"""Actions, attempts, approvals, cases, the audit chain and the circuits."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from q2c_pipelines.outbox.columns import Instant, Money

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, and keep the audit from being rewritten."""
    _actions()
    _cases()
    _audit()
    op.create_table(
        "circuits",
        sa.Column("platform", sa.Text, primary_key=True),
        *_text("state", null=False),
        *_integers("failures", "openings"),
        *_instants("retry_at"),
        *_text("reason", null=False),
    )


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("key", sa.String(64), primary_key=True),
        *_text("command", "platform", "legal_entity", null=False),
        *_text("deal_key", "rule"),
        *_text("fingerprint", null=False),
        sa.Column("amount", Money, nullable=False),
        *_text("currency", "severity"),
        sa.Column("depends_on_key", sa.String(64)),
        *_text("payload", null=False),
        _hash("payload_hash"),
        *_text("decision", "state", "code", "reason", "proposed_by", null=False),
        *_instants("proposed_at", "next_attempt_at", null=False),
        *_integers("attempts", "failures"),
        *_text("lease"),
        *_instants("lease_expires_at", "sent_at", "confirmed_at"),
        *_text("outcome", "native_id", "document_number"),
    )
    op.create_index("actions_due", "actions", ["platform", "state", "next_attempt_at"])
    op.create_index("actions_fingerprint", "actions", ["fingerprint"])
    op.create_index("actions_depends_on", "actions", ["depends_on_key"])
    op.create_table(
        "attempts",
        sa.Column("lease", sa.String(64), primary_key=True),
        sa.Column("action_key", sa.String(64), sa.ForeignKey("actions.key"), nullable=False, index=True),
        *_integers("number"),
        *_text("owner", null=False),
        _hash("payload_hash"),
        *_instants("started_at", null=False),
        *_instants("sent_at", "finished_at"),
        *_text("outcome"),
        *_text("code", null=False),
        *_integers("status"),
        *_text("message", null=False),
        *_text("receipt"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("action_key", sa.String(64), sa.ForeignKey("actions.key"), nullable=False, index=True),
        _hash("payload_hash"),
        *_text("approved_by", null=False),
        *_instants("approved_at", null=False),
        *_instants("voided_at"),
        *_text("void_reason"),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        *_text("kind", "rule", "state", null=False),
        *_text("deal_key", "legal_entity", "entity", "platform", "native_id", "document_number", "attribute"),
        *_text("expected_value", "observed_value"),
        sa.Column("amount_at_risk", Money, nullable=False),
        *_text("currency", "cause", "evidence", "severity", "owner", "assignee", "runbook"),
        *_integers("findings"),
        sa.Column("sla_hours", sa.Integer),
        *_instants("opened_at", null=False),
        *_instants("resolve_by"),
        *_instants("last_seen_at", null=False),
        *_instants("closed_at", "accepted_until"),
        *_integers("reopened"),
    )
    op.create_index("cases_state", "cases", ["state"])
    op.create_index("cases_rule", "cases", ["rule"])
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.Text, sa.ForeignKey("cases.fingerprint"), nullable=False, index=True),
        *_instants("at", null=False),
        *_text("by", null=False),
        *_text("from_state"),
        *_text("to_state", "note", null=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *_instants("at", null=False),
        *_text("actor", "event", null=False),
        sa.Column("subject", sa.Text, nullable=False, index=True),
        *_text("body", null=False),
        _hash("previous_hash"),
        _hash("hash"),
    )
    head = op.create_table(
        "audit_head", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), *_integers("seq"), _hash("hash")
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_APPEND_ONLY = {
    "sqlite": [
        f"create trigger audit_no_{change} before {change} on audit begin select raise(abort, 'the audit is append-only'); end"
        for change in ("update", "delete")
    ],
    "postgresql": [
        "create function audit_append_only() returns trigger language plpgsql as "
        "$$ begin raise exception 'the audit is append-only'; end $$",
        "create trigger audit_append_only before update or delete or truncate on audit "
        "for each statement execute function audit_append_only()",
    ],
}


def _text(*names: str, null: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _instants(*names: str, null: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, Instant, nullable=null) for name in names]


def _hash(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), nullable=False)
