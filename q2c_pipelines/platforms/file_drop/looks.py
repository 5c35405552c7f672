"""Whether a file lay still between two looks: for layouts whose partner leaves no marker.

size and time of change, when first seen so -> quiet, or not yet. Kept in a file of its own from one read to the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

_TABLE = "create table if not exists look (place text primary key, size integer, modified text, seen_at text)"


class Looks:
    """What was seen of files, by their place; the file that holds it is made when it is first needed."""

    def __init__(self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._file, self._now = file, now

    def is_quiet(self, place: str, size: int, modified: str, patience: timedelta) -> bool:
        """Whether an earlier look, at least so long ago, saw it the same; this look is remembered."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=30)) as held, held:
            held.execute(_TABLE)
            sql = "select seen_at from look where place = ? and size = ? and modified = ?"
            if seen := held.execute(sql, (place, size, modified)).fetchone():
                return self._now() - datetime.fromisoformat(seen[0]) >= patience
            held.execute("insert or replace into look values (?, ?, ?, ?)", (place, size, modified, self._now().isoformat()))
        return False
