"""The life of a case: one for each fingerprint that the rules find.

    open -> assigned -> action_proposed -> awaiting_approval -> in_flight -> healed | accepted

Healed only when it was re-observed: the rule could tell, and the finding is gone. Where a rule could not tell, or the finding is
still there and only not due any more, nothing changes. What a rule that is no longer enabled found is looked for by nobody: closed.
A healed case whose finding is back is the same case again, with its history. An accepted case keeps the facts that were
accepted, and opens again when its finding has become more than that, or another. What people decide: `decisions.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import select

from q2c_pipelines.mismatches.telling import Telling
from q2c_pipelines.mismatches.triage import AS_THE_RULES_SAY, Triage
from q2c_pipelines.outbox.case_log import CLOSED, CaseState, follow, move_case, open_case, resting, tell
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Case

_FACTS = (
    "rule",
    "deal_key",
    "legal_entity",
    "entity",
    "platform",
    "native_id",
    "document_number",
    "attribute",
    "expected_value",
    "observed_value",
    "currency",
    "cause",
    "evidence",
    "severity",
    "owner",
    "runbook",
    "root_cause",
)
_SAID = ("cause", "expected_value", "observed_value")
_SUMS = {"ledger_balance"}  # what goes on with every posting: of a difference between sums its size is accepted, not the sums
Finding = Mapping[str, Any]


class FindingsUnreadable(RuntimeError):
    """The warehouse holds no findings that can be read; the message says what is missing."""


@dataclass(frozen=True)
class Synced:
    """What bringing the cases to the findings did. `undecided` are open cases whose rule could not tell, `dropped` lost theirs."""

    opened: int = 0
    reopened: int = 0
    healed: int = 0
    expired: int = 0
    outgrown: int = 0
    still_open: int = 0
    undecided: int = 0
    dropped: int = 0


def sync_cases(store: Store, warehouse: Path | str, triage: Triage = AS_THE_RULES_SAY) -> Synced:
    """Bring the cases to what the rules of this warehouse find. Raises FindingsUnreadable, and then changes nothing.

    Whose they are and by when they are to be resolved, `triage` says where the rule is not to decide.
    """
    findings, not_due, telling = _read(warehouse)
    with store.work() as work:
        kept = select(Case).where(Case.kind.in_(("mismatch", "action"))).order_by(Case.fingerprint).with_for_update()
        cases = {case.fingerprint: case for case in work.session.scalars(kept)}
        counts: Counter[str] = Counter()
        for fingerprint, found in findings.items():
            if fate := _seen(work, cases.get(fingerprint), fingerprint, found, triage):
                counts[fate] += 1
        unseen = [case for name, case in cases.items() if name not in findings and case.kind == "mismatch"]
        for case in unseen:
            if case.state == CaseState.HEALED:
                continue
            is_looked_for = case.rule in telling.rules
            fate = _unseen(work, case, case.fingerprint in not_due, telling) if is_looked_for else _without_rule(work, case)
            if fate:
                counts[fate] += 1
        follow(work, {*findings, *(one.fingerprint for one in cases.values() if one.state not in CLOSED)})
        work.commit()
        return Synced(**counts)


def reopen_outgrown(store: Store, warehouse: Path | str) -> int:
    """Open the accepted cases again whose finding is more than what was accepted, or another; how many.

    Comes before the plan, which has nothing done about accepted ones.
    """
    with store.work() as work:
        accepted = work.session.scalars(select(Case).where(Case.state == CaseState.ACCEPTED).with_for_update()).all()
        findings = _read(warehouse)[0] if accepted else {}
        grown = [case for case in accepted if _has_outgrown(case, findings.get(case.fingerprint, []))]
        for case in grown:
            facts = _facts(findings[case.fingerprint])
            note = f"not what was accepted: from {_size({name: getattr(case, name) for name in facts})} to {_size(facts)}"
            _take(case, facts)
            case.closed_at = case.accepted_until = None
            move_case(work, case, resting(case), note)
        if grown:
            work.commit()
        return len(grown)


def _seen(work: Work, case: Case | None, fingerprint: str, found: list[Finding], triage: Triage) -> str:
    """What became of a case whose finding is there."""
    facts = _facts(found)
    judged = facts | {"stage": found[0].get("stage")}
    facts["owner"], assignee = triage.owner(judged)
    if case is None or case.state == CaseState.HEALED:
        if all(one["state"] != "break" for one in found):
            return ""
        opened = open_case(work, fingerprint, str(found[0]["evidence"] or found[0]["rule"]), **facts)
        hours = triage.hours(judged)
        opened.resolve_by = None if hours is None else work.now + timedelta(hours=hours)
        if assignee and not opened.assignee:
            opened.assignee = assignee
            move_case(work, opened, CaseState.ASSIGNED, f"assigned to {assignee}, as cases.yaml says")
        return "opened" if case is None else "reopened"
    case.last_seen_at = work.now
    is_accepted = case.state == CaseState.ACCEPTED
    if is_accepted and (case.accepted_until is None or case.accepted_until > work.now):
        return ""
    before = case.severity
    _take(case, facts | {"severity": triage.severity(judged, case.resolve_by, work.now)})
    if case.severity != before:
        tell(work, case, f"{before} is {case.severity} now{', since it is overdue' if case.severity != facts['severity'] else ''}")
    if not is_accepted:
        return "still_open"
    case.closed_at = case.accepted_until = None
    move_case(work, case, resting(case), "its acceptance has ended and it is still there")
    return "expired"


def _unseen(work: Work, case: Case, not_due: bool, telling: Telling) -> str:
    """What became of a case without a break: healed if its rule could tell, and found nothing that only has time again."""
    if not_due:
        return "" if case.state == CaseState.ACCEPTED else "still_open"
    if not telling.could_tell(case.rule, case.legal_entity, case.platform):
        return "undecided"
    case.accepted_until = None
    move_case(work, case, CaseState.HEALED, "re-observed: the finding is gone")
    return "healed"


def _without_rule(work: Work, case: Case) -> str:
    """Closed, since nothing looks for its finding any more."""
    case.accepted_until = None
    move_case(work, case, CaseState.HEALED, "closed: its rule is no longer enabled")
    return "dropped"


def _has_outgrown(case: Case, found: list[Finding]) -> bool:
    """Whether a break is of more money or records than was accepted or, of as much money, has another cause or other values."""
    if all(one["state"] != "break" for one in found):
        return False
    facts = _facts(found)
    if facts["amount_at_risk"] > case.amount_at_risk or facts["findings"] > case.findings or facts["currency"] != case.currency:
        return True
    if facts["amount_at_risk"] < case.amount_at_risk or facts["entity"] in _SUMS:
        return False
    return any(facts[name] != getattr(case, name) for name in _SAID)


def _size(facts: Mapping[str, Any]) -> str:
    """What a finding comes to, in words."""
    observed, expected = facts["observed_value"] or "nothing", facts["expected_value"] or "nothing"
    money = f"{facts['amount_at_risk']:,.2f} {facts['currency'] or ''}".strip()
    return f"{money} at risk (findings: {facts['findings']}; {observed} where {expected} is expected; {facts['cause']})"


def _take(case: Case, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(case, name, value)


def _facts(found: list[Finding]) -> dict[str, Any]:
    first = found[0]
    facts = {name: first.get(name) for name in _FACTS}
    at_risk = sum((Decimal(one.get("amount_at_risk") or 0) for one in found), Decimal(0))
    hours = first.get("sla_hours")
    return facts | {
        "kind": "mismatch",
        "amount_at_risk": at_risk,
        "findings": len(found),
        "sla_hours": int(hours) if hours is not None else None,
    }


def _read(warehouse: Path | str) -> tuple[dict[str, list[Finding]], frozenset[str], Telling]:
    """The findings by fingerprint, the fingerprints of those that are not due, and what the rules could tell."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            findings = _rows(connection, "fct_mismatches", "order by fingerprint, amount_at_risk desc, native_id nulls last")
            not_due = _rows(connection, "finding", "where state = 'timing'")
            telling = Telling.of(_rows(connection, "rule_status", ""), _rows(connection, "dim_system", ""))
    except duckdb.Error as error:
        raise FindingsUnreadable(f"{warehouse}: the findings cannot be read: {error}") from error
    by_fingerprint: dict[str, list[Finding]] = defaultdict(list)
    for row in findings:
        by_fingerprint[row["fingerprint"]].append(row)
    return dict(by_fingerprint), frozenset(row["fingerprint"] for row in not_due), telling


def _rows(connection: duckdb.DuckDBPyConnection, table: str, rest: str) -> list[dict[str, Any]]:
    found = connection.execute("select table_schema from information_schema.tables where table_name = ?", [table]).fetchone()
    if found is None:
        raise FindingsUnreadable(f"the warehouse has no table {table}; run the transform first")
    cursor = connection.execute(f'select * from "{found[0]}"."{table}" {rest}')
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
