"""What the lake remembers of one record: every version that was read of it, and what changed from one to the next.

platform, entity, native id -> the tables it lies in (record_keys) -> the rows of all their files -> versions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from q2c_pipelines.lake import record_keys
from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.lake.dbt_sources import DBT_PROJECT
from q2c_pipelines.lake.record_keys import RecordKey
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.spec import Platform, Table, kind_of, lake_name

Row = Mapping[str, Any]
_ROWS = "select * from lake where {native_id} = ?"


@dataclass(frozen=True)
class Version:
    """A record as one read brought it. `changed` has what differs from the version before, and nothing for the first."""

    table: str
    key: str  # of the row in its table: a record may be made of several
    since: datetime | None  # by the record's own stamp; by the read where it has none
    read_at: datetime
    load_id: str
    file: str
    is_deleted: bool
    changed: dict[str, tuple[Any, Any]]


def versions(lake: Lake, platform: Platform, entity: str, native_id: str) -> list[Version]:
    """Every version of a record, oldest first; none of an entity whose id is made from several tables at once."""
    kind = kind_of(platform.name)
    staging = DBT_PROJECT / "models" / "staging" / kind / f"stg_{kind}__{entity}.sql"
    keys = record_keys.of(platform, staging) if staging.exists() else []
    told = [version for key in keys for version in _of_table(lake, platform, key, native_id)]
    return sorted(told, key=lambda each: (each.since or each.read_at, each.load_id, each.table))


def _of_table(lake: Lake, platform: Platform, key: RecordKey, native_id: str) -> Iterator[Version]:
    """The versions in one table; a record of several rows has those of each."""
    table = platform.tables[key.table]
    committed = {Path(name).name.split("__")[-1].partition(".jsonl")[0] for name in lake.names(f"{platform.name}/_dlt_loads/*")}
    found = lake.ask(f"{platform.name}/{key.table}/*.parquet", _ROWS.format(native_id=key.native_id), [native_id])
    rows: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted((each for each in found if _load_of(each) in committed), key=lambda each: (each[READ_AT], each["filename"])):
        rows.setdefault(tuple(row[lake_name(name)] for name in table.key), []).append(row)
    return (version for each in rows.values() for version in _told(table, each))


def _told(table: Table, rows: Iterable[Row]) -> Iterator[Version]:
    cursor = lake_name(table.cursor) if table.cursor else READ_AT
    before: Row = {}
    for row in rows:
        held = {lake_name(name) for name in table.columns} - {cursor}
        changed = {name: (before[name], row.get(name)) for name in sorted(held & set(before)) if before[name] != row.get(name)}
        key = " ".join(str(row[lake_name(name)]) for name in table.key)
        told = {} if row[DELETED] else changed
        yield Version(table.name, key, row.get(cursor), row[READ_AT], _load_of(row), row["filename"], row[DELETED], told)
        before = before if row[DELETED] else row


def _load_of(row: Row) -> str:
    return str(Path(row["filename"]).name.rsplit(".", 2)[0])
