"""Reading a platform into the lake: every table from where the last read ended, all or nothing for each load.

source -> pages -> contract -> rows not held yet -> dlt -> Parquet, then the log of what was read.

The cursors travel in dlt's state, committed with the rows they belong to: after a crash anywhere the same window is read again,
and rows that are already held drop out by their content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dlt
import polars as pl
import pyarrow as pa

from q2c_pipelines.lake import quarantine, reads
from q2c_pipelines.lake.ahead import ahead
from q2c_pipelines.lake.census import Census
from q2c_pipelines.lake.contract import DELETED, READ_AT, Checked, Rejected, check
from q2c_pipelines.lake.cursor import Cursor
from q2c_pipelines.lake.loading import TOGETHER, Loaded, load
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.client import Client, Connection, Waiting
from q2c_pipelines.platforms.errors import PlatformError
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table, lake_name, part_of

Again = Mapping[str, datetime | None]  # tables to be read from no later than then; null: whole
Progress = Callable[[str, str, int], None]  # platform, table, rows so far
_GLANCE = 10  # seconds that asking whether anything changed may wait, for an answer or for a job


@dataclass
class TableRead:
    """How the read of one table went."""

    table: str
    rows: int = 0
    deleted: int = 0
    rejected: int = 0
    missing: int = 0  # lived there and had never been loaded
    gone: int = 0  # lived no more, as only the names of the living told
    new_columns: set[str] = field(default_factory=set)
    error: str = ""
    read: reads.Read | None = None

    @property
    def is_sweep(self) -> bool:
        """Whether this read was held against all living records."""
        return self.read is not None and self.read.is_sweep


@dataclass(frozen=True)
class Summary:
    """How the read of one platform went. A failed table leaves the others whole; `note` tells what else is worth knowing."""

    platform: str
    tables: list[TableRead]
    load_ids: tuple[str, ...]
    requests: int
    again: Again = field(default_factory=dict)
    note: str = ""

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables)

    @property
    def failed(self) -> list[TableRead]:
        return [each for each in self.tables if each.error]


def ingest(
    platform: Platform,
    connection: Connection,
    lake: Lake,
    working: Path,
    progress: Progress | None = None,
    only: set[str] | None = None,
    again: Again = MappingProxyType({}),
    waiting: Waiting = lambda _: None,
    *,
    is_sweep: bool = False,
) -> Summary:
    """Read everything that is new, changed or deleted on a platform, or in some of its tables; `again`, from further back.

    A sweep is made where it is due, and with `is_sweep` of every table that was read before. The platform's control reports are
    read first and last, whatever is read between: one that says the same both times was true of all that came.

    Raises IngestFailed when rows could not be committed.
    """
    source, platform = _source(platform), platform.placed(connection.settings)
    only = None if only is None else only | set(platform.controls)
    with Client(platform, connection, waiting=waiting) as client:
        outcomes = {name: TableRead(name) for name in platform.tables if only is None or name in only}
        refused = quarantine.Waiting(lake, platform.name)

        def rows_of(table: Table) -> Iterator[pa.Table]:
            cursor = Cursor(dlt.current.resource_state(table.name), table, platform.overlap)
            window = _window(cursor, timedelta(0 if is_sweep else platform.sweep_days), platform, table, again)
            census = Census(lake, platform, table, window)
            pages = partial(source.pages, client, platform, table)
            rows = _rows(client, platform, table, pages, window, cursor, census, outcomes[table.name], refused, progress)
            yield from _grouped(rows, table)

        loaded = load(platform, lake, working, rows_of, only, platform.controls)
        refused.release()
        note = "; ".join(filter(None, [loaded.note, *client.notes]))
        done = Summary(platform.name, list(outcomes.values()), loaded.ids, client.requests, note=note)
    reads.record(lake, [_log(done, each) for each in done.tables])
    return done


def has_changed(platform: Platform, connection: Connection, table: Table, since: datetime) -> bool:
    """Whether anything in a table changed after that time; reads one page, keeps nothing, and does not wait for a slow platform."""
    source, platform = _source(platform), platform.placed(connection.settings)
    stamp = lake_name(table.cursor or "")
    with Client(platform, connection, attempts=1, timeout=_GLANCE, job_patience=_GLANCE) as client:
        for page in source.pages(client, platform, table, Window(since)):
            rows = check(page, platform, table).rows
            return bool(stamp in rows.columns and (rows[stamp] > since).any())
    return False


def _source(platform: Platform) -> Any:
    return part_of(platform.name, "source")


def _window(cursor: Cursor, sweep_every: timedelta, platform: Platform, table: Table, again: Again) -> Window:
    window = cursor.window(sweep_every)
    if table.name not in again or window == Window():
        return window
    if window.position or window.since is None or (at := again[table.name]) is None:
        return Window()  # a log is not read backwards
    return Window(min(at - platform.overlap, window.since))


def _windows(window: Window, census: Census, outcome: TableRead) -> Iterator[Window]:
    """What is read: the window, and after a sweep that found records never loaded the whole table."""
    yield window
    outcome.missing = census.missing()
    if outcome.missing:
        yield Window()


def replay(platform: Platform, lake: Lake, working: Path) -> Summary:
    """Read quarantined records again under the present declarations; those that fit now are loaded and released.

    They count as read when they were refused, so that a version read since stays the newer one. `again` tells from where on
    tables have to be read for those that do not fit as they are: they may by now, where they came from.
    """
    waiting, held = quarantine.Waiting(lake, platform.name), quarantine.held(lake, platform.name)
    outcomes = {name: TableRead(name) for name in sorted({str(row["table_name"]) for row in held})}
    answered: list[quarantine.Row] = []
    still: dict[str, list[Rejected]] = defaultdict(list)

    def rows_of(table: Table) -> Iterator[pa.Table]:
        for rows, page in quarantine.pages([row for row in held if row["table_name"] == table.name]):
            checked, at = check(page, platform, table), rows[0]["quarantined_at"]
            waiting.keep(checked.rejected, at)
            still[table.name] += checked.rejected
            refused = {quarantine.identity(platform.name, each) for each in checked.rejected}
            answered.extend(row for row in rows if row["quarantine_id"] not in refused)
            outcomes[table.name].rows += len(checked.rows)
            if len(checked.rows):
                yield _arrow(_read_at(checked.rows, at), table)

    loaded = load(platform, lake, working, rows_of, only=set(outcomes)) if held else Loaded()
    quarantine.release(lake, platform.name, answered)
    for name, outcome in outcomes.items():
        outcome.rejected = sum(row["table_name"] == name for row in held) - outcome.rows
    again = {name: _oldest([each.changed_at for each in refused]) for name, refused in still.items() if refused}
    return Summary(platform.name, list(outcomes.values()), loaded.ids, 0, again, loaded.note)


def _oldest(stamps: Sequence[datetime | None]) -> datetime | None:
    """The oldest of the stamps; null where one is not known."""
    return None if None in stamps else min(filter(None, stamps))


def _rows(
    client: Client,
    platform: Platform,
    table: Table,
    pages: Callable[[Window], Iterator[Page]],
    window: Window,
    cursor: Cursor,
    census: Census,
    outcome: TableRead,
    waiting: quarantine.Waiting,
    progress: Progress | None,
) -> Iterator[pl.DataFrame]:
    """Typed rows that the lake does not hold yet. A platform's error ends this table's read, says so, and moves no cursor."""
    client.first_answer_at, before = None, client.requests
    try:
        asked = (page for each in _windows(window, census, outcome) for page in ahead(_checked(ahead(pages(each)), platform)))
        for page, spec, checked in asked:
            census.note(checked, page)
            if page.names_living:
                continue
            waiting.came(spec, checked.rows, client.first_answer_at)
            waiting.keep(checked.rejected, client.first_answer_at)
            outcome.rejected += len(checked.rejected)
            outcome.new_columns.update(checked.new_columns)
            yield from _counted(cursor.fresh(checked.rows, page), outcome, client.first_answer_at)
            if progress:
                progress(platform.name, table.name, outcome.rows)
        gone = census.gone()
        outcome.gone = len(gone)
        waiting.came(table, gone, client.first_answer_at)
        yield from _counted(gone, outcome, client.first_answer_at)
    except PlatformError as error:
        outcome.error = str(error)
    else:
        cursor.commit(client.first_answer_at, window)
    at = None if outcome.error else client.first_answer_at
    outcome.read = reads.Read(
        platform.name,
        table.name,
        client.first_answer_at,
        at,
        "failed" if outcome.error else "ok",
        outcome.rows,
        outcome.rejected,
        ", ".join(sorted(outcome.new_columns)),
        client.requests - before,
        outcome.error,
        is_sweep=window.is_sweep,
        missing_count=outcome.missing,
        gone_count=outcome.gone,
    )


def _checked(pages: Iterator[Page], platform: Platform) -> Iterator[tuple[Page, Table, Checked]]:
    for page in pages:
        spec = platform.tables[page.table]
        yield page, spec, check(page, platform, spec)


def _counted(rows: pl.DataFrame, outcome: TableRead, at: datetime | None) -> Iterator[pl.DataFrame]:
    """The rows as the lake keeps them, if there are any."""
    outcome.rows += len(rows)
    outcome.deleted += int(rows[DELETED].sum() or 0)
    if len(rows):
        yield _read_at(rows, at)


def _read_at(rows: pl.DataFrame, at: datetime | None) -> pl.DataFrame:
    return rows.with_columns(pl.lit(at, pl.Datetime("us", "UTC")).alias(READ_AT))


def _grouped(frames: Iterable[pl.DataFrame], table: Table) -> Iterator[pa.Table]:
    """The same rows in larger pieces: what a piece costs on its way to the file, it costs once."""
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(map(len, waiting)) >= TOGETHER:
            yield _arrow(pl.concat(waiting, how="diagonal"), table)
            waiting.clear()
    if waiting:
        yield _arrow(pl.concat(waiting, how="diagonal"), table)


def _arrow(rows: pl.DataFrame, table: Table) -> pa.Table:
    arrow = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    types = {each.name: each.type for each in table.schema}
    return arrow.cast(pa.schema([(each.name, types.get(each.name, _plain(each.type))) for each in arrow.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_large_string(kind) else kind


def _log(summary: Summary, each: TableRead) -> reads.Read:
    load = summary.load_ids[-1] if summary.load_ids else ""
    read = each.read or reads.Read(summary.platform, each.table, None, None, "failed", 0, 0, "", 0, "not reached")
    return reads.Read(**{**read.__dict__, "load_id": load})
