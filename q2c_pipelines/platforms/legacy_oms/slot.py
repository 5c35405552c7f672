"""The replication slot: what PostgreSQL keeps of its log for this reader, and how much of it.

look -> Slot | None;  create -> place and snapshot;  advance: what the lake proves to hold is let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from q2c_pipelines.platforms.legacy_oms.position import number, written

_LOOK = """
select
    confirmed_flush_lsn::text as confirmed,
    wal_status,
    to_jsonb(slots) ->> 'invalidation_reason' as reason,
    pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint as kept,
    (select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size') as most
from pg_replication_slots as slots
where slot_name = %s
"""
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Slot:
    """A slot as it is. `lost`: why nothing can be read from it any more; empty while it can."""

    name: str
    confirmed: int
    lost: str
    kept: int  # bytes of log that it holds back
    most: int  # megabytes that it may hold back; -1: without bound
    status: str

    @property
    def notes(self) -> list[str]:
        """What whoever runs the database should know."""
        said = []
        if self.most < 0:
            said.append(
                "max_slot_wal_keep_size is -1: while nobody reads, the slot keeps log until the disk is full; set it (10GB, say)"
            )
        if self.status not in ("reserved", "lost"):
            said.append(
                f"the replication slot {self.name} is {self.status}, {self.kept // _MEGABYTE} MB behind; read it before it is lost"
            )
        return said


def look(connection: psycopg.Connection[Any], name: str) -> Slot | None:
    """The slot of that name, if there is one."""
    row = connection.cursor(row_factory=dict_row).execute(_LOOK, (name,)).fetchone()
    if row is None:
        return None
    lost = row["reason"] or ("its log is gone" if row["wal_status"] == "lost" or row["confirmed"] is None else "")
    return Slot(name, number(row["confirmed"] or "0/0"), lost, row["kept"] or 0, row["most"], row["wal_status"])


def create(replication: psycopg.Connection[Any], name: str, *, is_temporary: bool) -> tuple[int, str]:
    """A new slot: the place it begins at, and the snapshot of that place, which lasts until the connection is used again."""
    name, how = (f"{name}_copy", "TEMPORARY ") if is_temporary else (name, "")
    command = sql.SQL("CREATE_REPLICATION_SLOT {} {}LOGICAL pgoutput EXPORT_SNAPSHOT").format(sql.Identifier(name), sql.SQL(how))
    row = replication.execute(command).fetchone()
    assert row is not None
    _, place, snapshot, _ = row
    return number(place), str(snapshot)


def drop(connection: psycopg.Connection[Any], name: str) -> None:
    """Let go of the slot and of all that it keeps."""
    connection.execute("select pg_drop_replication_slot(%s)", (name,))


def advance(connection: psycopg.Connection[Any], slot: Slot, lsn: int) -> None:
    """Let go of what is before that place."""
    if lsn > slot.confirmed:
        connection.execute("select pg_replication_slot_advance(%s, %s::pg_lsn)", (slot.name, written(lsn)))
