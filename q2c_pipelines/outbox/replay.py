"""Dead actions, sent again after their cause is repaired: singly or in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from q2c_pipelines.outbox.approvals import approved_state
from q2c_pipelines.outbox.case_log import follow
from q2c_pipelines.outbox.dependents import settle
from q2c_pipelines.outbox.persons import require_name
from q2c_pipelines.outbox.states import IllegalTransition, State, move
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action


@dataclass(frozen=True)
class Replayed:
    """The keys that go again, and those that first need a new approval."""

    approved: tuple[str, ...]
    proposed: tuple[str, ...]


def replay(
    store: Store,
    keys: Iterable[str] | None = None,
    *,
    by: str,
    platform: str | None = None,
    command: str | None = None,
    code: str | None = None,
) -> Replayed:
    """Give dead actions a new start: the named ones, or all that match. What depends on them comes back by itself.

    An approval that still stands for the payload still counts. Raises IllegalTransition where a named one is not dead, and
    NotAllowed where nobody is named who says so; then nothing changes.
    """
    require_name(by)
    chosen = select(Action).order_by(Action.key).with_for_update()
    chosen = chosen.where(Action.state == State.DEAD) if keys is None else chosen.where(Action.key.in_(list(keys)))
    for column, wanted in ((Action.platform, platform), (Action.command, command), (Action.code, code)):
        chosen = chosen.where(column == wanted) if wanted else chosen
    with store.work() as work:
        actions = work.session.scalars(chosen).all()
        for action in actions:
            _require_dead(action)
            move(work, action, approved_state(work, action), by=by, reason=f"replayed by {by}")
            action.failures, action.next_attempt_at = 0, work.now
        follow(work, (action.fingerprint for action in actions))
        settle(work)
        work.commit()
    by_state = {to: tuple(one.key for one in actions if one.state == to) for to in (State.APPROVED, State.PROPOSED)}
    return Replayed(by_state[State.APPROVED], by_state[State.PROPOSED])


def _require_dead(action: Action) -> None:
    """A rejected one stays rejected, and one that was never sent is no replay, though the plan may propose either again."""
    if action.state != State.DEAD:
        raise IllegalTransition(
            f"{action.command} {action.key} for {action.platform} is {action.state}; only a dead action is replayed"
        )
