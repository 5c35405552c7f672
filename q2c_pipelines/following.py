"""Cases and plan brought to what was built; and whether they must be without news, since time and people move cases, too.

findings, plan, cases.yaml -> cases, outbox, alerts
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from q2c_pipelines import marker
from q2c_pipelines.actions.planner import Outcome, plan_actions
from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import alerts
from q2c_pipelines.mismatches.cases import Synced, reopen_outgrown, sync_cases
from q2c_pipelines.mismatches.triage import Triage, load_triage
from q2c_pipelines.outbox import audit
from q2c_pipelines.outbox.case_log import CaseState
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Case, CaseEvent
from q2c_pipelines.quality import verdicts

OTHER_STORE = (
    "the operations store (Q2C_OPERATIONS) does not go on from the one that this home had: "
    "cases, decisions and history of the former one are not in it"
)


@dataclass(frozen=True)
class Followed:
    """What became of cases and plan, and of the messages to each channel."""

    cases: Synced
    plan: Outcome
    alerts: list[alerts.Told]


@dataclass(frozen=True)
class _Last:
    """When cases and plan were last followed up, by which `cases.yaml`, how far the store's audit had come then, and whether
    somebody could not be told.
    """

    at: datetime
    triage: str
    audited: audit.End
    is_untold: bool


def follow_up(settings: Settings) -> Followed:
    """Bring the cases to the findings and the outbox to the plan, and tell who wants to know. Raises GateClosed."""
    verdicts.require_open_gate(settings)
    triage = load_triage(settings.cases)
    begun = datetime.now(UTC)
    with Store(settings.operations_url) as store:
        outgrown = reopen_outgrown(store, settings.warehouse_file)
        outcome = plan_actions(store, settings.warehouse_file, load_policy(settings.policy))
        cases = replace(sync_cases(store, settings.warehouse_file, triage), outgrown=outgrown)
        done = Followed(cases, outcome, alerts.send(store, settings.warehouse_file, triage, settings.alerts))
    remember(settings, begun, is_untold=any(each.trouble for each in done.alerts))
    return done


def remember(settings: Settings, at: datetime, *, is_untold: bool = False) -> None:
    """Cases and plan are as they were to be at that moment."""
    with Store(settings.operations_url) as store, store.reading() as session:
        audited = audit.end(session)
    marker.write(_file(settings), _Last(at, _digest(settings, load_triage(settings.cases)), audited, is_untold))


def why(settings: Settings) -> str:
    """Why cases and plan must be followed up, of a warehouse that passed; empty where nothing moved them since they were."""
    if not verdicts.are_open(settings):
        return ""
    last, triage = marker.read(_file(settings), _Last), load_triage(settings.cases)
    if last is None:
        return "it is not known when that was done last"
    with Store(settings.operations_url) as store, store.reading() as session:
        if not audit.continues(session, last.audited):
            return OTHER_STORE
        if last.triage != _digest(settings, triage):
            return "changed cases.yaml"
        if last.is_untold:
            return "a channel could not be told"
        if any(last.at <= moment <= store.now() for moment in _deadlines(session, triage)):
            return "the time of a case has passed"
        return "a person accepted or reopened a case" if _is_decided(session, last.at) else ""


def _deadlines(session: Session, triage: Triage) -> Iterator[datetime]:
    """When acceptances end, and when open cases become graver."""
    for case in session.scalars(select(Case).where(Case.state != CaseState.HEALED)):
        if case.state == CaseState.ACCEPTED:
            yield from [case.accepted_until] if case.accepted_until else []
        elif case.resolve_by:
            yield from (case.resolve_by + timedelta(hours=each.after_hours) for each in triage.overdue)


def _is_decided(session: Session, since: datetime) -> bool:
    """Whether a person has taken findings from the plan, or given them back."""
    moved = or_(CaseEvent.from_state == CaseState.ACCEPTED, CaseEvent.to_state == CaseState.ACCEPTED)
    by_a_person = (CaseEvent.at >= since, CaseEvent.by != "q2c", CaseEvent.from_state != CaseEvent.to_state, moved)
    return session.scalar(select(CaseEvent.id).where(*by_a_person).limit(1)) is not None


def _digest(settings: Settings, triage: Triage) -> str:
    """What `cases.yaml` says, and which channels there are; of their addresses, which may hold secrets, nothing is kept."""
    return hashlib.sha256(f"{triage.model_dump_json()} {sorted(settings.alerts)}".encode()).hexdigest()


def _file(settings: Settings) -> Path:
    return settings.home / "followed.json"
