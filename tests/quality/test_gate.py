"""A gate says of every expectation whether it holds, in DuckDB, and its file's mistakes by name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from q2c_pipelines.quality import gate, suites
from q2c_pipelines.quality.suites import InvalidExpectations

EXPECTATIONS = """
key: [id]
expectations:
  - {type: expect_column_values_to_not_be_null, kwargs: {column: id}, notes: every row has a key}
  - {type: expect_column_values_to_be_in_set, kwargs: {column: status, value_set: [open]}, severity: warning, notes: known status}
  - type: unexpected_rows_expectation
    kwargs: {unexpected_rows_query: "select * from {batch} where debit <> credit"}
    notes: every entry balances
  - type: unexpected_rows_expectation
    kwargs: {unexpected_rows_query: "select status, count(*) as rows from {batch} group by status having count(*) > 1"}
    notes: a status is there once
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "expectations" / "canonical").mkdir(parents=True)
    (tmp_path / "expectations" / "canonical" / "fct_journal.yml").write_text(EXPECTATIONS)
    return tmp_path / "expectations"


def test_verdicts(folder: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as db:
        db.execute("create schema entities")
        db.execute(
            "create table entities.fct_journal as "
            "select * from (values (1,'open',5,5), (2,'odd',5,4), (3,'odd',5,5)) t(id,status,debit,credit)"
        )
    verdicts = gate.run(warehouse, suites.load(folder))
    assert [(each.passed, each.blocks, each.failures) for each in verdicts] == [
        (True, False, 0),
        (False, False, 2),
        (False, True, 1),
        (False, True, 1),
    ]
    assert [str(each).rpartition(", such as ")[2] for each in verdicts[1:]] == [
        "id 2, status odd; id 3, status odd)",
        "id 2)",
        "status odd, rows 2)",
    ]
    duckdb.connect(str(warehouse)).close()  # the next build can have the file


def test_an_absent_table_fails(folder: Path, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "w.duckdb")).close()
    verdicts = gate.run(tmp_path / "w.duckdb", suites.load(folder))
    assert [each.blocks for each in verdicts] == [True, False, True, True]
    assert "does not exist" in str(verdicts[0])


@pytest.mark.parametrize(
    "text",
    [b"key: [id]\nexpectations: []", b"key: [id]\nexpectations: [{type: x}]", b"]", b"other: 1", b"key: [\xdc]"],
    ids=["empty", "no kwargs", "no yaml", "another key", "no UTF-8"],
)
def test_a_malformed_file_is_named(folder: Path, text: bytes) -> None:
    (folder / "canonical" / "fct_order.yml").write_bytes(text)
    with pytest.raises(InvalidExpectations, match=r"fct_order\.yml"):
        suites.load(folder)


def test_an_unknown_layer_is_named(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "x.yml").write_text(EXPECTATIONS)
    with pytest.raises(InvalidExpectations, match="unknown layer other"):
        suites.load(folder)
