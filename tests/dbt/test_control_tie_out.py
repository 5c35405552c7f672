"""From the lake to the gate: a record that the platform counts and that was never read shuts it, and its coming opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.gate import Verdict
from tests.dbt.control_records import CASES, Case

BEGAN = datetime(2026, 11, 5, 10, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=5)
FILLED: dict[str, Any] = {"string": "USD", "int64": 0, "bool": False, "date32": date(2026, 10, 1), "timestamp": BEGAN}


SUITE = suites.load(suites.EXPECTATIONS, {"control_tie_out"})


@pytest.fixture(scope="module")
def project(make_project: Callable[..., Any]) -> Any:
    """The project over a lake in which each platform that has a report lost one of its records."""
    project = make_project(enabled_platforms=[case.platform for case in CASES])
    project.dbt("seed", "--select", "companies", "currencies")
    for case in CASES:
        load(project, case, "1000.1", {**case.setup, case.report: case.sums, **case.first})
    return project


def load(project: Any, case: Case, load_id: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """One load with a row of each table, and a good read of every table: the report's before the others and after them."""
    platform = spec.load(case.platform)
    for name, row in rows.items():
        table = platform.tables[name]
        needed = {each.name: _filled(str(each.type)) for each in table.schema if not each.nullable}
        project.lake.load(table, load_id, needed | row | {"q2c_read_at": BEGAN}, platform=platform.name)
    for name, table in platform.tables.items():
        at = ENDED if table.is_control else BEGAN
        project.lake.read(platform.name, name, observed_through=at, read_started_at=at, logged_at=at)


def _filled(kind: str) -> Any:
    return Decimal(0) if kind.startswith("decimal") else FILLED.get(kind.split("[")[0])


def checked(project: Any) -> Verdict:
    """What the gate says of it."""
    project.dbt("run", "--select", "+control_tie_out")
    (verdict,) = gate.run(project.warehouse, SUITE)
    return verdict


def test_a_lost_record_of_any_platform_shuts_the_gate_until_it_comes(project: Any) -> None:
    verdict = checked(project)
    assert (verdict.blocks, verdict.failures) == (True, len(CASES))
    (suite,) = SUITE
    differing = project.query(f"select {', '.join(suite.key)} from canonical.control_tie_out where state = 'differs'")
    lost = {f"platform {case.platform}, report {case.report}, {case.lost}" for case in CASES}
    assert {", ".join(f"{name} {value}" for name, value in row.items()) for row in differing} == lost
    for case in CASES:
        load(project, case, "1000.2", case.second)
    assert checked(project).passed
