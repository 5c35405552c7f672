"""The life of a gate's case: one for each critical expectation, open while it does not hold, healed when it does again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from q2c_pipelines.outbox.case_log import CaseState, move_case, open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Case
from q2c_pipelines.quality.gate import Verdict

KIND = "gate"
RUNBOOK = "docs/runbooks/gate.md"


def sync_gate_cases(store: Store, verdicts: Sequence[Verdict]) -> None:
    """Bring the cases to what shuts the gate now; what does not is healed, as it was checked again."""
    shut = {_fingerprint(verdict): verdict for verdict in verdicts if verdict.blocks}
    with store.work() as work:
        for fingerprint, verdict in shut.items():
            open_case(work, fingerprint, str(verdict), **_facts(verdict))
        unhealed = select(Case).where(Case.kind == KIND, Case.state != CaseState.HEALED).with_for_update()
        for case in work.session.scalars(unhealed):
            if case.fingerprint not in shut:
                case.accepted_until = None
                move_case(work, case, CaseState.HEALED, "checked again: it holds")
        work.commit()


def _fingerprint(verdict: Verdict) -> str:
    said = f"{KIND}|{verdict.layer}|{verdict.table}|{verdict.expectation}|{verdict.notes}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _platform(table: str) -> str | None:
    """Whose table it is, where it is a platform's own."""
    staged = re.fullmatch(r"(base|stg)_(\w+?)__\w+", table)
    return staged[2] if staged else None


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": KIND,
        "rule": f"{verdict.table}/{verdict.expectation}",
        "platform": _platform(verdict.table),
        "entity": verdict.table,
        "cause": "gate_closed",
        "expected_value": verdict.notes,
        "evidence": str(verdict),
        "findings": max(verdict.failures, 1),
        "severity": verdict.severity,
        "owner": "data_engineering",
        "runbook": RUNBOOK,
    }
