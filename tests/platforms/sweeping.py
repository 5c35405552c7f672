"""What a sweep of a pretended platform finds, held against what a first read of it brought.

hold (a first read, less what never came) -> find (the sweep's pages, while something changes) -> missing, gone
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from q2c_pipelines.lake.census import Census
from q2c_pipelines.lake.contract import DELETED, READ_AT, check
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table, lake_name


@dataclass
class Sweeping:
    """The lake's side of a platform; `since` is from where its sweeps read."""

    folder: Path
    platform: Platform
    pages: Callable[[Table, Window], Iterator[Page]]
    since: datetime

    def hold(self, name: str, without: Collection[Any] = ()) -> list[Any]:
        """The lake holds what a first read brings, less some; their keys."""
        table = self.platform.tables[name]
        own = [pa.field(DELETED, pa.bool_()), pa.field(READ_AT, pa.timestamp("us", tz="UTC"))]
        schema = pa.schema([*(field.with_nullable(True) for field in table.schema), *own])
        none = pl.DataFrame(pa.Table.from_batches([], schema)).drop(READ_AT)
        brought = pl.concat([none, *(self._rows(page) for page in self.pages(table, Window()))], how="diagonal")
        kept = brought.filter(pl.Series([key not in without for key in _keys(brought, table)], dtype=pl.Boolean))
        rows = kept.with_columns(pl.lit(self.since).alias(READ_AT)).select(schema.names)
        self._lake.write(f"{self.platform.name}/{name}/1.parquet", rows.to_dicts(), schema)
        return _keys(kept, table)

    def find(self, name: str, meanwhile: Callable[[], object] = lambda: None) -> tuple[int, list[Any]]:
        """How many records were missing, and the keys of those that are gone; `meanwhile` happens after the first page."""
        table, window = self.platform.tables[name], Window(self.since, is_sweep=True)
        census = Census(self._lake, self.platform, table, window)
        for number, page in enumerate(self.pages(table, window)):
            census.note(check(page, self.platform, table), page)
            if number == 0:
                meanwhile()
        return census.missing(), sorted(_keys(census.gone(), table))

    @property
    def _lake(self) -> Lake:
        return Lake(str(self.folder))

    def _rows(self, page: Page) -> pl.DataFrame:
        checked = check(page, self.platform, self.platform.tables[page.table])
        assert not checked.rejected, checked.rejected[0].reason
        return checked.rows


def _keys(rows: pl.DataFrame, table: Table) -> list[Any]:
    keys = rows.select([lake_name(name) for name in table.key]).rows()
    return [key[0] if len(key) == 1 else key for key in keys]
