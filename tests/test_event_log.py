"""What was ever told of events is in the lake, a file for each build that told something."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from q2c_pipelines import event_log
from q2c_pipelines.config import Settings

TOLD = "insert into canonical.business_event_log select range, ?, 'event ' || range from range(?, ?)"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse whose first build told of 250,000 events, and its second of ten."""
    made = Settings(home=tmp_path)
    with duckdb.connect(str(made.warehouse_file)) as db:
        db.execute(
            "create schema canonical; create table canonical.business_event_log (position bigint, batch bigint, event_id text)"
        )
        db.execute(TOLD, [1, 0, 250_000])
        db.execute(TOLD, [2, 250_000, 250_010])
    return made


def test_each_batch_is_kept_once_and_whole(settings: Settings, tmp_path: Path) -> None:
    event_log.keep(settings)
    kept = sorted((tmp_path / "lake" / "_events").iterdir())
    assert [each.name for each in kept] == ["0000000001.parquet", "0000000002.parquet"]
    assert [pq.read_table(each)["event_id"].to_pylist()[-1] for each in kept] == ["event 249999", "event 250009"]
    assert [pq.read_metadata(each).num_rows for each in kept] == [250_000, 10]
    assert pq.read_metadata(kept[0]).num_row_groups > 1, "a large batch goes to the lake piece by piece"

    before = [each.stat().st_mtime_ns for each in kept]
    event_log.keep(settings)
    assert [each.stat().st_mtime_ns for each in kept] == before
