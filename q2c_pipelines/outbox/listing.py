"""What the operations store holds, for people and programs to look at; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Float, case, cast, select

from q2c_pipelines.outbox.case_log import CLOSED
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action, Approval, Attempt, AuditEntry, Base, Case, CaseEvent

_GRAVEST = ("critical", "high", "medium", "warning", "low", "info")  # a rule's severities and a gate's


def actions(store: Store, **wanted: str) -> list[dict[str, Any]]:
    """Actions, the most money first; of these values in columns of theirs, where a value is given."""
    chosen = select(Action).order_by(cast(Action.amount, Float).desc(), Action.key)
    for column, value in wanted.items():
        chosen = chosen.where(getattr(Action, column) == value) if value else chosen
    return _rows(store, chosen)


def action(store: Store, key: str) -> dict[str, Any] | None:
    """One action with its payload, its approvals and its attempts."""
    found = _rows(store, select(Action).where(Action.key == key))
    if not found:
        return None
    return found[0] | {
        "payload": json.loads(found[0]["payload"]),
        "approvals": _rows(store, select(Approval).where(Approval.action_key == key).order_by(Approval.id)),
        "attempts": _rows(store, select(Attempt).where(Attempt.action_key == key).order_by(Attempt.number)),
    }


def planned(store: Store, key: str) -> list[dict[str, Any]]:
    """Every payload that one action was planned with: when, its hash and its money; oldest first."""
    chosen = select(AuditEntry).where(AuditEntry.event == "action.planned", AuditEntry.subject == key).order_by(AuditEntry.seq)
    told = [(row["at"], json.loads(row["body"])) for row in _rows(store, chosen)]
    return [
        {"at": at, "payload_hash": body["payload_hash"], "amount": Decimal(body["amount"]), "currency": body["currency"]}
        for at, body in told
    ]


def states(store: Store) -> list[dict[str, Any]]:
    """How many actions there are, and how much money, by command, platform, state, decision and currency."""
    by = (Action.command, Action.platform, Action.state, Action.decision, Action.currency)
    with store.reading() as session:
        found = session.execute(select(*by, Action.amount).order_by(*by)).all()
    names = ("command", "platform", "state", "decision", "currency")
    groups = [(group, [row.amount for row in rows]) for group, rows in groupby(found, key=lambda row: row[:5])]
    return [
        dict(zip(names, group, strict=True)) | {"count": len(money), "amount": sum(money, Decimal(0))} for group, money in groups
    ]


def cases(store: Store, *, closed: bool = False) -> list[dict[str, Any]]:
    """The work queue, the gravest first, of those the first due, then the most money; closed cases too where asked for."""
    gravest = case({name: place for place, name in enumerate(_GRAVEST)}, value=Case.severity, else_=len(_GRAVEST))
    money = cast(Case.amount_at_risk, Float).desc()
    chosen = select(Case).order_by(gravest, Case.resolve_by.asc().nulls_last(), money, Case.fingerprint)
    return _rows(store, chosen if closed else chosen.where(Case.state.not_in(CLOSED)))


def history(store: Store, fingerprint: str) -> list[dict[str, Any]]:
    """What happened to one case, oldest first."""
    return _rows(store, select(CaseEvent).where(CaseEvent.fingerprint == fingerprint).order_by(CaseEvent.id))


def _rows(store: Store, chosen: Any) -> list[dict[str, Any]]:
    with store.reading() as session:
        found: Sequence[Base] = session.scalars(chosen).all()
        return [{column.name: getattr(one, column.name) for column in one.__table__.columns} for one in found]
