"""Records that did not fit their declaration: kept raw with the reason, counted, and replayed once the cause is mended."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from q2c_pipelines.lake.contract import Rejected
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.page import Page

SCHEMA = pa.schema(
    [
        ("quarantine_id", pa.string()),
        ("platform", pa.string()),
        ("table_name", pa.string()),
        ("native_key", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
        ("quarantined_at", pa.timestamp("us", tz="UTC")),
        ("is_released", pa.bool_()),
    ]
)


def keep(lake: Lake, platform: str, rejected: Sequence[Rejected], at: datetime | None) -> None:
    """Put rejected records away before anything else of their read is committed; the same record twice is kept once."""
    if rejected:
        _write(lake, platform, [_row(platform, each, at, released=False) for each in rejected])


def held(lake: Lake, platform: str) -> list[dict[str, object]]:
    """Records still in quarantine, oldest first, one a record and reason."""
    rows = lake.read(f"_quarantine/{platform}", SCHEMA).to_pylist()
    released = {row["quarantine_id"] for row in rows if row["is_released"]}
    return list({row["quarantine_id"]: row for row in rows if row["quarantine_id"] not in released}.values())


def pages(rows: Sequence[dict[str, object]]) -> list[Page]:
    """Quarantined records as pages to be read again, one a table."""
    tables = sorted({str(row["table_name"]) for row in rows})
    return [Page(t, "\n".join(str(row["raw"]) for row in rows if row["table_name"] == t).encode(), format="ndjson") for t in tables]


def release(lake: Lake, platform: str, rows: Sequence[dict[str, object]]) -> None:
    """Mark records as read again; they stay in the log."""
    if rows:
        _write(lake, platform, [row | {"is_released": True, "quarantined_at": datetime.now(UTC)} for row in rows])


def identity(platform: str, each: Rejected) -> str:
    """The same record refused for the same reason has the same id, however often it is read."""
    return hashlib.sha256(f"{platform}|{each.table}|{each.reason}|{each.raw}".encode()).hexdigest()[:32]


def _row(platform: str, each: Rejected, at: datetime | None, *, released: bool) -> dict[str, object]:
    return {
        "quarantine_id": identity(platform, each),
        "platform": platform,
        "table_name": each.table,
        "native_key": each.key,
        "reason": each.reason,
        "raw": each.raw,
        "quarantined_at": at,
        "is_released": released,
    }


def _write(lake: Lake, platform: str, rows: list[dict[str, object]]) -> None:
    name = hashlib.sha256("".join(f"{row['quarantine_id']}{row['is_released']}" for row in rows).encode()).hexdigest()[:32]
    lake.write(f"_quarantine/{platform}/{name}.parquet", rows, SCHEMA)
