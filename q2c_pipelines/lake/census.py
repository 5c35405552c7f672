"""Which records are gone, and which were never loaded, where only the names of the living tell.

A platform's log of deletions goes back a limited time, and what changed may be told late or never.

pages that name the living, the lake's own files -> keys; held and not living -> tombstones; living and not held -> missing
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from q2c_pipelines.lake.contract import DELETED, READ_AT, Checked
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table, lake_name


class Census:
    """The keys of one table's records that the pages of one read name, living or deleted."""

    def __init__(self, lake: Lake, platform: Platform, table: Table, window: Window):
        self._lake, self._platform, self._table, self._window = lake, platform, table, window
        self._key = [lake_name(name) for name in table.key]
        self._named: list[pl.DataFrame] = []
        self._living: list[pl.DataFrame] = []
        self._brought: list[pl.DataFrame] = []
        self._changed: list[pl.DataFrame] = []
        self._is_taken, self._is_whole = False, True

    def note(self, checked: Checked, page: Page) -> None:
        """Take down who lives, who has a tombstone already, and who came."""
        self._is_taken = self._is_taken or page.names_living
        self._is_whole = self._is_whole and not (page.names_living and checked.rejected)
        rows, keys = checked.rows, checked.rows.select(self._key)
        if page.has_keys_only:
            self._named.append(keys)
        if self._window.is_sweep and page.names_living:
            self._living.append(keys)
        elif self._window.is_sweep:
            self._brought.append(keys)
            self._changed.append(rows.filter(self._is_new(rows)).select(self._key))

    def gone(self) -> pl.DataFrame:
        """A tombstone for every record that the lake holds and no page named or brought; none where not all names are known."""
        none = pl.DataFrame(pa.Table.from_batches([], self._table.schema.append(pa.field(DELETED, pa.bool_()))))
        if not (self._is_taken and self._is_whole):
            return none
        met = pl.concat([*self._named, *self._brought])
        gone = self._held().join(met, on=self._key, how="anti", nulls_equal=True)
        return pl.concat([none, gone.with_columns(pl.lit(value=True).alias(DELETED))], how="diagonal")

    def missing(self) -> int:
        """How many records live that the lake does not hold and that did not change since; 0 where it was no sweep."""
        if not self._living:
            return 0
        unheld = pl.concat(self._living).unique().join(self._held(), on=self._key, how="anti", nulls_equal=True)
        changed = pl.concat([unheld.clear(), *self._changed])
        return len(unheld.join(changed, on=self._key, how="anti", nulls_equal=True))

    def _is_new(self, rows: pl.DataFrame) -> pl.Expr:
        """Whether a row changed in the window, by the second; one that does not say when came because it did."""
        name = lake_name(self._table.cursor or "")
        if self._window.since is None or name not in rows.columns:
            return pl.lit(value=True)
        return pl.col(name).is_null() | (pl.col(name) >= self._window.since.replace(microsecond=0))

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
