"""From the lake to the gate: a record that the account counts and that was never read shuts it, and its coming opens it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.gate import Verdict

NETSUITE = spec.load("netsuite")
BEGAN = datetime(2026, 11, 5, 10, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=5)
FILLED: dict[str, Any] = {"string": "USD", "int64": 0, "bool": False, "date32": date(2026, 10, 1), "timestamp": BEGAN}
SETUP: dict[str, dict[str, Any]] = {
    "subsidiary": {"id": 1, "country": "US", "currencysymbol": "USD"},
    "accountingperiod": {"id": 10, "startdate": date(2026, 10, 1)},
    "account": {"id": 119, "acctnumber": "1200", "lastmodifieddate": BEGAN},
}


@pytest.fixture(scope="module")
def project(make_project: Callable[..., Any]) -> Any:
    """An account with two invoices in its trial balance; the reading of the tables brought one of them."""
    project = make_project(enabled_platforms=["netsuite"])
    sums = {"subsidiary": 1, "account": 119, "postingperiod": 10, "transactions": 2, "debit": Decimal(300), "credit": Decimal(0)}
    load(project, "1000.1", **SETUP, trial_balance=sums, **invoice(1, Decimal(180)))
    return project


def load(project: Any, load_id: str, **rows: dict[str, Any]) -> None:
    """One load with a row of each table, and a good read of every table: the report's before the others and after them."""
    for name, row in rows.items():
        table = NETSUITE.tables[name]
        needed = {each.name: FILLED.get(str(each.type).split("[")[0]) for each in table.schema if not each.nullable}
        project.lake.load(table, load_id, needed | row | {"q2c_read_at": BEGAN}, platform="netsuite")
    for name, table in NETSUITE.tables.items():
        at = ENDED if table.is_control else BEGAN
        project.lake.read("netsuite", name, observed_through=at, read_started_at=at, logged_at=at)


def invoice(key: int, amount: Decimal) -> dict[str, dict[str, Any]]:
    changed = {"lastmodifieddate": BEGAN}
    entry = {"transaction": key, "transactionline": 0, "accountingbook": 1, "account": 119, "debit": amount}
    return {
        "transaction": {"id": key, "type": "CustInvc", "subsidiary": 1, "postingperiod": 10} | changed,
        "transactionaccountingline": entry | changed,
    }


def checked(project: Any) -> Verdict:
    project.dbt("run", "--select", "+control_tie_out")
    (verdict,) = gate.run(project.warehouse, suites.load(suites.EXPECTATIONS, {"control_tie_out"}))
    return verdict


def test_a_lost_record_shuts_the_gate_until_it_comes(project: Any) -> None:
    verdict = checked(project)
    assert verdict.blocks
    assert verdict.sample == (
        "platform netsuite, report trial_balance, legal_entity US, currency USD, period_on 2026-10-01, measure 1200, "
        "count_difference -1, amount_difference -120.0000"
    )
    load(project, "1000.2", **invoice(2, Decimal(120)))
    assert checked(project).passed
