"""What a source yields: pages of records exactly as the vendor sent them.

A source knows the protocol (auth, paging, cursors, deletes); the lake knows the contract (types, quarantine, history).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Refused:
    """A record, or a whole file, that the source itself could not make out: kept raw with the reason."""

    key: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Page:
    """One reply of a platform that holds records of one table.

    `records` is the dotted path to the records inside a JSON body, every list on the way marked `[]`: "records[]", "data[]",
    "data[].data.object" (one record in each item), "data[].lines.data[]" (a list in each item); "[]": the body is the list itself.
    It is not used for ndjson and csv, where a line is a record.
    `is_deleted` marks every record of the page as a tombstone. `names_living` marks pages that together name every living record,
    for where the platform's log of deletions does not go back far enough: what the lake holds beyond them is gone.
    """

    table: str
    body: bytes
    records: str = ""
    format: Literal["json", "ndjson", "csv"] = "json"
    is_deleted: bool = False
    names_living: bool = False
    refused: tuple[Refused, ...] = ()
    read_to: datetime | None = None  # up to when this page proves the table read, where its rows do not say
    position: str | None = None  # where in the platform's log the next read of the table goes on, once this page is committed

    @property
    def has_keys_only(self) -> bool:
        """Whether nothing but the key columns need be there."""
        return self.is_deleted or self.names_living


@dataclass(frozen=True)
class Window:
    """From where to read a table: rows whose cursor is at or after `since` (already moved back by the overlap); None: all.

    `is_sweep`: the keys of all living records are to be named as well, before the rows that changed.
    `position` is that of the last committed page, for a platform that is read by its log: what is before it is proved to be held.
    """

    since: datetime | None = None
    is_sweep: bool = False
    position: str | None = None
