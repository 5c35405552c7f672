"""Places in PostgreSQL's log: which server, which history of it (timeline), and how far (LSN).

`7312…:1:0/16B3748` <-> Position.  A place means nothing on another server, and nothing after a backup was restored.
"""

from __future__ import annotations

from dataclasses import dataclass


def number(lsn: str) -> int:
    """An LSN as PostgreSQL writes it (`16/B374D848`), as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def written(lsn: int) -> str:
    """A number as PostgreSQL writes an LSN."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


@dataclass(frozen=True)
class Position:
    system: str
    timeline: int
    lsn: int

    @classmethod
    def read(cls, text: str) -> Position:
        """As it was written. Raises ValueError where it is none."""
        system, timeline, lsn = text.split(":")
        return cls(system, int(timeline), number(lsn))

    def at(self, lsn: int) -> Position:
        """Another place in the same history."""
        return Position(self.system, self.timeline, lsn)

    def __str__(self) -> str:
        return f"{self.system}:{self.timeline}:{written(self.lsn)}"
