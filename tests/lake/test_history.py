"""What a record said before, and since when, is read from the lake's own files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from q2c_pipelines.lake import history
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Platform

STAMP = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("foreigntotal", pa.decimal128(18, 4)),
        ("lastmodifieddate", STAMP),
        ("q2c_is_deleted", pa.bool_()),
        ("q2c_read_at", STAMP),
    ]
)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path))


@pytest.fixture
def netsuite() -> Platform:
    return spec.load("netsuite")


def keep(lake: Lake, load: str, *rows: tuple[int, int | None, int, bool], committed: bool = True) -> None:
    """One file of one load: id, total, day of its change, and whether it is a tombstone; read the day after."""
    names = SCHEMA.names[:4]
    told = [dict(zip(names, (row[0], row[1], day(row[2]), row[3]), strict=True)) | {"q2c_read_at": day(row[2] + 1)} for row in rows]
    lake.write(f"netsuite/transaction/{load}.aa.parquet", told, SCHEMA)
    if committed:
        lake.write(f"netsuite/_dlt_loads/netsuite__{load}.jsonl", [], SCHEMA)


def test_versions_come_in_order_with_what_changed(lake: Lake, netsuite: Platform) -> None:
    keep(lake, "1.5", (17, 100, 1, False), (18, 7, 1, False))
    keep(lake, "2.5", (17, 125, 5, False))
    keep(lake, "3.5", (17, None, 9, True))
    first, second, gone = history.versions(lake, netsuite, "order", "17")
    assert (first.load_id, first.since, first.read_at, first.changed) == ("1.5", day(1), day(2), {})
    assert (second.load_id, second.changed) == ("2.5", {"foreigntotal": (Decimal(100), Decimal(125))})
    assert second.file.endswith("netsuite/transaction/2.5.aa.parquet")
    assert (gone.is_deleted, gone.changed) == (True, {})


def test_a_load_that_was_not_committed_does_not_count(lake: Lake, netsuite: Platform) -> None:
    keep(lake, "1.5", (17, 100, 1, False))
    keep(lake, "2.5", (17, 125, 5, False), committed=False)
    assert [each.load_id for each in history.versions(lake, netsuite, "order", "17")] == ["1.5"]


@pytest.mark.parametrize("entity", ["order", "payout", "no_such_entity"])
def test_of_what_was_never_read_there_is_no_version(lake: Lake, netsuite: Platform, entity: str) -> None:
    assert history.versions(lake, netsuite, entity, "17") == []


def test_every_version_of_an_instance_is_found_by_its_platforms_staging(lake: Lake) -> None:
    schema = pa.schema([("id", pa.string()), ("q2c_is_deleted", pa.bool_()), ("q2c_read_at", STAMP)])
    row = {"id": "ch_1", "q2c_is_deleted": False, "q2c_read_at": day(1)}
    lake.write("stripe_ca/charge/1.5.aa.parquet", [row], schema)
    lake.write("stripe_ca/_dlt_loads/stripe_ca__1.5.jsonl", [], schema)
    assert [each.table for each in history.versions(lake, spec.load("stripe_ca"), "payment", "ch_1")] == ["charge"]
