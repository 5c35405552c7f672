"""A break that was seen healed and is back is a new break, and its action a new one.

    Plan -> cases that healed since their action was confirmed -> Plan, those actions under new keys

What was delivered once is never sent again under its key, and what somebody undid waits for a person.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select

from q2c_pipelines.actions.rows import Plan, Planned
from q2c_pipelines.outbox.case_log import CLOSED, CaseState
from q2c_pipelines.outbox.keys import content_hash, payload_of
from q2c_pipelines.outbox.states import State
from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Action, Case


def renewed(work: Work, plan: Plan) -> Plan:
    """The plan, with a key of its own for every action whose like was confirmed before its finding was seen healed."""
    since = _healed(work)
    back = {one.command.key: since[one.fingerprint] for one in plan.planned if one.fingerprint in since}
    new = {key: name for key, moment in back.items() if (name := _key(work, key, moment)) != key}
    return dataclasses.replace(plan, planned=tuple(_under(new, one) for one in plan.planned)) if new else plan


def _healed(work: Work) -> Mapping[str | None, datetime]:
    """When the findings that were ever seen healed last were, or when they came back."""
    back = Case.state.not_in(CLOSED) & (Case.reopened > 0)
    cases = work.session.scalars(select(Case).where(Case.kind == "mismatch", or_(Case.state == CaseState.HEALED, back)))
    return {case.fingerprint: case.closed_at or case.opened_at for case in cases}


def _key(work: Work, key: str, since: datetime) -> str:
    """The first of a key and its successors under which nothing was confirmed before then."""
    successors = itertools.chain((key,), (f"{key}-{number}" for number in itertools.count(2)))
    return next(name for name in successors if not _is_spent(work.session.get(Action, name), since))


def _is_spent(action: Action | None, since: datetime) -> bool:
    if action is None or action.state != State.CONFIRMED:
        return False
    return action.confirmed_at is not None and action.confirmed_at < since


def _under(new: Mapping[str, str], one: Planned) -> Planned:
    key, before = one.command.key, one.depends_on_key
    one = dataclasses.replace(one, depends_on_key=new.get(before, before) if before else None)
    if key not in new:
        return one
    command = dataclasses.replace(one.command, key=new[key])
    payload = payload_of(command)
    hashed = content_hash(one.kind, payload)
    return dataclasses.replace(one, command=command, payload=payload, payload_hash=hashed, was_undone=True)
