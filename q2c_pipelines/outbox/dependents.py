"""Steps of one deal in their order: a step waits for the one before it, dies with it, and comes back with it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from q2c_pipelines.outbox.approvals import approved_state
from q2c_pipelines.outbox.case_log import follow, trouble
from q2c_pipelines.outbox.states import STOPPED, State, move
from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Action

PREREQUISITE = "PREREQUISITE_DEAD"
_before = aliased(Action)


def is_ready() -> ColumnElement[bool]:
    """That what an action depends on is confirmed."""
    return or_(Action.depends_on_key.is_(None), _prerequisite(State.CONFIRMED))


def settle(work: Work) -> None:
    """Stop every waiting step whose prerequisite was stopped, and bring back those whose prerequisite came back."""
    waiting = Action.state.in_((State.PROPOSED, State.APPROVED, State.RETRY))
    while stopped := _held(work, waiting & _prerequisite(*STOPPED)):
        for action in stopped:
            reason = f"{action.depends_on_key}, which must come first, was stopped; replay it or change the plan"
            move(work, action, State.DEAD, code=PREREQUISITE, reason=reason)
            trouble(work, action, f"{action.command} for {action.platform} was stopped: {reason}")
        follow(work, (action.fingerprint for action in stopped))
    revivable = (Action.state == State.DEAD) & (Action.code == PREREQUISITE) & ~_prerequisite(*STOPPED)
    while revived := _held(work, revivable):
        for action in revived:
            move(work, action, approved_state(work, action), reason="what must come first is back")
        follow(work, (action.fingerprint for action in revived))


def _prerequisite(*states: State) -> ColumnElement[bool]:
    return exists(select(_before.key).where(_before.key == Action.depends_on_key, _before.state.in_(states)))


def _held(work: Work, condition: ColumnElement[bool]) -> list[Action]:
    work.session.flush()
    return list(work.session.scalars(select(Action).where(condition).order_by(Action.key).with_for_update(of=Action)))
