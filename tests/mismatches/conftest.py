"""Findings of a warehouse, and the cases that come of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from sqlalchemy import select

from q2c_pipelines.mismatches.cases import reopen_outgrown, sync_cases
from q2c_pipelines.mismatches.triage import AS_THE_RULES_SAY
from q2c_pipelines.outbox.tables import Action, Case, CaseEvent

COLUMNS = {
    "rule": "price_differs",
    "fingerprint": "f1",
    "deal_key": "d1",
    "legal_entity": "US",
    "entity": "price",
    "platform": "zuora",
    "native_id": "p1",
    "document_number": None,
    "attribute": "unit_price",
    "expected_value": "10",
    "observed_value": "11",
    "amount_at_risk": "100.50",
    "currency": "USD",
    "cause": "value_differs",
    "evidence": "Zuora charges 11 where 10 was agreed",
    "due_at": "2026-01-01 00:00:00",
    "clears_on": None,
    "state": "break",
    "severity": "high",
    "owner": "billing",
    "sla_hours": "8",
    "runbook": "docs/runbooks/price_differs.md",
}
TYPES = {"amount_at_risk": "decimal(18,4)", "due_at": "timestamp", "clears_on": "date", "sla_hours": "integer"}


@pytest.fixture
def sync(store, tmp_path, clock):
    """Brings the cases to these findings, an hour later each time; the rule could tell unless told otherwise."""
    path = tmp_path / "warehouse.duckdb"

    def run(*findings, status="determinate", uk="", enabled=("zuora",), triage=AS_THE_RULES_SAY):
        clock.advance(hours=1)
        with duckdb.connect(str(path)) as connection:
            declared = ", ".join(f"{name} {TYPES.get(name, 'varchar')}" for name in COLUMNS)
            connection.execute(f"create or replace table finding ({declared})")
            connection.execute("create or replace table rule_status (rule varchar, legal_entity varchar, status varchar)")
            if status:
                connection.execute("insert into rule_status values ('price_differs', 'US', ?)", [status])
            connection.execute("insert into rule_status values ('price_differs', 'UK', ?)", [uk]) if uk else None
            connection.execute("create or replace table dim_system as select unnest(?::varchar[]) as platform", [enabled])
            marks = ", ".join("?" * len(COLUMNS))
            for finding in findings:
                connection.execute(f"insert into finding values ({marks})", list((COLUMNS | finding).values()))
            connection.execute("create or replace table fct_mismatches as from finding where state <> 'timing'")
        outgrown = reopen_outgrown(store, path)
        return replace(sync_cases(store, path, triage), outgrown=outgrown)

    return run


@pytest.fixture
def case(store):
    """A case as it now stands."""

    def read(fingerprint="f1"):
        with store.reading() as session:
            found = session.get_one(Case, fingerprint)
            session.expunge(found)
            return found

    return read


@pytest.fixture
def history(store):
    """The states a case went through, with what was said."""

    def read(fingerprint="f1"):
        with store.reading() as session:
            found = session.scalars(select(CaseEvent).where(CaseEvent.fingerprint == fingerprint).order_by(CaseEvent.id))
            return [(one.to_state, one.by, one.note) for one in found]

    return read


@pytest.fixture
def act(store):
    """Puts an action for the finding into a state."""

    def write(state, key="k1", **columns):
        with store.work() as work:
            fresh = Action(
                key=key,
                command="UpdateField",
                platform="zuora",
                legal_entity="US",
                fingerprint="f1",
                amount=Decimal(1),
                payload="{}",
                payload_hash="0",
                decision="approve",
                proposed_by="q2c",
                proposed_at=work.now,
                next_attempt_at=work.now,
                state=state,
            )
            action = work.hold_or_add(fresh, key)[0]
            for name, value in ({"state": state} | columns).items():
                setattr(action, name, value)
            work.commit()

    return write
