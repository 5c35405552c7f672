"""Who may run an action now: one deliverer at a time, for as long as its lease holds.

    claim -> (look) -> about_to_write -> (write, read back) -> outcomes.finish

A lease that ran out, because its holder died or slept, is taken over; the old holder may then neither write nor finish.
"""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from q2c_pipelines.outbox import breaker
from q2c_pipelines.outbox.approvals import is_approved
from q2c_pipelines.outbox.case_log import follow, trouble
from q2c_pipelines.outbox.dependents import is_ready
from q2c_pipelines.outbox.keys import InvalidPayload, command_of, content_hash
from q2c_pipelines.outbox.ownership import NotOwned, Ownership
from q2c_pipelines.outbox.states import DUE, RUNNING, State, move
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Action, Attempt, Circuit
from q2c_pipelines.outbox.terms import Terms
from q2c_pipelines.platforms.commands import Command


@dataclass(frozen=True)
class Claim:
    """The right to run one command until its lease ends. `sent_before`: an earlier run may have taken effect."""

    key: str
    lease: str
    platform: str
    command: Command
    sent_before: bool


class LeaseLost(RuntimeError):
    """Someone else has taken the action over, or its plan was replaced or is withheld: this run must not write."""


def claim(store: Store, platform: str, owner: str, terms: Terms, ownership: Ownership) -> Claim | None:
    """The next action of `platform` that is due, with an attempt recorded; None where nothing is due or its circuit is open."""
    with store.work() as work:
        while action := _next(work, platform):
            command = _checked(work, action, ownership)
            if command is None:
                continue
            if not breaker.admits(work, platform, terms):
                work.session.rollback()
                return None
            command = dataclasses.replace(command, refusals=_refusals(work, action))
            lease = _begin(work, action, owner, terms)
            work.commit()
            return Claim(action.key, lease, platform, command, action.sent_at is not None)
        work.commit()
        return None


def about_to_write(store: Store, claimed: Claim, terms: Terms) -> None:
    """Record, before it happens, that a write goes out, and renew the lease for it. Raises LeaseLost."""
    with store.work() as work:
        action = work.hold(Action, claimed.key)
        if action is None or action.lease != claimed.lease:
            raise LeaseLost(f"{claimed.key}: the lease is held by another run")
        if action.withheld and action.sent_at is None:
            raise LeaseLost(f"{claimed.key}: {action.withheld}")
        if action.state == State.CLAIMED:
            move(work, action, State.SENT)
        attempt = work.session.get_one(Attempt, claimed.lease)
        attempt.sent_at = attempt.sent_at or work.now
        action.sent_at = action.sent_at or work.now
        action.lease_expires_at = work.now + terms.lease
        work.commit()


def platforms_due(store: Store) -> list[str]:
    """The platforms that have an action to be delivered now, sorted."""
    with store.reading() as session:
        return list(session.scalars(select(Action.platform).where(_is_due(store.now())).distinct().order_by(Action.platform)))


def platforms_ready(store: Store) -> list[str]:
    """Those of them that may be called now, their circuits being closed or due for a probe; what a sensor asks."""
    with store.reading() as session:
        resting = set(session.scalars(select(Circuit.platform).where(Circuit.state != "closed", Circuit.retry_at > store.now())))
    return [name for name in platforms_due(store) if name not in resting]


def _next(work: Work, platform: str) -> Action | None:
    due = select(Action).where(Action.platform == platform, _is_due(work.now)).order_by(Action.next_attempt_at, Action.key)
    return work.session.scalars(due.limit(1).with_for_update(skip_locked=True, of=Action)).first()


def _is_due(now: datetime) -> ColumnElement[bool]:
    waiting = and_(Action.state.in_(DUE), Action.next_attempt_at <= now)
    abandoned = and_(Action.state.in_(RUNNING), Action.lease_expires_at < now)
    return and_(or_(waiting, abandoned), Action.withheld == "", is_approved(), is_ready())


def _checked(work: Work, action: Action, ownership: Ownership) -> Command | None:
    """The command to run; None after burying what ownership does not allow, and what is not the payload that was approved."""
    try:
        if content_hash(action.command, action.payload) != action.payload_hash:
            raise InvalidPayload("its payload was changed outside of q2c and is not the one that was planned")
        command = command_of(action.command, action.payload)
        ownership.check(command, unattended=action.decision == "unattended")
        return command
    except (InvalidPayload, NotOwned) as error:
        if action.state in DUE:
            move(work, action, State.CLAIMED)
        move(work, action, State.DEAD, code=error.code, reason=str(error))
        trouble(work, action, f"{action.command} for {action.platform} was stopped: {error}")
        follow(work, [action.fingerprint])
        work.session.flush()
        return None


def _refusals(work: Work, action: Action) -> int:
    """How many of the action's writes were answered, and not with success; 409 says that the one before is still on its way."""
    answered = (Attempt.sent_at.is_not(None), Attempt.receipt.is_(None), Attempt.status.not_in((0, 409)))
    return work.session.scalar(select(func.count()).where(Attempt.action_key == action.key, *answered)) or 0


def _begin(work: Work, action: Action, owner: str, terms: Terms) -> str:
    if action.lease and (lost := work.session.get(Attempt, action.lease)) and lost.finished_at is None:
        lost.finished_at, lost.outcome, lost.message = work.now, "lost", "its run ended without telling the outcome"
        action.failures += 1
    move(work, action, State.CLAIMED)
    action.attempts += 1
    lease = uuid.uuid4().hex
    action.lease, action.lease_expires_at = lease, work.now + terms.lease
    work.session.add(
        Attempt(
            lease=lease,
            action_key=action.key,
            number=action.attempts,
            owner=owner,
            payload_hash=action.payload_hash,
            started_at=work.now,
        )
    )
    return lease
