"""A stamp in the future is told, and shuts no gate."""

from __future__ import annotations

from pathlib import Path

import duckdb

from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.suites import Suite

TABLES = {"dim_customer", *(f"fct_{entity}" for entity in ("quote", "order", "subscription", "invoice", "payment", "journal"))}


def on_the_future() -> list[Suite]:
    """The suites with only what they expect of stamps against the time of reading."""
    found = [
        suite.model_copy(update={"expectations": [each for each in suite.expectations if "> observed_at" in str(each.kwargs)]})
        for suite in suites.load(suites.EXPECTATIONS, TABLES)
    ]
    return [suite.model_copy(update={"key": ["native_id"]}) for suite in found if suite.expectations]


def test_a_change_or_an_acceptance_after_the_reading_is_a_warning_by_name(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    rows = "('past', '2026-01-01'), ('a clock a little ahead', '2026-01-02 00:05:00'), ('future', '2099-01-01')"
    with duckdb.connect(str(warehouse)) as db:
        for table in TABLES:
            db.execute(
                f"create table {table} as select native_id, stamp::timestamp as source_updated_at, "
                f"stamp::timestamp as accepted_at, timestamp '2026-01-02' as observed_at from (values {rows}) t(native_id, stamp)"
            )
    verdicts = gate.run(warehouse, on_the_future())
    assert {each.table for each in verdicts} == TABLES
    assert len(verdicts) == len(TABLES) + 1
    assert [(each.passed, each.blocks, each.failures, each.sample) for each in verdicts] == [
        (False, False, 1, "native_id future")
    ] * len(verdicts)
