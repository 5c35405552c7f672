"""What people do with a case: take it on, note, live with it, take it up again. Each is in its history and the audit, with a name.

Raises NotAllowed where nobody is named or nothing is said, NoSuchCase where the case is not one that this can be done with.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from q2c_pipelines.outbox.case_log import CLOSED, CaseState, follow, move_case, resting, tell
from q2c_pipelines.outbox.persons import require_name, require_words
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Case, CaseEvent


class NoSuchCase(LookupError):
    """There is no case with this fingerprint, or it does not stand where this can be done with it."""


def assign(store: Store, fingerprint: str, assignee: str, *, by: str) -> None:
    """Give an open case to a person."""
    require_name(by)
    require_words(assignee, "a case is given to somebody: name them")
    with store.work() as work:
        case = _open(work, fingerprint)
        case.assignee = assignee
        to = CaseState.ASSIGNED if case.state == CaseState.OPEN else CaseState(case.state)
        move_case(work, case, to, f"assigned to {assignee}", by=by)
        work.commit()


def accept(store: Store, fingerprint: str, by: str, reason: str, until: datetime | None = None) -> None:
    """Live with a finding as it is, for ever or until a moment to come: nothing is proposed for it meanwhile."""
    require_name(by)
    require_words(reason, "accepting a finding needs a reason")
    if until is not None and until <= store.now():
        raise ValueError(f"{until:%Y-%m-%d} is over; a finding is accepted until a day to come, or for good")
    with store.work() as work:
        case = _open(work, fingerprint)
        case.accepted_until, case.closed_at = until, work.now
        move_case(work, case, CaseState.ACCEPTED, f"accepted {_lasting(case)}: {reason}", by=by)
        work.commit()


def reopen(store: Store, fingerprint: str, *, by: str, reason: str) -> None:
    """Take an accepted case up again; the next plan proposes again what would heal it."""
    require_name(by)
    require_words(reason, "reopening a case needs a reason")
    with store.work() as work:
        case = _known(work, fingerprint)
        if case.state != CaseState.ACCEPTED:
            raise NoSuchCase(f"case {fingerprint} is {case.state}; only an accepted case is reopened")
        case.closed_at = case.accepted_until = None
        move_case(work, case, resting(case), f"reopened: {reason}", by=by)
        follow(work, [fingerprint])
        work.commit()


def comment(store: Store, fingerprint: str, note: str, *, by: str) -> None:
    """Add a line to a case's history."""
    require_name(by)
    require_words(note, "a note says something")
    with store.work() as work:
        tell(work, _known(work, fingerprint), note, by=by)
        work.commit()


def _known(work: Work, fingerprint: str) -> Case:
    case = work.hold(Case, fingerprint)
    if case is None:
        raise NoSuchCase(f"there is no case {fingerprint}")
    return case


def _open(work: Work, fingerprint: str) -> Case:
    case = _known(work, fingerprint)
    if case.state == CaseState.ACCEPTED:
        said = f"accepted by {_accepted_by(work, case)} {_lasting(case)}"
        raise NoSuchCase(f"case {fingerprint} is {said}; q2c cases reopen {fingerprint} takes it up again")
    if case.state in CLOSED:
        raise NoSuchCase(f"case {fingerprint} is {case.state}: there is nothing to decide on")
    return case


def _accepted_by(work: Work, case: Case) -> str | None:
    told = select(CaseEvent.by).where(CaseEvent.fingerprint == case.fingerprint, CaseEvent.to_state == CaseState.ACCEPTED)
    return work.session.scalar(told.where(CaseEvent.from_state != CaseState.ACCEPTED).order_by(CaseEvent.id.desc()).limit(1))


def _lasting(case: Case) -> str:
    return f"until {case.accepted_until:%Y-%m-%d}" if case.accepted_until else "for good"
