"""A lake in memory: what the real one keeps of the pages of a read, and what `latest` makes of it.

pages -> checked rows -> versions and tombstones -> living records.  A read counts as a whole or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.legacy_oms import source
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table
from tests.platforms.legacy_oms.conftest import PLATFORM

Row = dict[str, Any]


@dataclass
class Brought:
    """What one read brought: versions, tombstones and refused records by table."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    new_columns: set[str] = field(default_factory=set)
    positions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def counted(self) -> dict[str, int]:
        """How many versions and tombstones, by table that there were any of."""
        counts = {name: len(self.rows[name]) + len(self.gone[name]) for name in sorted({*self.rows, *self.gone})}
        return {name: count for name, count in counts.items() if count}


class Holding:
    """Holds what was read of one system."""

    def __init__(self, platform: Platform = PLATFORM):
        self.platform = platform
        self.positions: dict[str, str] = {}
        self._reads: list[tuple[datetime, Brought]] = []

    def read(self, client: Client, *tables: str) -> Brought:
        """One read of all tables, or of some, that is held."""
        brought = self.taken(client, *tables)
        self.hold(client, brought)
        return brought

    def hold(self, client: Client, brought: Brought) -> None:
        """The read is committed, with the positions it came to."""
        assert client.server_time is not None
        self.positions |= brought.positions
        self._reads.append((client.server_time, brought))

    def taken(self, client: Client, *tables: str) -> Brought:
        """What a read brings; nothing of it is held yet."""
        brought = Brought()
        for name in tables or self.platform.tables:
            table = self.platform.tables[name]
            pages = source.pages(client, self.platform, table, Window(position=self.positions.get(name)))
            self._take(brought, table, pages)
        brought.notes = client.notes
        return brought

    def _take(self, brought: Brought, table: Table, pages: Iterable[Page]) -> None:
        living: set[tuple[Any, ...]] | None = None
        for page in pages:
            checked = check(page, self.platform, table)
            rows = checked.rows.to_dicts()
            if page.names_living:
                living = (living or set()) | {_key(table, row) for row in rows}
                continue
            (brought.gone if page.is_deleted else brought.rows)[table.name].extend(rows)
            brought.refused[table.name] += [each.reason for each in checked.rejected]
            brought.new_columns.update(checked.new_columns)
            if page.position:
                brought.positions[table.name] = page.position
        if living is not None:
            brought.gone[table.name] += [dict(zip(table.key, key, strict=True)) for key in self._living(table) if key not in living]

    def of(self, table: str) -> dict[Any, Row]:
        """The living records of a table, by key."""
        found = self._living(self.platform.tables[table])
        return {key[0] if len(key) == 1 else key: row for key, row in found.items()}

    def versions(self, table: str, **where: Any) -> list[Row]:
        """All versions that are held, in the order they were read."""
        held = (row for _, brought in self._reads for row in brought.rows[table])
        return [row for row in held if all(row[name] == value for name, value in where.items())]

    def _living(self, table: Table) -> dict[tuple[Any, ...], Row]:
        newest: dict[tuple[Any, ...], tuple[datetime, Row]] = {}
        deleted: dict[tuple[Any, ...], datetime] = {}
        for at, row in self._happened(table, "rows"):
            if (key := _key(table, row)) not in newest or newest[key][0] <= at:
                newest[key] = (at, row)
        for at, row in self._happened(table, "gone"):
            deleted[_key(table, row)] = max(at, deleted.get(_key(table, row), at))
        return {key: row for key, (at, row) in newest.items() if key not in deleted or deleted[key] < at}

    def _happened(self, table: Table, what: str) -> Iterator[tuple[datetime, Row]]:
        """When each came to be: when it was committed, though not after it was read."""
        for read_at, brought in self._reads:
            for row in getattr(brought, what)[table.name]:
                yield min(row.get("committed_at") or read_at, read_at), row


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.key)
