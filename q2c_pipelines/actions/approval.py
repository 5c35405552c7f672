"""What people decide on actions: approve, reject, release a held plan. Nobody decides on what they proposed.

An approval is for one payload; `seen` (key -> payload hash) makes sure it is the one the person looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from q2c_pipelines.actions.policy import Policy
from q2c_pipelines.actions.rows import as_planned
from q2c_pipelines.outbox import approvals
from q2c_pipelines.outbox.case_log import CaseState, follow, move_case
from q2c_pipelines.outbox.dependents import settle
from q2c_pipelines.outbox.keys import command_of
from q2c_pipelines.outbox.ownership import Ownership
from q2c_pipelines.outbox.persons import NotAllowed, plain, require_name, require_words
from q2c_pipelines.outbox.states import State, move
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Action, Case


@dataclass(frozen=True)
class Decided:
    """The keys that were decided on, and how: approved, rejected or released."""

    keys: tuple[str, ...]
    how: str


def approve(store: Store, keys: Iterable[str], *, by: str, seen: Mapping[str, str] | None = None) -> Decided:
    """Let these actions go, all or none. Raises NotAllowed and IllegalTransition."""
    with store.work() as work:
        actions = _chosen(work, keys)
        for action in actions:
            _check(action, by, seen)
            approvals.record(work, action, by)
            move(work, action, State.APPROVED, by=by, reason=f"{action.reason}; approved by {by}")
            action.next_attempt_at = work.now
        return _decided(work, actions, State.APPROVED)


def reject(store: Store, keys: Iterable[str], *, by: str, reason: str) -> Decided:
    """Say no to these actions, all or none: they are not proposed again with this payload. Needs a reason."""
    require_name(by)
    require_words(reason, "a rejection needs a reason")
    with store.work() as work:
        actions = _chosen(work, keys)
        for action in actions:
            approvals.void(work, action, f"rejected by {by}")
            move(work, action, State.REJECTED, by=by, reason=f"{by}: {reason}")
        settle(work)
        return _decided(work, actions, State.REJECTED)


def release(store: Store, fingerprint: str, policy: Policy, ownership: Ownership, *, by: str, reason: str) -> Decided:
    """Say that a held plan is right: its actions go on as policy and ownership decide for each. Raises NotAllowed."""
    require_words(reason, "a release needs a reason")
    with store.work() as work:
        chosen = select(Action).where(Action.decision == "held", Action.reason == fingerprint, Action.state == State.PROPOSED)
        actions = list(work.session.scalars(chosen.order_by(Action.key).with_for_update()))
        if not actions:
            raise NotAllowed(f"no plan is held under {fingerprint}")
        for action in actions:
            _check_person(action, by)
            _let_go(work, action, policy, ownership, by)
        if case := work.hold(Case, fingerprint):
            move_case(work, case, CaseState.HEALED, f"released by {by}: {reason}", by=by)
        return _decided(work, actions, "released")


def _let_go(work: Work, action: Action, policy: Policy, ownership: Ownership, by: str) -> None:
    command = command_of(action.command, action.payload)
    ruling = policy.decide(as_planned(action, command, is_unattended_allowed=ownership.lets_unattended(command)))
    action.decision, action.code, action.reason = ruling.decision, "", f"released by {by}; {ruling.reason}"
    work.note("action.released", action.key, {"decision": action.decision, "payload_hash": action.payload_hash}, by)
    if ruling.decision == "unattended":
        approvals.record(work, action, by)
        move(work, action, State.APPROVED, by=by, reason=action.reason)


def _chosen(work: Work, keys: Iterable[str]) -> list[Action]:
    wanted = sorted(set(keys))
    found = list(work.session.scalars(select(Action).where(Action.key.in_(wanted)).order_by(Action.key).with_for_update()))
    if missing := set(wanted) - {one.key for one in found}:
        raise NotAllowed(f"there is no action {', '.join(sorted(missing))}")
    return found


def _check(action: Action, by: str, seen: Mapping[str, str] | None) -> None:
    _check_person(action, by)
    if action.decision == "never":
        raise NotAllowed(f"{action.key}: policy never lets {action.command} for {action.platform} be sent")
    if action.decision == "held":
        raise NotAllowed(f"{action.key} is part of a held plan; release {action.reason} first")
    if seen is not None and seen.get(action.key) != action.payload_hash:
        raise NotAllowed(f"{action.key} changed since it was looked at; look again")


def _check_person(action: Action, by: str) -> None:
    require_name(by)
    if plain(by) in (plain(action.proposed_by), "policy"):
        raise NotAllowed(f"{action.key} was proposed by {action.proposed_by}: someone else must decide on it")


def _decided(work: Work, actions: list[Action], how: str) -> Decided:
    follow(work, (action.fingerprint for action in actions))
    work.commit()
    return Decided(tuple(action.key for action in actions), how)
