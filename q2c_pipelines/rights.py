"""Which right of a platform's user is missing: by what was refused, and by what the vendor tells of it without being written to.

tables refused, with the vendor's words -> rights of `platform.yaml`;  `permissions.py` -> what of each is missing
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import PlatformError, Unauthorized
from q2c_pipelines.platforms.spec import Platform, part_of

Lacking = dict[tuple[str, tuple[str, ...]], list[str]]  # tables, by why they failed, or by the rights of which they lack one
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Refusal:
    """Why a table could not be read, and what had been asked."""

    error: PlatformError
    tried: str

    @property
    def reason(self) -> str:
        """The vendor's words alone: without what was asked, and what is in brackets, as the number of the request."""
        return _IN_BRACKETS.sub("", str(self.error)).rpartition(": ")[2]


@dataclass(frozen=True)
class Told:
    """What a platform tells of one of its user's rights: what of it is missing, and what was asked for that."""

    right: str
    missing: tuple[str, ...]
    tried: str


def to_the_end(platform: Platform) -> str | None:
    """The table that is asked for all that a reading asks for: what it takes is held for the others too."""
    return next((table.name for table in platform.tables.values() if table.cursor), None)


def lacking(platform: Platform, refused: dict[str, Refusal], told: list[Told]) -> Lacking:
    """The tables that failed by why, and by the rights of which they lack one; where it is a right, the why counts for nothing."""
    first = to_the_end(platform)
    held = [each.right for each in told if not each.missing]
    held += platform.to_read(first) if first and first not in refused else []
    taken_by = [platform.to_read(table) for table in platform.tables if table not in refused]
    held += [rights[0] for rights in taken_by if len(rights) == 1]  # what was read with one right proves it
    reasons: dict[str, list[str]] = {}
    for table, said in refused.items():
        reasons.setdefault(said.reason, []).append(table)
    found: Lacking = {}
    for reason, tables in reasons.items():
        taken = {table: _named(_besides(held, platform.to_read(table)), refused[table]) for table in tables}
        common = [right for right in taken[tables[0]] if all(right in rights for rights in taken.values())]
        for table, rights in taken.items():
            is_right = isinstance(refused[table].error, Unauthorized)
            key = ("", tuple(common or rights)) if is_right else (reason, ())
            found.setdefault(key, []).append(table)
    return found


def maybe_missing(found: Lacking) -> set[str]:
    """Every right that was found to be missing, or may be."""
    return {right for _, rights in found for right in rights}


def _named(rights: list[str], said: Refusal) -> list[str]:
    """Those of the rights that the vendor's own words name, where they name any; else all."""
    words = _words(str(said.error))
    return [right for right in rights if _words(right.partition(" (")[0]) <= words] or rights


def _words(text: str) -> set[str]:
    return {word.strip(".-") for word in _WORD.findall(text.casefold())}


def _besides(held: list[str], rights: list[str]) -> list[str]:
    """The rights that are not known to be held; all where each is, as one of them cannot be after all."""
    return [right for right in rights if right not in held] or rights


def told(client: Client, platform: Platform, known: Connection) -> Iterator[Told]:
    """What the vendor tells of rights, where it has a way to. Raises PlatformError where it refuses to."""
    if platform.to_write and (platform.folder / "permissions.py").exists():
        for right, missing in part_of(platform.name, "permissions").missing(client, platform, known):
            yield Told(right, tuple(missing), client.tried)
