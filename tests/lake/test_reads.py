"""The log of reads tells the newest of every table, and does not grow dearer to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from q2c_pipelines.lake import reads
from q2c_pipelines.lake.storage import Lake, UnreadableLake
from q2c_pipelines.platforms import spec

TABLES = list(spec.load("netsuite").tables)


def read(table: str, status: str = "ok") -> reads.Read:
    return reads.Read("netsuite", table, None, None, status, 0, 0, "", 1, "")


def test_the_newest_read_of_every_table_counts(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    reads.record(lake, [read(table) for table in TABLES])
    reads.record(lake, [read(TABLES[0], "failed")])
    found = {each["table_name"]: each["status"] for each in reads.latest(lake)}
    assert found == {table: "failed" if table == TABLES[0] else "ok" for table in TABLES}


def test_what_lies_before_a_read_of_every_table_is_not_opened(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    reads.record(lake, [read(TABLES[0])])
    next((tmp_path / "_reads/netsuite").iterdir()).write_bytes(b"broken")
    with pytest.raises(UnreadableLake):
        reads.latest(lake)
    reads.record(lake, [read(table) for table in TABLES])
    assert len(reads.latest(lake)) == len(TABLES)


def test_a_table_is_read_through_as_far_as_its_newest_good_read(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    first, second, *_ = TABLES
    for day in (1, 2):
        reads.record(lake, [replace(read(first), observed_through=datetime(2026, 11, day, tzinfo=UTC)), read(second, "failed")])
    reads.record(lake, [read(first, "failed")])
    assert reads.read_through(lake, "netsuite", {first, second}) == {first: datetime(2026, 11, 2, tzinfo=UTC)}
