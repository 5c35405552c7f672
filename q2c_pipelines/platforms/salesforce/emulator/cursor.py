"""The result of a query held still while its pages are fetched: a temporary table, so that memory stays small."""

from __future__ import annotations

import sqlite3

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.salesforce.emulator.soql import Query


class Cursor:
    """Rows as they were when the query ran. `total` is their number."""

    def __init__(self, state: State, query: Query, columns: str, *, deleted_too: bool, batch: int = 2000):
        self.query, self.batch = query, batch
        self._state = state
        self._table = f"result_{state.next('result')}"
        state.db.execute(f"create temp table {self._table} as {query.sql(columns, deleted_too=deleted_too)}")
        self.total = int(state.select(f"select count(*) as n from {self._table}")[0]["n"])

    def page(self, start: int, size: int) -> sqlite3.Cursor:
        """`size` rows from the zero-based `start`, in the query's order."""
        sql = f"select * from {self._table} where rowid > ? and rowid <= ? order by rowid"
        return self._state.db.execute(sql, (start, start + size))

    def close(self) -> None:
        """Gives the space back."""
        self._state.db.execute(f"drop table if exists {self._table}")
