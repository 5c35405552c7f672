"""What the sandbox itself remembers: its size, its clock, its credentials, how far it is filled, and what was planted.

One SQLite file, so it survives restarts and kills like the platforms' own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from q2c_pipelines.platforms.emulation import Transaction

_DDL = """
pragma journal_mode = wal;
create table if not exists settings (name text primary key, value text not null);
create table if not exists credentials (platform text primary key, value text not null);
create table if not exists filled (platform text, chain text, chunk integer, primary key (platform, chain, chunk));
create table if not exists plants (serial integer primary key, rule text not null, victim text not null, planted_at text not null);
create table if not exists victims (kind text, key text, serial integer not null, primary key (kind, key));
create table if not exists findings (serial integer not null, rule text, chain text, deal_key text, platform text, entity text,
    native_id text, amount text, currency text, cause text, planted_at text, until text);
"""


class Memory:
    """The sandbox's own file. `db` is open to the modules beside this one."""

    def __init__(self, file: Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        file.chmod(0o600)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(_DDL)

    def get(self, name: str) -> str | None:
        """A setting, if it was ever set."""
        row = self.db.execute("select value from settings where name = ?", (name,)).fetchone()
        return str(row["value"]) if row else None

    def put(self, name: str, value: object) -> None:
        """Set a setting."""
        self.db.execute("insert or replace into settings values (?, ?)", (name, str(value)))

    @property
    def now(self) -> datetime:
        """The sandbox's clock."""
        return datetime.fromisoformat(self.get("now") or "")

    def credentials(self, platform: str) -> dict[str, str] | None:
        """What was made for this platform at reset."""
        row = self.db.execute("select value from credentials where platform = ?", (platform,)).fetchone()
        return json.loads(row["value"]) if row else None

    def keep_credentials(self, platform: str, values: Mapping[str, str]) -> None:
        """Remember what was made for this platform."""
        self.db.execute("insert into credentials values (?, ?)", (platform, json.dumps(values)))

    def is_filled(self, platform: str, chain: str, chunk: int) -> bool:
        """Whether this chunk of a chain is in the platform's state."""
        sql = "select 1 from filled where platform = ? and chain = ? and chunk = ?"
        return self.db.execute(sql, (platform, chain, chunk)).fetchone() is not None

    def filled(self, platform: str, chain: str, chunk: int) -> None:
        """Note that this chunk of a chain is in the platform's state."""
        self.db.execute("insert or ignore into filled values (?, ?, ?)", (platform, chain, chunk))

    def transaction(self) -> Transaction:
        """All or nothing; may be nested."""
        return Transaction(self.db)

    def select(self, sql: str, params: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Rows as dicts."""
        return [dict(row) for row in self.db.execute(sql, tuple(params))]
