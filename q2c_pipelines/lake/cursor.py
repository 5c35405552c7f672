"""How far a table has been read, and which rows near that edge are held already.

Rows commit late and share stamps, so every read starts `overlap` before the newest stamp seen, never strictly after it; what it
brings again drops out by content. A stamp later than the read's own beginning says nothing of the pages that came before it. A
table without a cursor is read whole, and only rows whose content changed are new.
"""

from __future__ import annotations

import base64
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Table, lake_name

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Cursor:
    """The reading position of one table, kept in dlt's state under `high_water`, `swept_at` and `held`.

    `swept_at` is the position at the last read that saw every living record: the first one, or a sweep.

    `position` is where a platform's log goes on, in the platform's own words.
    `held` is the content hashes of the rows inside the overlap (of all rows where there is no cursor), 8 bytes a row.
    """

    def __init__(self, state: MutableMapping[str, Any], table: Table, overlap: timedelta):
        self._state, self._overlap = state, overlap
        self._column = lake_name(table.cursor) if table.cursor else None
        stamp = state.get("high_water")
        self._high: datetime | None = datetime.fromisoformat(stamp) if stamp else None
        self._swept = datetime.fromisoformat(state["swept_at"]) if "swept_at" in state else _LONG_AGO
        self._known = np.frombuffer(base64.b64decode(state["held"]), np.uint64) if "held" in state else _none()
        self._read_to: datetime | None = None
        self._position: str | None = state.get("position")
        self._seen: list[tuple[np.ndarray, np.ndarray]] = []

    def window(self, sweep_every: timedelta = timedelta.max) -> Window:
        """From where to read: the newest stamp seen, less the overlap; where the platform has a log, its position.

        A sweep, where the last one is so far behind that stamp.
        """
        if not (self._high and self._column):
            return Window(position=self._position)
        return Window(self._high - self._overlap, is_sweep=self._high - self._swept >= sweep_every, position=self._position)

    def fresh(self, rows: pl.DataFrame, page: Page) -> pl.DataFrame:
        """The rows that are not held yet, each once."""
        hashes = rows.select(sorted(rows.columns)).hash_rows(seed=0).to_numpy() if len(rows) else _none()
        stamps = self._stamps(rows)
        self._high = max(filter(None, [self._high, _latest(stamps)]), default=None)
        self._read_to = page.read_to or self._read_to
        self._position = page.position or self._position
        self._seen.append((stamps, hashes))
        held = _among(hashes, self._known)
        if held.any():
            rows = rows.filter(pl.Series(~held))
        return rows if pl.Series(hashes).n_unique() == len(hashes) else rows.unique(maintain_order=True)

    def commit(self, began: datetime | None, window: Window) -> None:
        """Move the position to where the pages say they were read to, else to the newest stamp seen, not past when the read began.

        Only a read that came to its end may.
        """
        if self._high or self._read_to:
            self._high = min(filter(None, [self._read_to or self._high, began]))
        if not self._seen and not self._column and self._position:
            return  # nothing happened since, so what is held still is
        stamps = np.concatenate([s for s, _ in self._seen]) if self._seen else _none().astype("datetime64[us]")
        hashes = np.concatenate([h for _, h in self._seen]) if self._seen else _none()
        if self._column and self._high:
            edge = np.datetime64((self._high - self._overlap).replace(tzinfo=None), "us")
            hashes = hashes[np.isnat(stamps) | (stamps >= edge)]
        if self._position:
            self._state["position"] = self._position
        if self._high:
            self._state["high_water"] = self._high.isoformat()
            if window.is_sweep or window.since is None:
                self._state["swept_at"] = self._high.isoformat()
        self._state["held"] = base64.b64encode(np.unique(hashes).tobytes()).decode()

    def _stamps(self, rows: pl.DataFrame) -> np.ndarray:
        if self._column and self._column in rows.columns:
            return rows[self._column].dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
        return np.full(len(rows), np.datetime64("NaT"), dtype="datetime64[us]")


def _among(hashes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which hashes are known; `known` is sorted, and looked through once a hash, however many there are."""
    if not len(known):
        return np.zeros(len(hashes), bool)
    places = np.searchsorted(known, hashes).clip(max=len(known) - 1)
    found: np.ndarray = known[places] == hashes
    return found


def _none() -> np.ndarray:
    return np.empty(0, np.uint64)


def _latest(stamps: np.ndarray) -> datetime | None:
    known = stamps[~np.isnat(stamps)]
    return known.max().astype(datetime).replace(tzinfo=UTC) if len(known) else None
