"""The published business events as CloudEvents 1.0, for whoever wants to follow them: JSON lines, in files that never change.

published fct_business_event_versions -> one file for each CHUNK of what one build told -> a folder.  A file is named by the places
in the log that it holds, so that exporting again, from any cursor, writes the same files again, and no event is in two.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson

from q2c_pipelines import whole_file

CHUNK = 10_000  # events in a file, at most
_UNFINISHED = ".events-"
_SAID = ("event_id", "version", "is_withdrawn", "deal_key", "legal_entity", "platform", "entity", "native_id", "document_number")
_MONEY_AND_TIMES = ("amount", "currency", "occurred_at", "recorded_at", "known_from")
_CHUNKS = """
    with placed as (
        select *, position - min(position) over (partition by batch) as place from fct_business_event_versions
    ),
    chunks as (
        select min(position) as first, max(position) as last, max(known_from) as known_at
        from placed group by batch, place // $chunk
    )
    select first, last from chunks where last > $cursor and ($at is null or known_at >= $at) order by first
"""
_EVENTS = "select * from fct_business_event_versions where position between ? and ? order by position"


@dataclass(frozen=True)
class Exported:
    """What an export left; `cursor` is where the next one goes on."""

    files: list[str]
    events: int
    cursor: str


def since(given: str) -> tuple[int, datetime | None]:
    """A cursor, or a time in ISO 8601, UTC where it does not say; nothing is the beginning. Raises ValueError."""
    if not given or given.isdecimal():
        return int(given or 0), None
    try:
        at = datetime.fromisoformat(given)
        return 0, at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    except (ValueError, OverflowError):  # the latter where it is no time in UTC any more
        raise ValueError(f"--since {given} is neither a cursor, a number, nor a time such as 2026-11-01T00:00:00Z") from None


def export(published: Path, begin: tuple[int, datetime | None], folder: Path) -> Exported:
    """Write every file with an event after the cursor, or known at or after the time. Each appears whole or not at all.

    Raises ValueError where the cursor is beyond the last event, or the folder is none.
    """
    cursor, at = begin
    files, events = [], 0
    with duckdb.connect(str(published), read_only=True) as db:
        ((end,),) = db.execute("select coalesce(max(position), 0) from fct_business_event_versions").fetchall()
        if cursor > end:
            raise ValueError(f"--since {cursor} is beyond the last event, which is {end}: no export has given this cursor")
        with _alone_in(folder):
            for first, last in db.execute(_CHUNKS, {"chunk": CHUNK, "cursor": cursor, "at": at}).fetchall():
                name = f"events-{first:012}-{last:012}.jsonl"
                _write(folder / name, b"".join(orjson.dumps(each) + b"\n" for each in _told(db, first, last)))
                files.append(name)
                events += last - first + 1
    return Exported(files, events, str(end))


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """The folder, made where there is none, to one export at a time, without what one that was killed has left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ValueError(f"{folder} is no folder, or is in none: --to names the folder to write to") from None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for unfinished in folder.glob(f"{_UNFINISHED}*"):
            unfinished.unlink()
        yield
    finally:
        os.close(handle)


def cloud_event(row: dict[str, Any]) -> dict[str, Any]:
    """One telling of an event, in the structured form of CloudEvents 1.0; its id is the event's, and which telling it is."""
    told = {
        "specversion": "1.0",
        "id": f"{row['event_id']}-{row['version']}",
        "source": f"/q2c/{row['platform']}/{row['entity']}",
        "type": f"q2c.{row['event_type']}",
        "subject": row["deal_key"],
        "time": _plain(row["occurred_at"]),
        "datacontenttype": "application/json",
        "dataschema": f"urn:q2c:event:{row['event_type']}:{row['schema_version']}",
        "sequence": f"{row['position']:012}",
        "data": {name: _plain(row[name]) for name in _SAID + _MONEY_AND_TIMES},
    }
    return {name: value for name, value in told.items() if value is not None}


def _told(db: duckdb.DuckDBPyConnection, first: int, last: int) -> Iterator[dict[str, Any]]:
    found = db.execute(_EVENTS, [first, last])
    names = [column[0] for column in found.description or []]
    return (cloud_event(dict(zip(names, row, strict=True))) for row in found.fetchall())


def _plain(value: Any) -> Any:
    """Money as text, exact; a time as RFC 3339 wants it."""
    if isinstance(value, Decimal):
        return str(value)
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def _write(file: Path, content: bytes) -> None:
    """The file, whole, on the disk before it has its name; one that is there and says the same is left."""
    if file.exists() and file.read_bytes() == content:
        return
    whole_file.write(file, content, _UNFINISHED)
