"""From the lake to the gate: a record that the platform counts and that was never read shuts it, and its coming opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Lake:
    """The lake of a platform of which one record was lost, and the project that is built from it."""

    case: Case
    project: Any

    def load(self, load_id: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """One load with a row of each table, and a good read of every table: the report's before the others and after them."""
        platform = spec.load(self.case.platform)
        for name, row in rows.items():
            table = platform.tables[name]
            needed = {each.name: _filled(str(each.type)) for each in table.schema if not each.nullable}
            self.project.lake.load(table, load_id, needed | row | {"q2c_read_at": BEGAN}, platform=platform.name)
        for name, table in platform.tables.items():
            at = ENDED if table.is_control else BEGAN
            self.project.lake.read(platform.name, name, observed_through=at, read_started_at=at, logged_at=at)

    def checked(self) -> Verdict:
        """What the gate says of it."""
        self.project.dbt("run", "--select", "+control_tie_out")
        (verdict,) = gate.run(self.project.warehouse, suites.load(suites.EXPECTATIONS, {"control_tie_out"}))
        return verdict


def _filled(kind: str) -> Any:
    return Decimal(0) if kind.startswith("decimal") else FILLED.get(kind.split("[")[0])


@pytest.fixture(scope="module", params=CASES, ids=lambda case: str(case.platform))
def lake(request: pytest.FixtureRequest, make_project: Callable[..., Any]) -> Lake:
    case: Case = request.param
    lake = Lake(case, make_project(enabled_platforms=[case.platform]))
    lake.project.dbt("seed", "--select", "companies", "currencies")
    lake.load("1000.1", {**case.setup, case.report: case.sums, **case.first})
    return lake


def test_a_lost_record_shuts_the_gate_until_it_comes(lake: Lake) -> None:
    verdict = lake.checked()
    assert (verdict.blocks, verdict.sample) == (True, f"platform {lake.case.platform}, report {lake.case.report}, {lake.case.lost}")
    lake.load("1000.2", lake.case.second)
    assert lake.checked().passed
