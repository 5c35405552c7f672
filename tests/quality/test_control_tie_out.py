"""What does not come to the platform's own report shuts the gate, by name and with its money; what cannot be told yet does not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.gate import Verdict


def verdict(folder: Path, *states: str) -> Verdict:
    """What the gate says of a lost record of 120 in each of these states."""
    file = folder / "w.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute("create schema canonical")
        db.execute(
            "create table canonical.control_tie_out as select 'netsuite' as platform, 'trial_balance' as report, "
            "'US' as legal_entity, 'USD' as currency, date '2026-10-01' as period_on, '1200' as measure, -1 as count_difference, "
            "-120::decimal(18,4) as amount_difference, unnest(?) as state",
            [list(states)],
        )
    (found,) = gate.run(file, suites.load(suites.EXPECTATIONS, {"control_tie_out"}))
    return found


def test_a_lost_record_shuts_the_gate_by_name(tmp_path: Path) -> None:
    found = verdict(tmp_path, "agrees", "differs")
    assert (found.blocks, found.failures) == (True, 1)
    named = "platform netsuite, report trial_balance, legal_entity US, currency USD, period_on 2026-10-01, measure 1200"
    assert found.sample == f"{named}, count_difference -1, amount_difference -120.0000"


@pytest.mark.parametrize("state", ["agrees", "moving", "unread", "refused"])
def test_what_cannot_be_told_yet_shuts_nothing(tmp_path: Path, state: str) -> None:
    assert verdict(tmp_path, state).passed
