"""The published marts: a separate DuckDB file, replaced whole by an atomic rename.

All of `marts`, the business events, and of `mismatches` what analysts read: what each rule computes on the way stays.

A reader that has the old file open keeps it whole; a new one gets the new. A failure anywhere leaves the last publication.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

FINDINGS = ("fct_mismatches", "finding", "fct_mismatch_causes")  # published beside the marts
EVENTS = ("fct_business_events", "fct_business_event_versions")  # and so is what happened


class PublicationRefused(RuntimeError):
    """The new publication is not what it should be; the last one stays."""


@dataclass(frozen=True)
class Publication:
    file: Path
    rows: dict[str, int]  # by table
    size: int  # bytes


def publish(warehouse: Path, published: Path) -> Publication:
    """Copy the marts and the findings, tables and what views show, into a new file, audit it, and put it in place.

    Raises PublicationRefused when what was written is not what was read; OSError when the disk is full. Then nothing is replaced.
    """
    published.parent.mkdir(parents=True, exist_ok=True)
    for left in published.parent.glob(f".{published.name}.*"):  # of a publication that was killed
        left.unlink()
    handle, name = tempfile.mkstemp(suffix=".building", prefix=f".{published.name}.", dir=published.parent)
    os.close(handle)
    building = Path(name)
    building.unlink()
    try:
        expected = _copy(warehouse, building)
        _audit(building, expected)
        _flush(building)
        os.replace(building, published)
        _flush(published.parent)
    finally:
        for left in (building, Path(f"{building}.wal")):
            left.unlink(missing_ok=True)
    return Publication(published, expected, published.stat().st_size)


def _copy(warehouse: Path, building: Path) -> dict[str, int]:
    with duckdb.connect(str(building)) as db:
        source = _quoted(warehouse.stem, '"')  # its views name it so
        file = _quoted(str(warehouse), "'")
        db.execute(f"attach {file} as {source} (read_only)")
        tables = db.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = ? and (table_schema = 'marts' or table_schema = 'mismatches' and list_contains(?, table_name) "
            "or table_schema = 'canonical' and list_contains(?, table_name)) order by all",
            [warehouse.stem, FINDINGS, EVENTS],
        ).fetchall()
        rows = {}
        for schema, table in tables:
            db.execute(f'create table "{table}" as from {source}."{schema}"."{table}"')
            rows[table] = _count(db, f'{source}."{schema}"."{table}"')
        db.execute(f"detach {source}")
        db.execute("checkpoint")
    return rows


def _quoted(said: str, mark: str) -> str:
    """A text or a name as SQL has it."""
    return f"{mark}{said.replace(mark, mark * 2)}{mark}"


def _audit(building: Path, expected: dict[str, int]) -> None:
    if not expected:
        raise PublicationRefused("there is nothing to publish: the warehouse holds no marts; build it first (q2c sync)")
    if Path(f"{building}.wal").exists():
        raise PublicationRefused(f"{building} was not checkpointed")
    with duckdb.connect(str(building), read_only=True) as db:
        found = {table: _count(db, f'"{table}"') for table in expected}
    if found != expected:
        wrong = {table: (expected[table], found[table]) for table in expected if expected[table] != found[table]}
        raise PublicationRefused(f"rows were lost on the way (table: expected, written): {wrong}")


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    row = db.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
