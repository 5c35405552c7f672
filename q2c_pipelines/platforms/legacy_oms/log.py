"""One read of the log: what changed since the slot's place, by table, and copies of tables that cannot be read on.

slot -> changes -> spools -> pages;  exported snapshot -> copies -> pages;  positions that the lake proves -> the slot moves on

A table is read on from its position only where the slot still has everything after it; wherever that cannot be (no slot, a slot
that was lost or read by somebody else, another server, a restored backup, a truncated table) it is copied whole, and the copy
names the living.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.legacy_oms import copying, pgoutput
from q2c_pipelines.platforms.legacy_oms import slot as slots
from q2c_pipelines.platforms.legacy_oms.changes import Changes, Key, spooled
from q2c_pipelines.platforms.legacy_oms.position import Position, number, written
from q2c_pipelines.platforms.legacy_oms.shape import Record, Shape
from q2c_pipelines.platforms.legacy_oms.spool import Spool
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Platform, Table

if TYPE_CHECKING:
    from q2c_pipelines.platforms.legacy_oms.connection import Database

_SERVER = """
select
    system_identifier::text,
    (select timeline_id from pg_control_checkpoint()),
    pg_current_wal_flush_lsn()::text
from pg_control_system()
"""
_PUBLISHED = "select tablename from pg_publication_tables where pubname = %s and schemaname = %s"
_PEEK = """
select data from pg_logical_slot_peek_binary_changes(
    %s, %s::pg_lsn, null, 'proto_version', '1', 'publication_names', %s
)
"""
_FETCHED = 5000  # messages that come at once


class Log:
    """The log of one read. `at`: the database's clock when the read's end was fixed; `notes`: what is worth telling."""

    def __init__(self, database: Database, platform: Platform):
        self._database = database
        settings = database.settings
        self._name, self._publication, self._schema = settings["slot"], settings["publication"], settings["schema"]
        self._tables = {table.object: table for table in platform.tables.values()}
        self._names = set(platform.tables)
        self._reader, self._sight = database.connect("reader"), database.connect("reader")
        with database.errors("open the log"):
            self._sight.execute("begin isolation level repeatable read read only")
            self._sight.execute("select")  # from here on it sees what is committed by now, which the log below has to its end
            self._require_published()
            self.slot = slots.look(self._reader, self._name)
            system, timeline, lsn = _one(self._reader, _SERVER)
            self.here = Position(system, timeline, number(lsn))
            (self.at,) = _one(self._reader, "select now()")
        self.notes: list[str] = self.slot.notes if self.slot else []
        self._lost = self._loss()
        self._proved: dict[str, int] = {}
        self._spools: dict[str, Spool] = {}
        self._since: datetime | None = None
        self._copying: tuple[psycopg.Connection[Any], int] | None = None

    def breach(self, position: Position) -> str:
        """Why not everything after that place is to be had any more; empty where it is."""
        if self._lost:
            return self._lost
        slot, here = self.slot, self.here
        if slot and position.at(here.lsn) == here and slot.confirmed <= position.lsn <= here.lsn:
            return ""
        return f"the replication slot {self._name} or the server is not the one that was read before"

    def changes(self, table: Table, since: Position) -> Iterator[Page]:
        """What became of the table's records from there to here. The place is proved held, and let go with all tables'."""
        spool = self._spooled()[table.name]
        self._prove(table, since)
        if spool.truncated_at >= since.lsn:
            yield from self.copy(table)
            return
        yield from spool.pages(since.lsn)
        yield self._ended(table, self.here.lsn)

    def copy(self, table: Table) -> Iterator[Page]:
        """All of the table, as of one place for all tables that are copied in this read."""
        with self._database.errors(f"copy {table.object}"):
            connection, lsn = self._copying = self._copying or self._snapshot()
            with connection.transaction():  # of its own within the snapshot: one table's error is not all tables'
                yield from copying.pages(connection, copying.described(connection, self._schema, table), lsn)
        yield Page(table.name, b"", format="ndjson", names_living=True)
        yield self._ended(table, lsn)

    def sweep(self, table: Table) -> Iterator[Page]:
        """The keys of all records that live; of a table without a key, none: its rows are only added, or truncated."""
        with self._database.errors(f"sweep {table.object}"), self._sight.transaction():
            shape = copying.described(self._sight, self._schema, table)
            if shape.key:
                yield from copying.names(self._sight, shape)

    def glance(self, table: Table, since: datetime) -> Iterator[Page]:
        """What was committed after that time; keeps nothing and lets go of nothing. Raises where the table may not be read."""
        look = sql.SQL("select from {} limit 1").format(sql.Identifier(self._schema, table.object))
        with self._database.errors(f"read {table.object}", tried=look.as_string(self._reader)):
            self._reader.execute(look)
        if self.slot and not self.slot.lost:
            yield from self._spooled(since)[table.name].pages(0)

    def _require_published(self) -> None:
        found = {name for (name,) in self._reader.execute(_PUBLISHED, (self._publication, self._schema))}
        if missing := sorted(set(self._tables) - found):
            tables = ", ".join(f"{self._schema}.{name}" for name in missing)
            raise Terminal(
                f"{self._database.title}: the publication {self._publication} is without {tables}, whose changes would never come; "
                f"alter publication {self._publication} add table {tables}",
                platform=self._database.platform,
                code="42704",
            )

    def _loss(self) -> str:
        if self.slot is None:
            return f"the replication slot {self._name} does not exist any more"
        return f"the replication slot {self._name} was lost ({self.slot.lost})" if self.slot.lost else ""

    def _prove(self, table: Table, position: Position) -> None:
        self._proved[table.name] = position.lsn
        if self._proved.keys() == self._names and self.slot:
            with self._database.errors("confirm what was read"):
                slots.advance(self._reader, self.slot, min(self._proved.values()))

    def _ended(self, table: Table, lsn: int) -> Page:
        return Page(table.name, b"", format="ndjson", position=str(self.here.at(lsn)))

    def _spooled(self, since: datetime | None = None) -> dict[str, Spool]:
        """The changes of every table from the slot's place to here, or those after some time."""
        if not self._spools or since != self._since:
            changes, self._since = Changes(self._schema, self._tables, since), since
            self._spools = {name: Spool(name) for name in self._names}
            with self._database.errors("read the log"), self._reader.transaction():
                spooled(changes.of(self._messages()), self._spools, self._filled)
            self.here = self.here.at(max(self.here.lsn, changes.end))
        return self._spools

    def _messages(self) -> Iterator[pgoutput.Message]:
        with self._reader.cursor("q2c_log", binary=True) as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(_PEEK, (self._name, written(self.here.lsn), self._publication))
            for (data,) in cursor:
                yield self._decoded(data)

    def _decoded(self, data: bytes) -> pgoutput.Message:
        try:
            return pgoutput.decoded(data)
        except pgoutput.Undecodable as error:
            raise Terminal(f"{self._database.title}: read the log: {error}", platform=self._database.platform) from error

    def _filled(self, shape: Shape, keys: list[Key]) -> dict[Key, Record]:
        now = copying.described(self._reader, self._schema, shape.table)
        records = [now.record(row) for row in copying.rows(self._reader, now, keys)]
        return {now.key_of(record): record for record in records}

    def _snapshot(self) -> tuple[psycopg.Connection[Any], int]:
        """A connection that sees one place of the log, where there is no slot to be read its beginning, and that place.

        A slot that lasts no longer than its connection is made for the place alone: what was committed before it is seen, no more.
        """
        connection, is_new = self._database.connect("reader"), self.slot is None or bool(self.slot.lost)
        if self.slot and is_new:
            slots.drop(self._reader, self._name)
        with self._database.connect("reader", replication="database") as replication:
            lsn, snapshot = slots.create(replication, self._name, is_temporary=not is_new)
            connection.execute("begin isolation level repeatable read read only")
            connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
        if is_new:
            self.slot = slots.look(self._reader, self._name)
        return connection, lsn


def _one(connection: psycopg.Connection[Any], query: LiteralString) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
