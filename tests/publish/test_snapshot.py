"""A publication is whole or does not happen, and disturbs nobody who reads the last one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from q2c_pipelines.publish import snapshot
from q2c_pipelines.publish.snapshot import PublicationRefused, publish


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    file = tmp_path / "a company's own" / "its-own.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as db:
        db.execute("create schema marts; create schema staging")
        db.execute("create table marts.mart_deals as select 1 as deal, 10.5::decimal(18,4) as amount")
        db.execute("create table staging.secret as select 1 as x")
    return file


def test_marts_are_published_and_nothing_else(warehouse: Path, tmp_path: Path) -> None:
    done = publish(warehouse, tmp_path / "out" / "marts.duckdb")
    assert done.rows == {"mart_deals": 1}
    with duckdb.connect(str(done.file), read_only=True) as db:
        assert db.sql("select table_name from duckdb_tables()").fetchall() == [("mart_deals",)]
    assert [each.name for each in done.file.parent.iterdir()] == ["marts.duckdb"]


def test_of_the_mismatches_what_analysts_read_is_published(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as db:
        db.execute("create schema mismatches")
        for name in ("fct_mismatches", "finding", "mismatch__price_differs", "order_of_quote"):
            db.execute(f"create table mismatches.{name} as select 1 as x")
    assert set(publish(warehouse, tmp_path / "marts.duckdb").rows) == {"mart_deals", "fct_mismatches", "finding"}


def test_business_events_are_published(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as db:
        db.execute("create schema canonical")
        for name in ("fct_business_events", "fct_business_event_versions", "business_event_log", "fct_invoice"):
            db.execute(f"create table canonical.{name} as select 1 as x")
    assert set(publish(warehouse, tmp_path / "marts.duckdb").rows) == {
        "mart_deals",
        "fct_business_events",
        "fct_business_event_versions",
    }


def test_what_a_view_shows_is_published_as_a_table(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as db:
        db.execute('create view marts.mart_timeline as select x as event from "its-own".staging.secret')
    done = publish(warehouse, tmp_path / "marts.duckdb")
    assert done.rows == {"mart_deals": 1, "mart_timeline": 1}
    with duckdb.connect(str(done.file), read_only=True) as db:
        assert db.sql("select event from mart_timeline").fetchall() == [(1,)]
        assert db.sql("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]


def test_an_open_reader_keeps_the_old_version_whole(warehouse: Path, tmp_path: Path) -> None:
    published = publish(warehouse, tmp_path / "marts.duckdb").file
    reader = duckdb.connect(str(published), read_only=True)
    before = reader.sql("select * from mart_deals").fetchall()
    with duckdb.connect(str(warehouse)) as db:
        db.execute("insert into marts.mart_deals values (2, 20)")
    publish(warehouse, published)
    assert reader.sql("select * from mart_deals").fetchall() == before
    reader.close()
    with duckdb.connect(str(published), read_only=True) as new:
        assert new.sql("select count(*) from mart_deals").fetchall() == [(2,)]


def test_a_failure_leaves_the_last_publication_and_no_rest(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = publish(warehouse, tmp_path / "out" / "marts.duckdb").file
    before = published.read_bytes()

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_flush", full)
    with pytest.raises(OSError, match="No space left"):
        publish(warehouse, published)
    assert published.read_bytes() == before
    assert [each.name for each in published.parent.iterdir()] == ["marts.duckdb"]


def test_what_a_killed_publication_left_is_cleared_away(warehouse: Path, tmp_path: Path) -> None:
    published = publish(warehouse, tmp_path / "out" / "marts.duckdb").file
    for left in (".marts.duckdb.abc.building", ".marts.duckdb.abc.building.wal"):
        (published.parent / left).write_bytes(b"half")
    publish(warehouse, published)
    assert [each.name for each in published.parent.iterdir()] == ["marts.duckdb"]


def test_an_empty_warehouse_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(PublicationRefused, match="nothing to publish"):
        publish(empty, tmp_path / "marts.duckdb")
    assert not (tmp_path / "marts.duckdb").exists()
