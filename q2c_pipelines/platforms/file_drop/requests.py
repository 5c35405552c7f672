"""What is asked of the place where the files lie. Nothing of it changes anything there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar


@dataclass(frozen=True)
class Entry:
    """Something in the folder, by its name below the root."""

    name: str
    path: str
    kind: str  # file, directory, link or other
    size: int
    stamp: str  # when it changed, as the storage says it
    changed_at: datetime | None


@dataclass(frozen=True)
class Listing:
    """What lies in the folder, or in those below it that this pattern names."""

    below: str = ""
    is_write: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"list {self.below or 'the folder'}"


@dataclass(frozen=True)
class Fetch:
    """The bytes of a file."""

    entry: Entry
    is_write: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"get {self.entry.name}"


@dataclass(frozen=True)
class Settled:
    """Whether a file looks as it did at an earlier look, at least so long ago; where nothing is remembered, nobody knows."""

    entry: Entry
    patience: timedelta
    is_write: ClassVar[bool] = False


Request = Listing | Fetch | Settled
