"""Real invoice lines of a wholesaler through the whole flow, with no other platform: every line, every penny, every finding."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.cycle import Cycle
from q2c_pipelines.lake import quarantine

NAME = "online_retail_2010-12.csv"
SPOILT = "online_retail_spoilt.csv"
SAME = ("InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice")


@pytest.fixture(scope="module")
def real(contracts: Path) -> Path:
    """The wholesaler's file; the test is skipped where it is absent."""
    file = contracts.parent / "data" / NAME
    if not file.is_file():
        pytest.skip(f"no real invoice lines at {file}")
    return file


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, real: Path) -> Settings:
    """An installation that knows a folder of files and nothing else; one of the files is spoilt."""
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("drop")
    shutil.copy(real, folder)
    header, line, *_ = real.read_text().splitlines()
    (folder / SPOILT).write_text("\n".join([header, line.replace(",24,", ",two dozen,"), line.rpartition(",")[0]]) + "\n")
    (home / "connections.yaml").write_text(yaml.safe_dump({"file_drop": {"base_url": str(folder)}}))
    return Settings(home=home, platforms=["file_drop"])


@pytest.fixture(scope="module")
def done(settings: Settings) -> Cycle:
    """One cycle: `q2c sync --platform file_drop`."""
    return cycle.run(settings, ["file_drop"])


@pytest.fixture(scope="module")
def lines(real: Path) -> pl.DataFrame:
    """The file as polars reads it, each line with its amount."""
    price, quantity = pl.col("UnitPrice").cast(pl.Decimal(18, 2)), pl.col("Quantity").cast(pl.Decimal(18, 0))
    return pl.read_csv(real, infer_schema=False).with_columns(amount=(price * quantity).cast(pl.Decimal(18, 2)))


def found(settings: Settings, rule: str) -> dict[str, tuple[Decimal, ...]]:
    """What is published of a rule: by invoice the amounts, in order."""
    published = settings.model_copy(update={"warehouse": settings.published_file})
    sql = f"""
        select document_number, list(amount_at_risk order by amount_at_risk) as amounts
        from fct_mismatches where rule = '{rule}' and state = 'break' and currency = 'GBP' group by document_number
    """
    return {row["document_number"]: tuple(row["amounts"]) for row in warehouse.query(published, sql)}


def by_invoice(amounts: pl.DataFrame) -> dict[str, tuple[Decimal, ...]]:
    return {number: tuple(sorted(each["amount"])) for (number,), each in amounts.group_by("InvoiceNo")}


def counted(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in warehouse.query(settings, sql)]


def test_every_line_is_loaded_or_rejected_with_its_reason(settings: Settings, done: Cycle, lines: pl.DataFrame) -> None:
    (read,) = done.reads
    assert (read.error, read.rows, read.rejected) == ("", 4688, 2)
    assert lines.height == 4688
    assert sorted(str(row["reason"]) for row in quarantine.held(settings.lake_store, "file_drop")) == [
        "Quantity is declared decimal(14,6) and came as 'two dozen'",
        f"line 2 of {SPOILT} has 7 fields, its header has 8",
    ]


def test_lines_become_invoices_to_the_penny(settings: Settings, done: Cycle, lines: pl.DataFrame) -> None:
    assert done.reconciled is not None
    assert [str(verdict) for verdict in done.reconciled.verdicts if not verdict.passed] == []
    sql = "select count(*), sum(amount) from canonical.fct_invoice where platform = 'file_drop' and legal_entity = 'WS'"
    assert counted(settings, sql) == [(236, lines["amount"].sum())]
    assert counted(settings, sql.replace("fct_invoice", "fct_invoice_line")) == [(4688, lines["amount"].sum())]


def test_invoices_without_a_customer_are_found_with_their_money(settings: Settings, done: Cycle, lines: pl.DataFrame) -> None:
    nameless = lines.filter(pl.col("CustomerID").is_null()).group_by("InvoiceNo").agg(pl.col("amount").sum())
    assert nameless.height == 10
    assert found(settings, "invoice_without_customer") == by_invoice(nameless)


def test_lines_that_stand_twice_are_found_with_what_is_too_much(settings: Settings, done: Cycle, lines: pl.DataFrame) -> None:
    groups = lines.group_by(SAME).agg(pl.col("amount").slice(1).sum(), surplus=pl.len() - 1).filter(pl.col("surplus") > 0)
    assert groups["surplus"].sum() == 81
    assert found(settings, "invoice_line_duplicated") == by_invoice(groups)


def test_nothing_else_is_found_and_nothing_is_proposed(settings: Settings, done: Cycle) -> None:
    breaks = {"invoice_line_duplicated": 76, "invoice_without_customer": 10, "record_refused": 2}
    applicable = dict(
        counted(settings, "select distinct rule, status from mismatches.rule_status where status <> 'not_applicable'")
    )
    assert set(applicable) >= set(breaks)
    assert set(applicable.values()) == {"determinate"}
    assert dict(counted(settings, "select rule, count(*) from mismatches.finding where state = 'break' group by rule")) == breaks
    assert cycle.waiting(settings) == []
    assert done.delivered == []
    assert done.reconciled is not None
    assert done.reconciled.cases.opened == sum(breaks.values())
