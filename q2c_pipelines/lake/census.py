"""Which records are gone, where only the names of the living tell: a platform's log of deletions goes back a limited time.

pages that name the living -> keys; the lake's own files -> keys it holds; held and not living -> tombstones
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Platform, Table, lake_name


class Census:
    """The keys of one table's records that the pages of one read name, living or deleted."""

    def __init__(self, lake: Lake, platform: Platform, table: Table):
        self._lake, self._platform, self._table = lake, platform, table
        self._key = [lake_name(name) for name in table.key]
        self._named: list[pl.DataFrame] = []
        self._is_taken = False

    def note(self, rows: pl.DataFrame, page: Page) -> None:
        """Take down who lives, and who has a tombstone already."""
        self._is_taken = self._is_taken or page.names_living
        if page.has_keys_only:
            self._named.append(rows.select(self._key))

    def gone(self) -> pl.DataFrame:
        """A tombstone for every record that the lake holds and no page named; none where no page named the living."""
        none = pl.DataFrame(pa.Table.from_batches([], self._table.schema.append(pa.field(DELETED, pa.bool_()))))
        if not self._is_taken:
            return none
        gone = self._held().join(pl.concat(self._named), on=self._key, how="anti", nulls_equal=True)
        return pl.concat([none, gone.with_columns(pl.lit(value=True).alias(DELETED))], how="diagonal")

    def _held(self) -> pl.DataFrame:
        """The keys of the lake's records that are not deleted: their newest version is younger than their newest deletion."""
        declared = self._table.schema
        names = [*self._key, *([lake_name(self._table.cursor)] if self._table.cursor else [])]
        own = [pa.field(DELETED, pa.bool_()), pa.field(READ_AT, pa.timestamp("us", tz="UTC"))]
        schema = pa.schema([declared.field(name).with_nullable(True) for name in dict.fromkeys(names)] + own)
        versions = pl.DataFrame(pl.from_arrow(self._lake.read(f"{self._platform.name}/{self._table.name}", schema)))
        happened = pl.min_horizontal([name for name in names if name not in self._key] + [READ_AT])  # as the macro `latest` has it
        known = versions.group_by(self._key).agg(
            happened.filter(~pl.col(DELETED)).max().alias("changed"), happened.filter(DELETED).max().alias("deleted")
        )
        is_held = pl.col("changed").is_not_null() & (pl.col("deleted").is_null() | (pl.col("changed") > pl.col("deleted")))
        return known.filter(is_held).select(self._key)
