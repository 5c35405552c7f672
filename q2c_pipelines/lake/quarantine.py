"""Records that did not fit their declaration: kept raw with the reason, counted, until they come well or are replayed.

refused -> log of refusals and releases -> held. A record waits from its first refusal until a release at or after it; all times are
the platform's clock, so a text that is refused again after it was released waits again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from q2c_pipelines.lake.contract import Rejected
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table, lake_name

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


Row = dict[str, Any]
_BEFORE = datetime.min.replace(tzinfo=UTC)


class Waiting:
    """What of a platform waits in quarantine while it is read: what is refused comes in, what has come well goes out."""

    def __init__(self, lake: Lake, platform: str):
        self._lake, self._platform = lake, platform
        self._held: dict[str, Row] = {}
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._well: dict[tuple[str, str], datetime | None] = {}
        self._refused: set[tuple[str, str]] = set()
        self._add(held(lake, platform))

    def keep(self, rejected: Sequence[Rejected], at: datetime | None) -> None:
        """Put records away before anything else of their read is committed; what is held is not put away again."""
        rows = [_row(self._platform, each, at) for each in rejected]
        if new := [row for row in rows if row["quarantine_id"] not in self._held]:
            _write(self._lake, self._platform, new)
            self._add(new)
        self._refused |= {(each.table, each.key) for each in rejected}

    def came(self, table: Table, rows: pl.DataFrame, at: datetime | None) -> None:
        """Note which records that wait are among these good rows, or begin with the same key columns where only those are known."""
        if not (keys := self._keys[table.name]):
            return
        columns = [pl.col(lake_name(name)).cast(pl.String) for name in table.key]
        for count in range(1, len(columns) + 1):
            found = rows.select(pl.concat_str(columns[:count], separator="|")).to_series()
            self._well |= {(table.name, key): at for key in found.filter(found.is_in(list(keys)))}

    def release(self) -> None:
        """Let go what has come well and was not refused beside it. Only to be called when the good rows are committed."""
        well = {key: at for key, at in self._well.items() if key not in self._refused}
        held = [(row, (row["table_name"], row["native_key"])) for row in self._held.values()]
        release(self._lake, self._platform, [row | {"quarantined_at": well[key]} for row, key in held if key in well])

    def _add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._held[row["quarantine_id"]] = row
            self._keys[row["table_name"]].add(row["native_key"])


def held(lake: Lake, platform: str) -> list[Row]:
    """Records still in quarantine, oldest first, one a record and reason."""
    log = sorted(lake.read(f"_quarantine/{platform}", SCHEMA).to_pylist(), key=_time)
    released = {row["quarantine_id"]: _time(row) for row in log if row["is_released"]}
    waiting: dict[str, Row] = {}
    for row in log:
        name = row["quarantine_id"]
        if not row["is_released"] and (name not in released or _time(row) > released[name]):
            waiting.setdefault(name, row)
    return list(waiting.values())


def pages(rows: Sequence[Row]) -> Iterator[tuple[list[Row], Page]]:
    """The records among these rows as pages, each with its rows: one table and one time of refusal a page, oldest first.

    What is no record, a line or a file that its source could not make out, is left out: it can only come anew.
    """
    records = sorted(filter(_is_record, rows), key=_origin)
    for (_, table), together in groupby(records, key=_origin):
        page = list(together)
        yield page, Page(table, "\n".join(row["raw"] for row in page).encode(), format="ndjson")


def release(lake: Lake, platform: str, rows: Sequence[Row]) -> None:
    """Mark records as read well at the time they have; they stay in the log."""
    if rows:
        _write(lake, platform, [row | {"is_released": True} for row in rows])


def identity(platform: str, each: Rejected) -> str:
    """The same record refused for the same reason has the same id, however often it is read."""
    return hashlib.sha256(f"{platform}|{each.table}|{each.reason}|{each.raw}".encode()).hexdigest()[:32]


def _is_record(row: Row) -> bool:
    with suppress(orjson.JSONDecodeError):
        return isinstance(orjson.loads(row["raw"]), dict)
    return False


def _origin(row: Row) -> tuple[datetime, str]:
    return _time(row), row["table_name"]


def _time(row: Row) -> datetime:
    return row["quarantined_at"] or _BEFORE


def _row(platform: str, each: Rejected, at: datetime | None) -> Row:
    return {
        "quarantine_id": identity(platform, each),
        "platform": platform,
        "table_name": each.table,
        "native_key": each.key,
        "reason": each.reason,
        "raw": each.raw,
        "quarantined_at": at,
        "is_released": False,
    }


def _write(lake: Lake, platform: str, rows: list[Row]) -> None:
    said = "".join(f"{row['quarantine_id']}{row['is_released']}{row['quarantined_at']}" for row in rows)
    name = hashlib.sha256(said.encode()).hexdigest()[:32]
    lake.write(f"_quarantine/{platform}/{name}.parquet", rows, SCHEMA)
