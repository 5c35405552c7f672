"""What one read takes from the log, sorted by table and kept on disk until the table's turn: a backlog may be larger than memory.

records -> lines -> pages.  Living records and tombstones are kept apart, each in the order of the log.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import IO

import orjson

from q2c_pipelines.platforms.legacy_oms.shape import Record
from q2c_pipelines.platforms.page import Page, Refused

_PAGE = 10_000  # records
_IN_MEMORY = 4 << 20  # bytes


class Spool:
    """The changes of one table. `truncated_at`: the last place at which it was emptied as a whole; 0: it was not."""

    def __init__(self, table: str):
        self._table = table
        self._lines = {False: _Lines(), True: _Lines()}
        self._refused: list[tuple[int, Refused]] = []
        self.truncated_at = 0

    def add(self, record: Record, lsn: int, *, is_deleted: bool) -> None:
        """One version of a record, or its tombstone."""
        self._lines[is_deleted].add(orjson.dumps(record), lsn)

    def refuse(self, key: str, reason: str, record: Record, lsn: int) -> None:
        """A record that cannot be read as declared."""
        self._refused.append((lsn, Refused(key, reason, orjson.dumps(record).decode())))

    def turn(self) -> None:
        """End the page: what follows has other columns."""
        self._lines[False].turn()

    def pages(self, since: int) -> Iterator[Page]:
        """Everything that was committed at or after that place, once."""
        for is_deleted, lines in self._lines.items():
            for body in lines.bodies(since):
                yield Page(self._table, body, format="ndjson", is_deleted=is_deleted)
        if refused := tuple(each for lsn, each in self._refused if lsn >= since):
            yield Page(self._table, b"", format="ndjson", refused=refused)


class _Lines:
    """Lines of JSON in a file that is gone when it is closed; where each begins, and of which place of the log it tells."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed when its pages are read
        self._begins, self._lsns = array("Q", [0]), array("Q")
        self._turns: list[int] = [0]

    def add(self, line: bytes, lsn: int) -> None:
        self._begins.append(self._begins[-1] + self._file.write(line + b"\n"))
        self._lsns.append(lsn)
        if len(self._lsns) - self._turns[-1] == _PAGE:
            self.turn()

    def turn(self) -> None:
        if self._turns[-1] < len(self._lsns):
            self._turns.append(len(self._lsns))

    def bodies(self, since: int) -> Iterator[bytes]:
        self.turn()
        first = bisect_left(self._lsns, since)
        turns = [first, *(turn for turn in self._turns if turn > first)]
        self._file.seek(self._begins[first])
        for begin, end in pairwise(turns):
            yield self._file.read(self._begins[end] - self._begins[begin])
        self._file.close()
