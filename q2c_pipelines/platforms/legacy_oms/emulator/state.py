"""The OMS's records as the sandbox handles them: filled from the world, moved with its clock, broken on purpose.

Server -> database -> State.  What the world does is not counted and obeys no trigger; what is planted obeys them as any change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, cast

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from q2c_pipelines.platforms.emulation import By, Row, State, differences
from q2c_pipelines.platforms.legacy_oms.emulator.clock import CLOCK, EFFECTS
from q2c_pipelines.platforms.legacy_oms.emulator.schema import GRANTS, KEYS, PUBLICATION, RULES, TABLES
from q2c_pipelines.platforms.legacy_oms.emulator.server import HOST, SUPERUSER, Server, require_free

_PATH = "-c search_path=sandbox,pg_catalog,oms -c timezone=UTC -c client_min_messages=warning"
_EFFECTS = "select table_name, change, count(*) as records from sandbox.effects where by = 'api' group by 1, 2 order by 1, 2"


class Database(State):
    """The records of one database of a server."""

    Error = psycopg.Error

    def __init__(self, server: Server, name: str, roles: Mapping[str, str], now: datetime):
        self._server, self._name, self._roles, self._keys = server, name, roles, KEYS
        self._moves_from = ""
        if not self._exists():
            self._make(now)
        self.pg = self._connect(name)

    def listen(self, port: int) -> str:
        """Serve at that port; 0: where it is served already. Raises OSError where the port is taken."""
        if port and port != self._server.port:
            require_free(port)
            self.pg.close()
            self._server.listen(port)
            self.pg = self._connect(self._name)
        return f"postgresql://{HOST}:{self._server.port}/{self._name}"

    def close(self) -> None:
        self.pg.close()
        self._server.stop()

    def select(self, query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        return self.pg.execute(cast(Any, query), params or None).fetchall()

    def get(self, table: str, key: Any) -> Row | None:
        found = self.matching(table, {self.key(table): key})
        return found[0] if found else None

    def matching(self, table: str, where: Row) -> list[Row]:
        tests = sql.SQL(" and ").join(
            sql.SQL("{} is not distinct from {}").format(sql.Identifier(name), sql.Literal(_unknown(value)))
            for name, value in where.items()
        )
        return self.pg.execute(sql.SQL("select * from {} where {}").format(_table(table), tests)).fetchall()

    def tables(self) -> list[str]:
        return [row["tablename"] for row in self.select("select tablename from pg_tables where schemaname = 'oms' order by 1")]

    def effects(self) -> list[Row]:
        return self.select(_EFFECTS)

    def load(self, table: str, frame: pl.DataFrame) -> None:
        with self._as_the_world():
            self._add(table, frame)
        self.pg.execute("update sandbox.clock set begins = pg_current_wal_insert_lsn()")
        self._moves_from = ""

    def follow(self, table: str, before: pl.DataFrame, after: pl.DataFrame) -> None:
        key = self.key(table)
        with self._as_the_world():
            self._add(table, after.join(before, on=key, how="anti", maintain_order="left"))
            for record, values in differences(before, after, key):
                self.write(table, record, values)

    def moved(self, now: datetime) -> None:
        """The clock stands there now; what was taken over since it began to move was committed then."""
        begins = self._moves_from or self.select("select pg_current_wal_insert_lsn()::text as place")[0]["place"]
        self.pg.execute("insert into sandbox.clock values (%s, %s) on conflict do nothing", (begins, now))
        self._moves_from = ""

    def insert(self, table: str, row: Row, now: datetime, by: By = "api") -> Row:
        with self._stamped(now):
            done = self.pg.execute(_insertion(table, list(row), " returning *"), [_unknown(value) for value in row.values()])
            return cast(Row, done.fetchone())

    def update(self, table: str, key: Any, values: Row, now: datetime, by: By = "api") -> Row:
        with self._stamped(now):
            if not self.get(table, key):
                raise KeyError(f"{table} {key}")
            self.write(table, key, values)
            return cast(Row, self.get(table, key))

    def delete(self, table: str, key: Any, now: datetime, by: By = "api") -> None:
        name = sql.Identifier(self.key(table))
        if not self.pg.execute(sql.SQL("delete from {} where {} = %s").format(_table(table), name), (_unknown(key),)).rowcount:
            raise KeyError(f"{table} {key}")

    def write(self, table: str, key: Any, values: Row) -> None:
        sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)
        change = sql.SQL("update {} set {} where {} = %s").format(_table(table), sets, sql.Identifier(self.key(table)))
        self.pg.execute(change, [*map(_unknown, values.values()), _unknown(key)])

    def transaction(self) -> AbstractContextManager[Any]:  # type: ignore[override]
        return self.pg.transaction()

    def grant(self) -> None:
        """Give both roles the rights that they began with."""
        self._grant(self.pg, self._name)

    def _grant(self, connection: psycopg.Connection[Any], database: str) -> None:
        roles = {who: sql.Identifier(self._roles[f"{who}_user"]) for who in ("reader", "writer")}
        connection.execute(sql.SQL(cast(Any, GRANTS)).format(database=sql.Identifier(database), **roles))

    def _exists(self) -> bool:
        with self._connect("postgres") as admin:
            return admin.execute("select 1 from pg_database where datname = %s", (self._name,)).fetchone() is not None

    def _make(self, now: datetime) -> None:
        """A database whose name is there only when it is whole."""
        part = f"{self._name}_part"
        database = sql.Identifier(part)
        with self._connect("postgres") as admin:
            admin.execute(sql.SQL("drop database if exists {}").format(database))
            admin.execute(sql.SQL("create database {}").format(database))
            for who, right in (("reader", "replication"), ("writer", "noreplication")):
                admin.execute(_role(self._roles[f"{who}_user"], self._roles[f"{who}_password"], right))
        with self._connect(part) as made:
            first = f"insert into sandbox.clock values (pg_current_wal_insert_lsn(), '{now.isoformat()}')"
            for statements in (CLOCK, first, TABLES, RULES, EFFECTS):
                made.execute(cast(Any, statements))
            made.execute(PUBLICATION)
            self._grant(made, part)
        with self._connect("postgres") as admin:
            admin.execute(sql.SQL("alter database {} rename to {}").format(database, sql.Identifier(self._name)))

    def _connect(self, database: str) -> psycopg.Connection[Row]:
        return psycopg.connect(
            host=HOST,
            port=self._server.port,
            dbname=database,
            user=SUPERUSER,
            password=self._server.password,
            options=_PATH if database != "postgres" else "",
            autocommit=True,
            row_factory=dict_row,
        )

    @contextmanager
    def _as_the_world(self) -> Iterator[None]:
        """What the world does: no trigger fires, no reference is checked, and all of it is committed when the clock arrives."""
        if not self._moves_from:
            self._moves_from = self.select("select pg_current_wal_insert_lsn()::text as place")[0]["place"]
        with self.pg.transaction():
            self.pg.execute("set local session_replication_role = replica")
            yield

    @contextmanager
    def _stamped(self, now: datetime) -> Iterator[None]:
        with self.pg.transaction():
            self.pg.execute("select set_config('sandbox.stamp', %s, true)", (now.isoformat(),))
            yield

    def _add(self, table: str, frame: pl.DataFrame) -> None:
        """Put in the rows that are not there yet."""
        if frame.is_empty():
            return
        with self.pg.cursor() as cursor:
            cursor.execute(sql.SQL("create temp table coming (like {}) on commit drop").format(_table(table)))
            columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
            with cursor.copy(sql.SQL("copy coming ({}) from stdin").format(columns)) as copy:
                for row in frame.iter_rows():
                    copy.write_row(row)
            key = sql.Identifier(self.key(table))
            cursor.execute(
                sql.SQL("insert into {} ({}) select {} from coming where {} not in (select {} from {})").format(
                    _table(table), columns, columns, key, key, _table(table)
                )
            )
            cursor.execute("drop table coming")


def _role(name: str, password: str, right: str) -> sql.Composed:
    return sql.SQL(
        "do $do$ begin create role {} login; exception when duplicate_object then null; end $do$; alter role {} {} password {}"
    ).format(sql.Identifier(name), sql.Identifier(name), sql.SQL(cast(Any, right)), sql.Literal(password))


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("oms", name)


def _insertion(table: str, columns: list[str], end: str) -> sql.Composed:
    names, marks = sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    return sql.SQL("insert into {} ({}) values ({})").format(_table(table), names, marks) + sql.SQL(cast(Any, end))


def _unknown(value: Any) -> Any:
    """A value as text whose type PostgreSQL finds out from where it is put."""
    if isinstance(value, bool) or value is None:
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
