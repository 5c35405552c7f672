"""What is created has the lines that its amount says, or the gate shuts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.suites import Suite

CREATED = ("act_create_order", "act_create_invoice")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Orders and invoices to create: `whole` with all lines, `short` of one, `bare` without any; the invoices with a tax of 1."""
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute("create schema actions; create schema canonical")
        money = "decimal(18,4)"
        for table in CREATED:
            amount = "10.5" if table == "act_create_order" else "11.5"
            db.execute(
                f"create table actions.{table} as select 'erp' as platform, key as action_key, key as billing_number, "
                f"{amount}::{money} as amount from (values ('whole'), ('short'), ('bare')) t(key)"
            )
            db.execute(
                f"create table actions.{table}_line as select action_key, amount::{money} as amount "
                "from (values ('whole', 10), ('whole', 0.5), ('short', 10)) t(action_key, amount)"
            )
        db.execute(
            f"create table canonical.exp_invoice as select platform, billing_number, 1::{money} as tax_amount "
            "from actions.act_create_invoice"
        )
    return file


def on_lines() -> Iterator[Suite]:
    """The suites of what is created, with only what they expect of the lines."""
    for suite in suites.load(suites.EXPECTATIONS, set(CREATED)):
        yield suite.model_copy(update={"expectations": [each for each in suite.expectations if "lines of" in each.notes]})


def test_what_lacks_a_line_shuts_the_gate_by_name(warehouse: Path) -> None:
    verdicts = gate.run(warehouse, list(on_lines()))
    assert {each.table for each in verdicts} == set(CREATED)
    for each in verdicts:
        assert each.blocks
        assert each.failures == 2
        assert sorted(each.sample.split("; ")) == ["action_key bare", "action_key short"]
