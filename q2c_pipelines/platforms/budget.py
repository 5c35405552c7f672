"""How often a platform may be asked: one budget a second for all processes and threads of an installation.

Every request, of whichever process, is counted in one file. Reading waits once the budget without its reserve is spent; writing
waits only once all of it is.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pyrate_limiter import Duration, Limiter, Rate, SingleBucketFactory, SQLiteBucket

from q2c_pipelines.platforms.spec import Limits


class Budget:
    """The budget that is kept in a file; without one, its holder's alone. Raises OSError where the file cannot be written."""

    def __init__(self, limits: Limits, file: Path | None = None):
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        share = limits.requests_per_second * (1 - limits.write_reserve)
        try:
            counted = SQLiteBucket.init_from_file(_rates(share), db_path=str(file or ":memory:"), use_file_lock=file is not None)
        except sqlite3.Error as error:
            remedy = "where its disk is full, free some of it and run again"
            raise OSError(f"requests are counted in {file}: {error}; {remedy}") from error
        self._reading = Limiter(counted)
        whole = SQLiteBucket(_rates(limits.requests_per_second), counted.conn, counted.table, lock=counted.lock)
        self._writing = Limiter(SingleBucketFactory(whole, schedule_leak=False))  # the other one clears the table

    def spend(self, *, as_write: bool) -> None:
        """Count one request, as soon as there is room for it."""
        (self._writing if as_write else self._reading).try_acquire("request")

    def close(self) -> None:
        """Let go of the file."""
        self._reading.close()


def _rates(per_second: float) -> list[Rate]:
    return [Rate(max(1, round(per_second)), Duration.SECOND)]
