"""The causes of every finding come to its difference, or the gate shuts and names the finding."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from q2c_pipelines.quality import gate, suites


@pytest.mark.parametrize(
    ("causes", "shown"),
    [
        ("('f', 6), ('f', 4), ('g', 5)", ""),
        ("('f', 6), ('f', 3.9999), ('g', 5)", "fingerprint f, difference 10.0000, amount 9.9999"),
        ("('f', 10)", "fingerprint g, difference 5.0000, amount None"),
        ("('f', 10), ('g', 5), ('h', 1)", "fingerprint h, difference None, amount 1.0000"),
    ],
    ids=["all", "too little", "without a cause", "of no finding"],
)
def test_causes_that_do_not_come_to_the_difference_shut_the_gate(tmp_path: Path, causes: str, shown: str) -> None:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute("create schema mismatches")
        for name, column, rows in (
            ("finding_difference", "difference", "('f', 10), ('g', 5)"),
            ("fct_mismatch_causes", "amount", causes),
        ):
            money = f"{column}::decimal(18, 4) as {column}"
            db.execute(
                f"create table mismatches.{name} as select fingerprint, {money} from (values {rows}) t(fingerprint, {column})"
            )
    (found,) = gate.run(file, suites.load(suites.EXPECTATIONS, {"fct_mismatch_causes"}))
    assert (found.blocks, shown in found.sample) == (bool(shown), True)
