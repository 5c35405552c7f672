"""What was said yes to: one payload, by one person, until it changes."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select

from q2c_pipelines.outbox.states import State
from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Action, Approval


def is_approved() -> ColumnElement[bool]:
    """That an approval stands for the very payload an action now has."""
    return exists(select(Approval.id).where(Approval.action_key == Action.key, *_standing()))


def approved_state(work: Work, action: Action) -> State:
    """Where an action that may go again belongs: approved, where an approval still stands for its payload, else proposed."""
    found = select(Approval.id).where(Approval.action_key == action.key, Approval.payload_hash == action.payload_hash)
    return State.APPROVED if work.session.scalar(found.where(Approval.voided_at.is_(None)).limit(1)) else State.PROPOSED


def record(work: Work, action: Action, by: str) -> None:
    """Keep a yes to the payload the action has now."""
    work.session.add(Approval(action_key=action.key, payload_hash=action.payload_hash, approved_by=by, approved_at=work.now))


def void(work: Work, action: Action, reason: str) -> None:
    """Withdraw every standing yes."""
    standing = select(Approval).where(Approval.action_key == action.key, Approval.voided_at.is_(None))
    for approval in work.session.scalars(standing):
        approval.voided_at, approval.void_reason = work.now, reason
        work.note("approval.voided", action.key, {"approved_by": approval.approved_by, "reason": reason})


def _standing() -> list[ColumnElement[bool]]:
    return [Approval.payload_hash == Action.payload_hash, Approval.voided_at.is_(None)]
