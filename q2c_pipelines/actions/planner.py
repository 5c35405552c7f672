"""Brings the store to the plan: proposes what is new, replaces what changed before it was sent, drops what is no longer wanted.

    Plan -> (new | revived | replaced | waiting | done | conflict) -> policy, brake -> actions

Same key and same payload: nothing. Same key, other payload, and an effect is possible: a KeyReused, kept as a case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import or_, select

from q2c_pipelines.actions.brake import Held, held
from q2c_pipelines.actions.policy import Policy, Ruling
from q2c_pipelines.actions.renewal import renewed
from q2c_pipelines.actions.rows import Invalid, Plan, Planned, as_planned, read_plan
from q2c_pipelines.outbox import approvals
from q2c_pipelines.outbox.case_log import CLOSED, CaseState, follow, move_case, open_case
from q2c_pipelines.outbox.dependents import settle
from q2c_pipelines.outbox.keys import InvalidPayload, command_of
from q2c_pipelines.outbox.states import State, move
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Action, Case

Fate = Literal["new", "revived", "replaced", "waiting", "done", "conflict"]
NOT_PLANNED = "NOT_PLANNED"
_REPLACEABLE = (State.PROPOSED, State.APPROVED, State.CLAIMED, State.RETRY, State.DEAD, State.REJECTED, State.SUPERSEDED)
_RECALLABLE = (State.APPROVED, State.CLAIMED, State.RETRY, State.DEAD)
_DROPPABLE = (State.PROPOSED, State.APPROVED, State.CLAIMED, State.RETRY, State.DEAD)


class KeyReused(ValueError):
    """A key that was already sent with another payload came back: one of the two is wrong, and a person must say which."""


@dataclass(frozen=True)
class Outcome:
    """What planning did: actions now waiting for a person or cleared to go, and what was changed, dropped, held or refused.

    `withdrawn`: had been let go, and the policy as it is now does not let them.
    """

    proposed: int = 0
    approved: int = 0
    replaced: int = 0
    withdrawn: int = 0
    superseded: int = 0
    unchanged: int = 0
    held: int = 0
    accepted: int = 0
    conflicts: tuple[KeyReused, ...] = ()
    invalid: tuple[Invalid, ...] = ()


def plan_actions(store: Store, warehouse: Path | str, policy: Policy, *, by: str = "q2c") -> Outcome:
    """Bring the store to the plan that the warehouse holds, proposing as `by`. Raises PlanUnreadable, and then changes nothing."""
    return propose(store, read_plan(warehouse), policy, by=by)


def propose(store: Store, plan: Plan, policy: Policy, *, by: str = "q2c") -> Outcome:
    """Bring the store to `plan` in one unit of work."""
    with store.work() as work:
        outcome = _Proposal(work, renewed(work, plan), policy, by).made()
        work.commit()
        return outcome


def recall(store: Store, policy: Policy) -> int:
    """Take back what this policy does not let go any more, with no plan at hand; how many. Comes before every delivery."""
    with store.work() as work:
        nothing = Plan(())
        recalled = _Proposal(work, nothing, policy, "policy").withdraw({})
        if recalled:
            follow(work, (one.fingerprint for one in _known(work, nothing)))
            work.commit()
        return recalled


class _Proposal:
    def __init__(self, work: Work, plan: Plan, policy: Policy, by: str):
        self._work, self._plan, self._policy, self._by = work, plan, policy, by
        self._known = {one.key: one for one in _known(work, plan)}
        self._counts: Counter[str] = Counter()
        self._raised: set[str] = set()
        self._withdrawn: set[str] = set()

    def made(self) -> Outcome:
        """Do all of it."""
        accepted = _accepted(self._work)
        wanted = [one for one in self._plan.planned if one.fingerprint not in accepted]
        self.withdraw({one.command.key: one for one in wanted})
        fates = {one.command.key: _fate(self._known.get(one.command.key), one) for one in wanted}
        stopped = self._stopped(wanted, fates)
        for one in wanted:
            self._settle(one, fates[one.command.key], stopped.get(one.command.key))
        self._drop({one.command.key for one in wanted} | {one.key for one in self._plan.invalid})
        conflicts = tuple(self._conflict(one) for one in wanted if fates[one.command.key] == "conflict")
        for row in self._plan.invalid:
            self._raise(
                f"plan:{row.key}", row.reason, kind="invalid", rule="plan", platform=row.platform, evidence=f"{row.kind} {row.key}"
            )
        self._lower()
        settle(self._work)
        follow(self._work, (one.fingerprint for one in self._known.values()))
        names = ("proposed", "approved", "replaced", "superseded", "unchanged", "held")
        counts = {name: self._counts[name] for name in names} | {"withdrawn": len(self._withdrawn)}
        return Outcome(**counts, accepted=len(self._plan.planned) - len(wanted), conflicts=conflicts, invalid=self._plan.invalid)

    def withdraw(self, wanted: Mapping[str, Planned]) -> int:
        """Take back what was let go, is not being sent, and would not be let go now; how many."""
        for key, action in self._known.items():
            is_under_way = action.state == State.CLAIMED and action.sent_at is not None
            if is_under_way or action.state not in _RECALLABLE or not (one := wanted.get(key) or _as_it_stands(action)):
                continue
            ruling = self._policy.decide(one)
            if ruling.decision == "never" or (action.decision, ruling.decision) == ("unattended", "approve"):
                approvals.void(self._work, action, f"the policy now says {ruling.reason}")
                action.decision = ruling.decision
                if action.state != State.DEAD:
                    move(self._work, action, State.PROPOSED, by="policy", reason=ruling.reason)
                    self._withdrawn.add(key)
        return len(self._withdrawn)

    def _stopped(self, wanted: Iterable[Planned], fates: Mapping[str, Fate]) -> dict[str, Held]:
        fresh = [one for one in wanted if self._is_fresh(one.command.key, fates[one.command.key])]
        stopped = held(fresh, self._policy.brake, self._plan.populations)
        for plan in stopped:
            facts: dict[str, Any] = {"kind": "brake", "rule": "brake", "platform": plan.platform, "entity": plan.entity}
            facts |= {"findings": len(plan.actions), "amount_at_risk": plan.amount, "currency": plan.actions[0].currency}
            self._raise(plan.fingerprint, plan.reason, evidence=plan.reason, severity="critical", **facts)
        return {one.command.key: plan for plan in stopped for one in plan.actions}

    def _is_fresh(self, key: str, fate: Fate) -> bool:
        return fate in ("new", "revived", "replaced") or (fate == "waiting" and self._known[key].decision == "held")

    def _settle(self, one: Planned, fate: Fate, stop: Held | None) -> None:
        if fate == "conflict":
            return
        if fate == "done":
            self._counts["unchanged"] += 1
            return self._refresh(self._known[one.command.key], one)
        ruling = Ruling("held", stop.fingerprint) if stop else self._policy.decide(one)
        action = self._known.get(one.command.key)
        if action is None:
            action = self._known[one.command.key] = self._added(one)
        elif fate == "waiting" and action.decision == ruling.decision:
            self._refresh(action, one)
            action.reason = ruling.reason
            self._counts["unchanged"] += action.key not in self._withdrawn
            return
        else:
            self._reopen(action, one, fate)
        action.decision, action.reason = ruling.decision, ruling.reason
        if ruling.decision == "unattended":
            approvals.record(self._work, action, "policy")
            move(self._work, action, State.APPROVED, by="policy", reason=ruling.reason)
        elif stop:
            action.code = "HELD"
        self._counts["held" if stop else "approved" if ruling.decision == "unattended" else "proposed"] += 1

    def _added(self, one: Planned) -> Action:
        action = Action(
            key=one.command.key,
            command=one.kind,
            platform=one.command.platform,
            legal_entity=one.command.legal_entity,
            deal_key=one.command.deal_key,
            state=State.PROPOSED,
            decision="approve",
            proposed_by=self._by,
            proposed_at=self._work.now,
            next_attempt_at=self._work.now,
        )
        self._refresh(action, one)
        self._work.session.add(action)
        self._work.session.flush()
        self._told(action)
        return action

    def _reopen(self, action: Action, one: Planned, fate: Fate) -> None:
        if fate == "replaced":
            self._counts["replaced"] += 1
            approvals.void(self._work, action, "the plan changed")
        elif action.decision == "unattended":
            approvals.void(self._work, action, "policy no longer lets it go unattended")
        if action.state != State.PROPOSED:
            move(self._work, action, State.PROPOSED, by=self._by, reason=f"{fate} by the plan")
        self._refresh(action, one)
        action.proposed_by, action.failures, action.next_attempt_at, action.code = self._by, 0, self._work.now, ""
        self._told(action)

    def _refresh(self, action: Action, one: Planned) -> None:
        action.payload, action.payload_hash, action.amount = one.payload, one.payload_hash, one.amount
        action.rule, action.severity = one.rule, one.severity
        action.fingerprint = one.fingerprint or f"action:{action.key}"
        action.currency, action.depends_on_key = one.currency, one.depends_on_key

    def _told(self, action: Action) -> None:
        body = {
            "command": action.command,
            "platform": action.platform,
            "payload": action.payload,
            "payload_hash": action.payload_hash,
        }
        self._work.note("action.planned", action.key, body | {"amount": action.amount, "currency": action.currency}, self._by)

    def _drop(self, planned: set[str]) -> None:
        """What is not planned any more is superseded; where its rule cannot tell, it is kept and not sent."""
        telling = self._plan.telling
        for key, action in self._known.items():
            unwanted = key not in planned and action.sent_at is None and action.state in _DROPPABLE
            undecided = action.rule in telling.rules and not telling.could_tell(action.rule, action.legal_entity, action.platform)
            action.withheld = f"{action.rule} cannot tell now: what it compares was not read" if unwanted and undecided else ""
            if unwanted and not undecided:
                move(self._work, action, State.SUPERSEDED, by=self._by, code=NOT_PLANNED, reason="the plan no longer asks for it")
                self._counts["superseded"] += 1

    def _conflict(self, one: Planned) -> KeyReused:
        action = self._known[one.command.key]
        error = KeyReused(
            f"{one.kind} {action.key} for {action.platform} is {action.state} with another payload than the plan now asks for; "
            "check the record on the platform, then correct the plan or the record"
        )
        facts = {
            "platform": action.platform,
            "deal_key": action.deal_key,
            "expected_value": one.payload,
            "observed_value": action.payload,
        }
        self._raise(f"conflict:{action.key}", str(error), kind="conflict", rule="key_reused", severity="high", **facts)
        return error

    def _raise(self, fingerprint: str, note: str, **facts: Any) -> None:
        self._raised.add(fingerprint)
        open_case(self._work, fingerprint, note, by=self._by, **facts)

    def _lower(self) -> None:
        """Close what earlier plans raised and this one did not."""
        kinds = ("brake", "conflict", "invalid")
        for case in self._work.session.scalars(
            select(Case).where(Case.kind.in_(kinds), Case.state.not_in(CLOSED)).with_for_update()
        ):
            if case.fingerprint not in self._raised:
                move_case(self._work, case, CaseState.HEALED, "the plan no longer has it", by=self._by)


def _fate(action: Action | None, one: Planned) -> Fate:
    if action is None:
        return "new"
    if action.payload_hash != one.payload_hash:
        return "replaced" if action.sent_at is None and action.state in _REPLACEABLE else "conflict"
    if action.state == State.SUPERSEDED and action.code == NOT_PLANNED:
        return "revived"
    if action.state == State.PROPOSED or (action.state == State.APPROVED and action.decision == "unattended"):
        return "waiting"
    return "done"


def _as_it_stands(action: Action) -> Planned | None:
    """An action that the plan does not speak of; None where it is no command any more, which delivery buries."""
    try:
        return as_planned(action, command_of(action.command, action.payload), is_unattended_allowed=True)
    except InvalidPayload:
        return None


def _known(work: Work, plan: Plan) -> Iterable[Action]:
    """The actions the plan may touch, held: those it names and those still under way."""
    keys = sorted(one.command.key for one in plan.planned)
    found = {one.key: one for one in _held(work, Action.state.in_(_DROPPABLE))}
    for start in range(0, len(keys), 500):
        chunk = [key for key in keys[start : start + 500] if key not in found]
        found |= {one.key: one for one in _held(work, Action.key.in_(chunk))}
    return found.values()


def _held(work: Work, condition: Any) -> Iterable[Action]:
    return work.session.scalars(select(Action).where(condition).order_by(Action.key).with_for_update())


def _accepted(work: Work) -> set[str | None]:
    lasting = or_(Case.accepted_until.is_(None), Case.accepted_until > work.now)
    return set(work.session.scalars(select(Case.fingerprint).where(Case.state == CaseState.ACCEPTED, lasting)))
