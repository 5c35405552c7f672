"""Every document's status is gated: an unknown one and none shut the gate, with the record's name."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from q2c_pipelines.config import PROJECT
from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.suites import Suite

STATEMENT = re.compile(r"Canonical statuses: (.*?)\.\n", re.DOTALL)


def described() -> dict[str, list[str]]:
    """The canonical statuses by fact, as the architecture says them."""
    found = STATEMENT.search((PROJECT / "docs" / "architecture.md").read_text())
    assert found
    entities = re.findall(r"(\w+)\s+`([^`]+)`", found[1])
    return {f"fct_{entity}": re.split(r",\s+", words) for entity, words in entities}


def on_status() -> list[Suite]:
    """The suites of facts, with only what they expect of the status."""
    kept = {
        suite.table: [each for each in suite.expectations if each.kwargs.get("column") == "status"]
        for suite in suites.load(suites.EXPECTATIONS, set(described()))
    }
    return [Suite(layer="canonical", table=table, key=["native_id"], expectations=each) for table, each in kept.items()]


def test_a_status_that_is_unknown_or_absent_shuts_the_gate_by_name(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as db:
        for table, words in described().items():
            good = "".join(f", ('good', '{word}')" for word in words)
            db.execute(f"create table {table} as from (values ('empty', null), ('odd', 'X'){good}) t(native_id, status)")
    verdicts = gate.run(warehouse, on_status())
    assert {each.table for each in verdicts} == set(described())
    assert all(each.blocks and each.failures == 1 for each in verdicts)
    samples = [each.sample.partition(",")[0] for each in verdicts]
    assert samples == ["native_id empty", "native_id odd"] * len(described())
