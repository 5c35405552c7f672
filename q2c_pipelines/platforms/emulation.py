"""What every emulator stands on: a SQLite file of vendor-shaped rows, the sandbox's clock, and faults on demand.

world -> rows -> State <-> vendor's HTTP.  An emulator's module offers:

    DDL                                    its tables, in the vendor's own names, as SQLite DDL (`create table if not exists`)
    KEYS                                   {table: key column} where that is not `id`
    rows(world, at) -> {table: frame}      what the platform holds of this part of the world at that time
    application(emulation) -> aiohttp app  the vendor's HTTP
    on_change(state, table, before, after, now)   the vendor's bookkeeping: stamps, delete logs, events
    refuse(kind) -> web.Response           the vendor's wording of rate_limit | server_error | expired_token

and may offer:

    tick(emulation, before, after)         what the platform does by itself as time passes (expiry, bill runs); after the new rows
    CREDENTIALS                            {name: value or template} for credentials of a fixed shape: "sk_test_{secret}", "TSTDRV1"
    SETTINGS                               {name: value or template} for the settings of the connection that leads to it:
                                           "{currency}" is that of the company that it serves
    FAULTS                                 further kinds of fault that `refuse` has words for: ("lock_timeout",)
    RIGHTS                                 {right: what it opens}: what may be taken away from the user (`permission`), as
                                           `platform.yaml` calls it; the emulator refuses what it opens, in the vendor's words

A platform that is no HTTP but a server of its own offers `rows` and, in place of all the other names that are needed,

    server(folder, credentials, now) -> State   the server, started in that folder at that time of the clock, as a State that has
                                                `listen(port)`: serve there (0: anywhere), and give the address
    strike(emulation, fault)               does a fault of FAULTS, the only kinds that there are then, at once
    mend(emulation)                        gives back the rights that were taken away

`rows` is pure: same world and time, same rows, keys unchanged for ever. When the clock moves from t0 to t1 the sandbox compares
rows(world, t0) with rows(world, t1): a row that is only in the second is inserted; of a row in both, the columns that differ are
set, if the record is still there; a row that is only in the first stays until `tick` removes it. So what was written through the
API or planted stays, and what was deleted stays deleted. `on_change` is not called for these: stamps, logs and events of the
world's own changes are part of `rows`. Keys of records made through the API must not meet the world's: integers from 10**12
upwards, document numbers from 900000001, others random.

Every credential that `platform.yaml` declares is made at reset and is in `emulation.credentials`, the same mapping that the client
gets: a name that ends in `private_key` is an RSA key (PEM), one with `secret: false` is `q2c-<name>`, all others are random.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
from aiohttp import web

Row = dict[str, Any]
By = Literal["api", "sandbox"]
OnChange = Callable[["State", str, Row | None, Row | None, datetime], None]

_WITHIN = ("lock", "job_failed", "job_cancelled", "job_late", "permission")  # faults that a platform meets inside, past its gateway

_OWN_TABLES = """
create table if not exists _effects (id integer primary key, at text, by text, change text, table_name text, key text);
create table if not exists _sequences (name text primary key, value integer);
"""


class State:
    """One platform's records. Every change passes `on_change`, and those made through the API are counted in `_effects`.

    `Error`: what is raised where a record is not as its table wants it.
    """

    Error: type[Exception] = sqlite3.Error

    def __init__(self, path: Path | str, ddl: str, on_change: OnChange, keys: Mapping[str, str] | None = None):
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + _OWN_TABLES + ddl)
        self._on_change = on_change
        self._keys = keys or {}

    def select(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows as dicts, in the order the query gives."""
        return [dict(row) for row in self.db.execute(sql, params)]

    def get(self, table: str, key: Any) -> Row | None:
        """One record by its key."""
        found = self.select(f'select * from "{table}" where "{self.key(table)}" = ?', (key,))
        return found[0] if found else None

    def matching(self, table: str, where: Row) -> list[Row]:
        """The records that have these values; a dotted name reaches into a column of JSON."""
        tests = " and ".join(f"{_place(name)} is ?" for name in where)
        return self.select(f'select * from "{table}" where {tests}', list(where.values()))

    def effects(self) -> list[Row]:
        """How many records were created, changed and deleted through the API, by table."""
        sql = "select table_name, change, count(*) as records from _effects where by = 'api' group by 1, 2 order by 1, 2"
        return self.select(sql)

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    def key(self, table: str) -> str:
        """The key column of a table: the one named at creation, else `id`."""
        return self._keys.get(table, "id")

    def tables(self) -> list[str]:
        """The names of its tables, as they are spelt; its own bookkeeping is not among them."""
        named = self.select("select name from sqlite_master where type = 'table' order by name")
        return [row["name"] for row in named if not row["name"].startswith(("_", "sqlite_"))]

    def load(self, table: str, frame: pl.DataFrame) -> None:
        """Put seeded rows in, or bring them up to date, as they are: their stamps are part of the world."""
        if frame.is_empty():
            return
        columns = ", ".join(f'"{name}"' for name in frame.columns)
        marks = ", ".join("?" * frame.width)
        with self.transaction():
            self.db.executemany(f'insert or replace into "{table}" ({columns}) values ({marks})', _plain(frame).iter_rows())

    def follow(self, table: str, before: pl.DataFrame, after: pl.DataFrame) -> None:
        """Take over what the world changed between two frames: new rows, and of rows still there the columns that differ."""
        key = next(name for name in after.columns if name.lower() == self.key(table).lower())
        before, after = _plain(before), _plain(after)
        columns = ", ".join(f'"{name}"' for name in after.columns)
        add = f'insert or ignore into "{table}" ({columns}) values ({", ".join("?" * after.width)})'
        with self.transaction():
            self.db.executemany(add, after.join(before, on=key, how="anti", maintain_order="left").iter_rows())
            for record, values in differences(before, after, key):
                self.write(table, record, values)

    def insert(self, table: str, row: Row, now: datetime, by: By = "api") -> Row:
        """Add a record and return it as stored."""
        with self.transaction():
            columns = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            self.db.execute(f'insert into "{table}" ({columns}) values ({marks})', [_value(v) for v in row.values()])
            return self._changed("insert", table, row[self.key(table)], None, now, by)

    def update(self, table: str, key: Any, values: Row, now: datetime, by: By = "api") -> Row:
        """Change a record and return it as stored. Raises KeyError where there is none."""
        with self.transaction():
            before = self.get(table, key)
            if before is None:
                raise KeyError(f"{table} {key}")
            self.write(table, key, values)
            return self._changed("update", table, key, before, now, by)

    def delete(self, table: str, key: Any, now: datetime, by: By = "api") -> None:
        """Remove a record; what stays of it (a flag, a log line, an event) is the vendor's `on_change` to write."""
        with self.transaction():
            before = self.get(table, key)
            if before is None:
                raise KeyError(f"{table} {key}")
            self.db.execute(f'delete from "{table}" where "{self.key(table)}" = ?', (key,))
            self._count("delete", table, key, now, by)
            self._on_change(self, table, before, None, now)

    def write(self, table: str, key: Any, values: Row) -> None:
        """Set columns without bookkeeping: for `on_change` itself."""
        sets = ", ".join(f'"{name}" = ?' for name in values)
        self.db.execute(f'update "{table}" set {sets} where "{self.key(table)}" = ?', [*map(_value, values.values()), key])

    def next(self, name: str, start: int = 1) -> int:
        """The next number of a named sequence."""
        sql = "insert into _sequences values (?, ?) on conflict (name) do update set value = value + 1 returning value"
        return int(self.db.execute(sql, (name, start)).fetchone()[0])

    def transaction(self) -> Transaction:
        """All or nothing; may be nested."""
        return Transaction(self.db)

    def _changed(self, change: str, table: str, key: Any, before: Row | None, now: datetime, by: By) -> Row:
        after = self.get(table, key)
        assert after is not None
        self._count(change, table, key, now, by)
        self._on_change(self, table, before, after, now)
        return self.get(table, key) or {}

    def _count(self, change: str, table: str, key: Any, now: datetime, by: By) -> None:
        self.db.execute(
            "insert into _effects (at, by, change, table_name, key) values (?, ?, ?, ?, ?)",
            (now.isoformat(), by, change, table, str(key)),
        )


class Transaction:
    """All or nothing, on SQLite; one inside another is a savepoint, which can be taken back alone."""

    def __init__(self, db: sqlite3.Connection):
        self.db, self.outermost = db, not db.in_transaction

    def __enter__(self) -> None:
        self.db.execute("begin immediate" if self.outermost else "savepoint inner")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.outermost:
            self.db.execute("rollback" if kind else "commit")
            return
        if kind:
            self.db.execute("rollback to inner")
        self.db.execute("release inner")


@dataclass
class Fault:
    """Something that goes wrong on demand, for the next `times` requests whose path contains `match`.

    kinds: rate_limit, server_error, expired_token, reset (connection dropped, nothing done), timeout_after_commit (done, but the
    answer never comes), slow (answered after `seconds`), schema_change (`column` of `table` is dropped, retyped or added in every
    reply until cleared), and permission (`right` is taken away from the platform's user until cleared); where the platform knows
    them, lock (a record is held by somebody else) and job_failed, job_cancelled, job_late (what becomes of a bulk job).
    """

    kind: str
    match: str = ""
    method: str = ""
    times: int = 1
    seconds: float = 0.0
    table: str = ""
    column: str = ""
    change: Literal["", "drop", "retype", "add"] = ""
    right: str = ""

    def meets(self, request: web.Request) -> bool:
        """Whether this request goes wrong; only one that carries a token can learn that it expired."""
        carries = request.headers.get("Authorization", "").startswith("Bearer ")
        is_gateways = self.kind not in ("schema_change", *_WITHIN)
        return self.fits(request.method, request.path) and is_gateways and (carries or self.kind != "expired_token")

    def fits(self, method: str, path: str) -> bool:
        """Whether it was asked for requests like this."""
        return self.match in path and self.method in ("", method)


@dataclass
class Emulation:
    """What an emulator's HTTP handlers work with. `now` is the sandbox's clock."""

    state: State
    now: Callable[[], datetime]
    credentials: Mapping[str, str]
    base_url: str = ""
    faults: list[Fault] = field(default_factory=list)

    def reshape(self, table: str, rows: Iterable[Row]) -> list[Row]:
        """Rows as a vendor would send them after the schema changes that were asked for."""
        changes = [fault for fault in self.faults if fault.kind == "schema_change" and fault.table.lower() == table.lower()]
        return [_reshaped(row, changes) for row in rows] if changes else list(rows)

    def lacks(self, right: str) -> bool:
        """Whether this right was taken away from the platform's user."""
        return any(fault.kind == "permission" and fault.right == right for fault in self.faults)

    def withheld(self, rights: Mapping[str, str], request: web.Request) -> str:
        """The right that was taken away and that the request takes, each with the `METHOD /path` that it opens; none is empty."""
        asked = f"{request.method} {request.path}"
        return next((right for right, opens in rights.items() if self.lacks(right) and re.match(opens, asked)), "")

    def take(self, request: web.Request) -> Fault | None:
        """The fault that this request meets, used up by one."""
        return self._used(fault for fault in self.faults if fault.meets(request))

    def meet(self, kinds: Collection[str], method: str, path: str) -> Fault | None:
        """The fault of these kinds that this request meets inside the platform, used up by one."""
        return self._used(fault for fault in self.faults if fault.kind in kinds and fault.fits(method, path))

    def _used(self, met: Iterator[Fault]) -> Fault | None:
        if (fault := next(met, None)) is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        return fault


def middleware(emulation: Emulation, refuse: Callable[[str], web.Response]) -> Any:
    """Injects the faults, and stamps every answer with the sandbox's clock as its `Date`."""

    @web.middleware
    async def faulty(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        fault = emulation.take(request)
        if fault is None:
            return _dated(await handler(request), emulation)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return _dated(await handler(request), emulation)
        if fault.kind in ("reset", "timeout_after_commit"):
            if fault.kind == "timeout_after_commit":
                await handler(request)
                await asyncio.sleep(fault.seconds)
            if request.transport:
                request.transport.abort()
            raise asyncio.CancelledError
        return _dated(refuse(fault.kind), emulation)

    return faulty


def _dated(response: web.StreamResponse, emulation: Emulation) -> web.StreamResponse:
    response.headers["Date"] = emulation.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
    return response


def _reshaped(row: Row, changes: Sequence[Fault]) -> Row:
    row = dict(row)
    for fault in changes:
        if fault.change == "drop":
            row.pop(fault.column, None)
        elif fault.change == "retype":
            row[fault.column] = {"value": row.get(fault.column)}
        elif fault.change == "add":
            row[fault.column] = "new"
    return row


def _place(name: str) -> str:
    column, dot, path = name.partition(".")
    return f"json_extract(\"{column}\", '$.{path}')" if dot else f'"{column}"'


def _value(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value) if value is not None and not isinstance(value, int | float | str | bytes) else value


def differences(before: pl.DataFrame, after: pl.DataFrame, key: str) -> Iterable[tuple[Any, Row]]:
    """Of every row in both frames that is not the same in both: its key, and the later value of what differs."""
    fields = [name for name in after.columns if name != key]
    both = after.join(before, on=key, maintain_order="left", suffix=" before")
    is_changed = [pl.col(name).ne_missing(pl.col(f"{name} before")) for name in fields]
    for row in both.filter(pl.any_horizontal(pl.lit(False), *is_changed)).iter_rows(named=True):
        yield row[key], {name: row[name] for name in fields if row[name] != row[f"{name} before"]}


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Frame values as SQLite keeps them: UTC text to the second, decimals as numbers, booleans as 0 and 1."""
    return frame.with_columns(
        pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        pl.selectors.date().cast(pl.String),
        pl.selectors.decimal().cast(pl.Float64),
        pl.selectors.boolean().cast(pl.Int8),
    )
