"""Links that were found are facts: they stand as long as their documents do, and are looked for where something is open."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from q2c_pipelines import linking
from q2c_pipelines.canonical.matching.rules import InvalidMatching
from q2c_pipelines.cli import app
from q2c_pipelines.config import PROJECT, Settings

_LEFT = "platform varchar, entity varchar, native_id varchar, document_number varchar, scope varchar, currency varchar,\
 amount decimal(18, 4), happened_at timestamp, text varchar, customer varchar, linked_platform varchar, linked_native_id varchar"
_RIGHT = "platform varchar, entity varchar, native_id varchar, scope varchar, currency varchar, amount decimal(18, 4),\
 open_amount decimal(18, 4), happened_at timestamp, due_at timestamp, number varchar, customer varchar"
DAY = datetime(2026, 3, 1)  # noqa: DTZ001 as DuckDB has it


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A warehouse with two open invoices and nothing to match."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as db:
        db.execute("create schema canonical; create schema seeds; create table seeds.currencies as select 'USD' as currency")
        for left, right in linking.POOLS.values():
            db.execute(f"create table canonical.{left} ({_LEFT}); create table canonical.{right} ({_RIGHT})")
        for number in ("INV-1001", "INV-1002"):
            row = ("zuora", "invoice", f"i{number}", "US", "USD", 100, 100, DAY, DAY, number, "c1")
            db.execute("insert into canonical.match_invoice values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return Settings(home=tmp_path)


def edit(home: Settings, statement: str) -> None:
    with duckdb.connect(str(home.warehouse_file)) as db:
        db.execute(statement)


def pay(home: Settings, native_id: str, text: str | None, amount: int = 100, invoice: str | None = None) -> None:
    row = ["stripe", "payment", native_id, native_id, "US", "USD", amount, DAY, text, "c1", invoice and "zuora", invoice]
    with duckdb.connect(str(home.warehouse_file)) as db:
        db.execute("insert into canonical.match_payment values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def links(home: Settings) -> list[tuple[str, str, Decimal]]:
    newest = next(home.lake_store.newest_first("_matching/links", linking.LINKS)).to_pylist()
    return [(row["native_id"], row["parent_native_id"], row["amount"]) for row in newest]


def written(home: Settings) -> int:
    return len(home.lake_store.names("_matching/links/*"))


def test_where_everything_is_linked_nothing_is_looked_for_and_nothing_written(home: Settings, monkeypatch: Any) -> None:
    pay(home, "p", "INV-1001", invoice="iINV-1001")
    monkeypatch.setattr(linking, "match", None)
    assert not linking.link(home)
    assert written(home) == 0
    assert not (home.home / "linked.json").exists()


def test_what_is_found_is_kept_and_not_looked_for_again_while_nothing_changes(home: Settings, monkeypatch: Any) -> None:
    pay(home, "p", "for inv 1001")
    assert linking.link(home)
    assert links(home) == [("p", "iINV-1001", 100)]
    monkeypatch.setattr(linking, "match", None)
    assert not linking.link(home)
    assert written(home) == 1


def test_what_was_found_stands_though_it_would_not_be_clear_any_more(home: Settings) -> None:
    edit(home, "delete from canonical.match_invoice where number = 'INV-1002'")
    pay(home, "p", None)
    assert linking.link(home)
    copied = "* replace ('i9' as native_id, 'INV-9999' as number)"
    edit(home, f"insert into canonical.match_invoice select {copied} from canonical.match_invoice")
    pay(home, "q", None)
    assert linking.link(home)
    assert links(home) == [("p", "iINV-1001", 100), ("q", "i9", 100)]


@pytest.mark.parametrize(
    "statement",
    [
        "update canonical.match_payment set linked_platform = 'zuora', linked_native_id = 'iINV-1002'",
        "delete from canonical.match_payment",
        "delete from canonical.match_invoice",
        "update canonical.match_invoice set open_amount = 0",
        "update canonical.match_payment set currency = 'EUR'",
    ],
)
def test_a_link_falls_with_its_documents_or_where_one_names_its_own(home: Settings, statement: str) -> None:
    pay(home, "p", "for inv 1001")
    linking.link(home)
    edit(home, statement)
    assert linking.link(home)
    assert links(home) == []
    assert not linking.link(home)


def test_a_rest_stays_open_and_a_settled_one_does_not(home: Settings) -> None:
    pay(home, "p", "inv 1001", amount=60)
    linking.link(home)
    pay(home, "q", "inv 1001", amount=30)
    linking.link(home)
    pay(home, "r", "inv 1001", amount=40)
    linking.link(home)
    assert links(home) == [("p", "iINV-1001", 60), ("q", "iINV-1001", 30), ("r", "iINV-1001", 10)]


def test_a_rule_for_what_is_no_link_is_refused(home: Settings, tmp_path: Path) -> None:
    file = tmp_path / "matching.yaml"
    file.write_text(
        "fish_to_fowl: {says: x, cardinality: '1:1', passes: [{name: a, method: reference, equal: [{left: a, right: b}]}]}\n"
    )
    with pytest.raises(InvalidMatching, match="there is no link fish_to_fowl"):
        linking.rules(Settings(home=tmp_path, matching=file))


def test_a_rule_is_tried_on_live_data_and_on_labelled_history(home: Settings, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("Q2C_HOME", str(home.home))
    pay(home, "p", "for inv 1001")
    pay(home, "q", None, amount=7)
    said = CliRunner().invoke(app, ["match", "dry-run", "payment_to_invoice", "--json"]).output
    assert '"link"' in said
    assert '"no candidate"' in said
    assert written(home) == 0
    pay(home, "s", "INV-1002", invoice="iINV-1002")
    edit(home, "update canonical.match_invoice set amount = 55, open_amount = 55 where number = 'INV-1002'")
    edit(home, "update canonical.match_payment set amount = 55 where native_id = 's'")
    assert '"f1": 1.0' in CliRunner().invoke(app, ["match", "backtest", "payment_to_invoice", "--json"]).output
    labels = tmp_path / "labels.csv"
    labels.write_text("left,right\np,INV-1001\nstripe:s,INV-1001\nnobody,INV-1001\n")
    tested = linking.back_test(home, "payment_to_invoice", labels=labels)
    assert [(each.found, each.right) for each in tested.judged][-1] == (2, 1)
    assert tested.left_out == [("nobody", "INV-1001")]
    told = CliRunner().invoke(app, ["match", "backtest", "payment_to_invoice", "--labels", str(labels)]).stderr
    assert "left out: 1 label of records that are not there, such as nobody,INV-1001" in told
    later = linking.back_test(home, "payment_to_invoice", since=datetime(2026, 4, 1))  # noqa: DTZ001
    assert (later.judged[-1].found, later.known) == (0, 0)
    labels.write_text("left,right\nnobody,INV-1001\n")
    for asked in (["--since", "2099-01-01"], ["--labels", str(labels)]):
        none = CliRunner().invoke(app, ["match", "backtest", "payment_to_invoice", *asked])
        assert (none.exit_code, none.stdout, "there is nothing to judge" in none.stderr) == (5, "", True)


def test_labelled_history_is_read_with_its_texts_and_only_links_count(home: Settings, tmp_path: Path) -> None:
    pay(home, "p", "for inv 1001")
    labels = tmp_path / "labels.csv"
    labels.write_text("left,right\np,INV-1001\n")
    tested = linking.back_test(home, "payment_to_invoice", labels=labels)
    assert [(each.step, each.found, each.right) for each in tested.judged] == [
        ("invoice named in the text", 1, 1),
        ("all passes", 1, 1),
    ]
    file = tmp_path / "matching.yaml"
    file.write_text(
        Settings().matching.read_text().replace("      settles: {by: 0.02}", "      sure: 0.7\n      settles: {by: 0.02}")
    )
    suggested = linking.back_test(Settings(home=tmp_path, matching=file), "payment_to_invoice", labels=labels)
    assert suggested.judged[-1].found == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"links,rechts\na,b\n", "the labels have no column left, right; they have links, rechts"),
        ("left,right\nMüller,b\n".encode("latin-1"), "the labels cannot be read: .*UTF-8"),
        (b"", "the labels cannot be read"),
        (None, "the labels cannot be read: No such file"),
    ],
    ids=["columns", "no UTF-8", "empty", "absent"],
)
def test_labels_that_are_no_such_table_are_told(home: Settings, tmp_path: Path, content: bytes | None, told: str) -> None:
    labels = tmp_path / "labels.csv"
    if content is not None:
        labels.write_bytes(content)
    with pytest.raises(ValueError, match=rf"labels\.csv: {told}"):
        linking.back_test(home, "payment_to_invoice", labels=labels)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "{left: customer, right: customer}",
            "{left: custmer, right: customer}",
            r"agree\.0\.left: there is no text 'custmer'; known",
        ),
        ("{left: text, right: number", "{left: text, right: text", r"equal\.0\.right: there is no text 'text'; known are .*number"),
        ("right: due_at", "right: due_on", r"date\.right: there is no moment 'due_on'; known are at, due_at"),
        (
            "{left: text, right: number, how: part",
            "{left: txt, right: number, how: part",
            r"score\.texts\.0\.left: there is no text 'txt'",
        ),
    ],
    ids=["agree", "equal", "date", "score"],
)
def test_a_field_that_the_documents_do_not_have_is_refused(tmp_path: Path, before: str, after: str, told: str) -> None:
    shipped = (PROJECT / "matching.yaml").read_text()
    assert before in shipped
    file = tmp_path / "matching.yaml"
    file.write_text(shipped.replace(before, after, 1))
    with pytest.raises(InvalidMatching, match=rf"matching\.yaml: payment_to_invoice\.passes\.\d\.{told}"):
        linking.rules(Settings(home=tmp_path, matching=file))
