"""How cases are opened, moved and told, and how they follow their actions.

The lifecycle of a finding is `mismatches/cases.py`; here is only what both it and the outbox need.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from q2c_pipelines.outbox.states import State
from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Action, Case, CaseEvent


class CaseState(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    ACTION_PROPOSED = "action_proposed"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_FLIGHT = "in_flight"
    HEALED = "healed"
    ACCEPTED = "accepted"


CLOSED = (CaseState.HEALED, CaseState.ACCEPTED)
_PATIENCE = timedelta(hours=24)  # how long a confirmed action may take to be observed where the rule names no hours


def open_case(work: Work, fingerprint: str, note: str, *, by: str = "q2c", **facts: Any) -> Case:
    """The case of this fingerprint with these facts: new, as it stands, or reopened with its history."""
    fresh = Case(fingerprint=fingerprint, state=CaseState.OPEN, opened_at=work.now, last_seen_at=work.now, **facts)
    case, is_new = work.hold_or_add(fresh, fingerprint)
    if is_new:
        tell(work, case, note, by=by, before=None)
        return case
    for name, value in facts.items():
        setattr(case, name, value)
    case.last_seen_at = work.now
    if case.state == CaseState.HEALED:
        case.closed_at, case.opened_at, case.reopened = None, work.now, case.reopened + 1
        move_case(work, case, resting(case), f"back again: {note}", by=by)
    return case


def trouble(work: Work, action: Action, note: str) -> Case:
    """Put what went wrong with an action before a person: on the case of its finding, or on a new one."""
    case = work.hold(Case, action.fingerprint)
    if case is None or case.state == CaseState.HEALED:
        return open_case(work, action.fingerprint, note, **_facts(action))
    tell(work, case, note)
    return case


def move_case(work: Work, case: Case, to: CaseState, note: str, *, by: str = "q2c") -> None:
    """Bring a case to another state, with a line in its history and one in the audit."""
    before, case.state = case.state, to
    if to == CaseState.HEALED:
        case.closed_at = work.now
    tell(work, case, note, by=by, before=before)


def tell(work: Work, case: Case, note: str, *, by: str = "q2c", before: str | None = "") -> None:
    """Add a line to a case's history."""
    from_state = case.state if before == "" else before
    work.session.add(
        CaseEvent(fingerprint=case.fingerprint, at=work.now, by=by, from_state=from_state, to_state=case.state, note=note)
    )
    work.note(f"case.{case.state}", case.fingerprint, {"from": from_state, "note": note}, by)


def resting(case: Case) -> CaseState:
    """Where a case stands when no action is under way."""
    return CaseState.ASSIGNED if case.assignee else CaseState.OPEN


def follow(work: Work, fingerprints: Iterable[str]) -> None:
    """Bring the cases of these fingerprints to where their actions are."""
    for fingerprint in sorted(set(fingerprints)):
        case = work.hold(Case, fingerprint)
        if case is None or case.state in CLOSED:
            continue
        actions = work.session.scalars(select(Action).where(Action.fingerprint == fingerprint)).all()
        standing = _standing(work, case, actions)
        if case.state != standing:
            move_case(work, case, standing, _because(actions))


def _standing(work: Work, case: Case, actions: Sequence[Action]) -> CaseState:
    patience = timedelta(hours=case.sla_hours) if case.sla_hours else _PATIENCE
    live = [one for one in actions if one.state not in (State.SUPERSEDED, State.REJECTED)]
    live = [one for one in live if one.confirmed_at is None or one.confirmed_at + patience >= work.now]
    states = {one.state for one in live}
    if case.kind == "action" and states <= {State.CONFIRMED}:
        return CaseState.HEALED
    if State.DEAD in states or not states:
        return resting(case)
    if State.PROPOSED in states:
        asked = any(one.decision == "approve" for one in live if one.state == State.PROPOSED)
        return CaseState.AWAITING_APPROVAL if asked else CaseState.ACTION_PROPOSED
    return CaseState.IN_FLIGHT


def _because(actions: Sequence[Action]) -> str:
    return "; ".join(f"{one.command} for {one.platform} is {one.state}{_why(one)}" for one in actions) or "no action"


def _why(action: Action) -> str:
    return f" ({action.reason})" if action.state in (State.SUPERSEDED, State.APPROVED) and action.reason else ""


def _facts(action: Action) -> dict[str, Any]:
    return {
        "kind": "action",
        "rule": action.rule or "action",
        "deal_key": action.deal_key,
        "legal_entity": action.legal_entity,
        "platform": action.platform,
        "amount_at_risk": action.amount,
        "currency": action.currency,
        "severity": action.severity,
        "evidence": f"{action.command} {action.key}",
    }
