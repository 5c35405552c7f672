"""What is told of the warehouse: rows of tables and views alike, and money that is never added up over currencies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines import cycle, facts, project, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.warehouse import BuildFailed, _parsed

REMEDY = "is disposable: q2c rebuild makes it anew from the lake"


@pytest.fixture
def broken(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """An installation whose warehouse is cut off after so many bytes, or junk."""
    settings = Settings(home=tmp_path, platforms=["file_drop"])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create table t as select range as n from range(100_000)")
    whole = settings.warehouse_file.read_bytes()
    settings.warehouse_file.write_bytes(b"junk" * 5000 if request.param is None else whole[: request.param])
    return settings


@pytest.mark.parametrize(
    ("broken", "ask"),
    [
        *((cut, lambda s: warehouse.query(s, "select sum(n) from t")) for cut in (None, 0, 5_000, 300_000)),
        (5_000, facts.of),
        (5_000, cycle.check),
        (None, warehouse.build),
    ],
    ids=["query junk", "query empty", "query head", "query half", "facts", "check", "build"],
    indirect=["broken"],
)
def test_who_meets_a_broken_warehouse_is_told_that_it_is_disposable(broken: Settings, ask: Callable[[Settings], object]) -> None:
    with pytest.raises((duckdb.IOException, BuildFailed), match=REMEDY):
        ask(broken)


def test_a_build_with_too_little_memory_says_how_to_give_it_more(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"allow it more memory \(Q2C_MEMORY\), or fewer threads \(Q2C_THREADS\)$"):
        warehouse.build(Settings(home=tmp_path, platforms=["file_drop"], memory="1MB"))


def test_a_query_that_is_wrong_breaks_no_warehouse(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    duckdb.connect(str(settings.warehouse_file)).close()
    with pytest.raises(duckdb.CatalogException) as wrong:
        warehouse.query(settings, "select * from nothing")
    assert REMEDY not in str(wrong.value)


def test_facts_are_of_tables_and_views_and_name_column_and_currency(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema canonical; create schema marts")
        db.execute("create table canonical.fct_thing (currency varchar, balance decimal(18,4), quantity decimal(18,6))")
        db.execute(
            "insert into canonical.fct_thing values ('USD', 1.5, 7), ('USD', 2, 7), ('GBP', 4, 7), (null, 8, 7), ('EUR', null, 7)"
        )
        db.execute(
            "create view canonical.obs_thing as select currency, balance as amount from canonical.fct_thing where balance < 4"
        )
        db.execute("create table marts.mart_lag as select cast(3 as decimal(18,4)) as lag_hours")
    assert facts.of(settings) == {
        "fct_thing": {"dagster/row_count": 5, "balance USD": 3.5, "balance GBP": 4.0},
        "obs_thing": {"dagster/row_count": 2, "amount USD": 3.5},
        "mart_lag": {"dagster/row_count": 1},
    }


def test_facts_of_findings_count_by_state_and_their_money_is_that_of_breaks(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema mismatches")
        columns = "state varchar, clears_on timestamp, amount_at_risk decimal(18,4), currency varchar"
        db.execute(f"create table mismatches.finding ({columns})")
        made = [("break", 5), ("break", 6), ("timing", 100)]
        db.executemany("insert into mismatches.finding values (?, null, ?, 'USD')", made)
    assert facts.of(settings)["finding"] == {
        "dagster/row_count": 3,
        "breaks": 2,
        "not yet due": 1,
        "indeterminate": 0,
        "amount_at_risk USD": 11.0,
    }


def test_a_column_name_that_comes_again_gets_a_number(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    duckdb.connect(str(settings.warehouse_file)).close()
    assert warehouse.query(settings, "select 1 as name, 2 as name") == [{"name": 1, "name_1": 2}]


def test_links_lead_to_where_people_open_their_records(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, platforms=["salesforce", "zuora"])
    assert project.variables(settings) == {"enabled_platforms": ["salesforce", "zuora"], "kinds": {}}
    settings.connections_file.write_text(
        "salesforce: {base_url: 'https://x', credentials: {consumer_secret: 'env:NOT_SET'},"
        " settings: {web_url: 'https://acme.lightning.force.com/'}}\nzuora: {base_url: 'https://y'}"
    )
    assert project.variables(settings) == {
        "enabled_platforms": ["salesforce", "zuora"],
        "kinds": {},
        "salesforce_url": "https://acme.lightning.force.com",
    }


def test_what_is_wrong_with_a_model_is_told_once_and_without_the_macros_on_the_way() -> None:
    said = """Compilation Error in model mismatch__mine (models/mismatches/rules/mismatch__mine.sql)
      This model has an enforced contract, and its 'columns' specification is missing

      > in macro assert_columns_equivalent (macros/relations/column/columns_spec_ddl.sql)
      > called by macro create_table_as (macros/adapters.sql)"""
    told = "Compilation Error: This model has an enforced contract, and its 'columns' specification is missing"
    assert warehouse._short(said) == told


@pytest.mark.parametrize(
    ("cut", "remedy"),
    [
        ("netsuite/transaction/1.2.parquet", "delete it, then q2c sync -p netsuite --sweep reads again what was in it"),
        ("_reads/netsuite/1.parquet", "restore it, or move it away"),
    ],
    ids=["records", "log"],
)
@pytest.mark.parametrize("size", [2, 60])
def test_who_meets_a_lake_file_that_was_cut_off_is_told_how_to_mend_it(tmp_path: Path, cut: str, remedy: str, size: int) -> None:
    file = tmp_path / "a company's lake" / cut
    file.parent.mkdir(parents=True)
    file.write_bytes(b"PAR1" * (size // 4) + b"xx")
    with pytest.raises(duckdb.Error) as said:
        duckdb.read_parquet(str(file)).fetchall()
    settings = Settings(home=tmp_path, platforms=["netsuite"])
    assert remedy in warehouse._remedy(settings, str(said.value))


def test_views_and_seeds_stand_until_they_are_defined_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    def invoked(settings: Settings, _: warehouse.Progress | None, at_rest: set[str] | None) -> warehouse.Build:
        with duckdb.connect(str(settings.warehouse_file)) as db:
            db.execute("create schema if not exists staging; create schema if not exists canonical")
            db.execute("create table if not exists canonical.lake_load (platform varchar, load_id varchar)")
            db.execute("create table if not exists staging.taken_load (model_name varchar, load_id varchar)")
        warehouse._define(settings, "")  # as every run of dbt begins
        made.append(at_rest is None)
        if settings.platforms == ["zuora"]:
            raise BuildFailed("disk full")
        return warehouse.Build(1, {})

    monkeypatch.setattr(warehouse, "_invoke", invoked)
    settings, fails = (Settings(home=tmp_path, platforms=[name]) for name in ("stripe", "zuora"))
    for _ in range(2):
        warehouse.build(settings)
    assert made == [True, False]
    with pytest.raises(BuildFailed):
        warehouse.build(fails)
    for _ in range(2):
        warehouse.build(settings)
    assert made[2:] == [True, True, False], "half of them may be as another build wanted them"
    warehouse.rebuild(settings)
    settings.warehouse_file.unlink()
    warehouse.build(settings)
    assert made[5:] == [True, True]


def test_a_base_model_is_at_rest_when_it_has_taken_every_file(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, platforms=["zuora"])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema staging; create table staging.taken_load (model_name varchar, load_id varchar)")
        db.execute(
            "insert into staging.taken_load values"
            " ('base_zuora__invoice', '1700000000.1'), ('base_zuora__subscription', '1700000000.1')"
        )
    every = {f"base_zuora__{table}" for table in settings.enabled[0].tables}
    for file in (
        "invoice/1700000000.1.00ff",
        "subscription/1700000000.1.00ff",
        "subscription/1700000000.2.00ff",
        "account/1700000000.1.00ff",
    ):
        place = tmp_path / "lake" / "zuora" / f"{file}.parquet"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    assert warehouse._at_rest(settings) == every - {"base_zuora__subscription", "base_zuora__account"}


def test_a_load_that_is_committed_while_others_are_built_is_taken_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, resting = Settings(home=tmp_path, platforms=["zuora"]), []

    def invoked(settings: Settings, _: warehouse.Progress | None, at_rest: set[str]) -> warehouse.Build:
        resting.append(at_rest)
        file = tmp_path / "lake" / "zuora" / "subscription" / "1700000000.1.00ff.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        with duckdb.connect(str(settings.warehouse_file)) as db:
            db.execute("insert into canonical.lake_load values ('zuora', '1700000000.1')")
            if "base_zuora__subscription" not in at_rest:
                db.execute("insert into staging.taken_load values ('base_zuora__subscription', '1700000000.1')")
        return warehouse.Build(1, {})

    monkeypatch.setattr(warehouse, "_invoke", invoked)
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema staging; create table staging.taken_load (model_name varchar, load_id varchar)")
        db.execute("create schema canonical; create table canonical.lake_load (platform varchar, load_id varchar)")
    warehouse._define(settings, project.definitions(settings))
    warehouse.build(settings)
    assert [len(settings.enabled[0].tables) - len(each) for each in resting] == [0, 1]
    warehouse.build(settings)
    assert len(resting) == 3


@pytest.mark.parametrize("file", ["partial_parse.msgpack", "manifest.json", "manifest.digest"])
@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b"\xff half"), lambda file: file.write_bytes(b"")])
def test_what_dbt_kept_and_is_not_whole_is_parsed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, harm: Callable[[Path], object]
) -> None:
    settings, target, parses = Settings(home=tmp_path, platforms=["zuora"]), tmp_path / "target", []

    def parse(*_: object) -> None:
        parses.append(sorted(each.name for each in target.iterdir() if each.name != "parse.lock"))
        for name in ("partial_parse.msgpack", "manifest.json"):
            (target / name).write_text(name)

    monkeypatch.setattr(warehouse, "_dbt", parse)
    for _ in range(2):
        with _parsed(settings):
            pass
    assert len(parses) == 1
    harm(target / file)
    for _ in range(2):
        with _parsed(settings) as folder:
            assert (folder / "manifest.json").read_text() == "manifest.json"
    assert parses == [[], []], "of what is not whole nothing is used"
    (tmp_path / "connections.yaml").write_text("zuora: {base_url: 'https://x', settings: {web_url: 'https://y'}}")
    with _parsed(settings):
        assert parses[2:] == [["manifest.json", "partial_parse.msgpack"]], "what is whole saves dbt the rest"


def test_a_rebuild_that_cannot_be_begun_leaves_what_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, platforms=["zuora"])
    settings.warehouse_file.write_text("stands")

    def unwell(*_: object) -> None:
        raise BuildFailed("no such macro")

    monkeypatch.setattr(warehouse, "_parsed", _parsed)
    monkeypatch.setattr(warehouse, "_dbt", unwell)
    with pytest.raises(BuildFailed, match="no such macro"):
        warehouse.rebuild(settings)
    assert settings.warehouse_file.read_text() == "stands"


def test_a_definition_is_what_its_file_holds_whenever_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("otherwise: approve\n")
    before, settings = file.stat(), Settings(home=tmp_path)
    one = project.definitions(settings, [file])
    file.write_text("otherwise: never\n\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert project.definitions(settings, [file]) != one
    file.write_text("otherwise: approve\n")
    assert project.definitions(settings, [file]) == one
