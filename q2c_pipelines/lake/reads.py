"""What was read, when, and how far: one row a table and read, in the platform's own clock.

Absence is asserted only from here: "B does not have it" needs a read of B that reached past the moment it was due.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec

SCHEMA = pa.schema(
    [
        ("platform", pa.string()),
        ("table_name", pa.string()),
        ("read_started_at", pa.timestamp("us", tz="UTC")),
        ("observed_through", pa.timestamp("us", tz="UTC")),
        ("status", pa.string()),
        ("row_count", pa.int64()),
        ("rejected_count", pa.int64()),
        ("new_columns", pa.string()),
        ("requests", pa.int64()),
        ("error", pa.string()),
        ("load_id", pa.string()),
        ("logged_at", pa.timestamp("us", tz="UTC")),
        ("is_sweep", pa.bool_()),
        ("missing_count", pa.int64()),
        ("gone_count", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Read:
    """One read of one table. `observed_through` is null where it failed: nothing is known to have been seen."""

    platform: str
    table_name: str
    read_started_at: datetime | None
    observed_through: datetime | None
    status: str  # ok | failed
    row_count: int
    rejected_count: int
    new_columns: str
    requests: int
    error: str
    load_id: str = ""
    is_sweep: bool = False
    missing_count: int = 0  # records that lived there and had never been loaded, until this sweep
    gone_count: int = 0  # records that were held and lived no more, as only the names of the living told


def record(lake: Lake, reads: Sequence[Read]) -> None:
    """Add the reads to the log, after their rows are safely in the lake: never ahead of the data."""
    now = datetime.now(UTC)
    rows = [asdict(read) | {"logged_at": now} for read in reads]
    lake.write(f"_reads/{reads[0].platform}/{now:%Y%m%dT%H%M%S.%f}.{uuid.uuid4().hex[:8]}.parquet", rows, SCHEMA)


def latest(lake: Lake) -> list[dict[str, Any]]:
    """The newest read of every table, by platform and table. Looks no further back than to where every declared table was met."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for platform in sorted({file.split("/")[1] for file in lake.names("_reads/*/*.parquet")}):
        missing = set(spec.load(platform).tables) if spec.is_known(platform) else None
        for rows in lake.newest_first(f"_reads/{platform}", SCHEMA):
            found = {(platform, row["table_name"]): row for row in rows.to_pylist()} | found
            if missing is not None and not (missing := missing - set(rows["table_name"].to_pylist())):
                break
    return sorted(found.values(), key=lambda row: row["logged_at"])


def read_through(lake: Lake, platform: str, tables: Collection[str]) -> dict[str, datetime]:
    """How far the newest good read of each of these tables came; one that was never read well is left out."""
    found: dict[str, datetime] = {}
    for rows in lake.newest_first(f"_reads/{platform}", SCHEMA):
        good = {row["table_name"]: row["observed_through"] for row in rows.to_pylist() if row["observed_through"]}
        found = {table: good[table] for table in tables if table in good} | found
        if len(found) == len(tables):
            break
    return found


def totals(lake: Lake, platform: str) -> dict[str, int]:
    """Rows that all reads of a platform brought, by table: the versions its lake holds."""
    found: dict[str, int] = {}
    for row in lake.read(f"_reads/{platform}", SCHEMA).select(["table_name", "row_count"]).to_pylist():
        found[row["table_name"]] = found.get(row["table_name"], 0) + row["row_count"]
    return found
