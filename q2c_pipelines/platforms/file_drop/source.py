"""Declared layouts of files in a folder: complete files only, in their order, every line accounted for.

folder -> complete files -> held against what was promised of them -> lines with their place -> pages. A file that is still being
written is not read; one that is not as agreed is refused whole, before any of its lines counts; a line that cannot be made out is
refused with its text. Of the revisions of one sequence the newest good one counts, and what follows a gap waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.file_drop import records, totals
from q2c_pipelines.platforms.file_drop.errors import Unusable
from q2c_pipelines.platforms.file_drop.handover import Drop, Handed, Held
from q2c_pipelines.platforms.file_drop.layout import Layout, layout_of
from q2c_pipelines.platforms.file_drop.records import File, Line
from q2c_pipelines.platforms.file_drop.requests import Fetch
from q2c_pipelines.platforms.page import Page, Refused, Window
from q2c_pipelines.platforms.spec import Platform, Table

_LINES = 50_000
_SHOWN = 200  # bytes of a refused file that are kept to know it by


def pages(client: Client, platform: Platform, table: Table, _: Window) -> Iterator[Page]:
    """Every line of every complete file of this layout, in the order in which they count; the same content twice is read once."""
    layout = layout_of(platform, table)
    drop, reading = Drop(client, layout), _Reading(table, layout, client)
    for group in drop.groups():
        yield from reading.group(group)
    yield from (_refused(table, held.name, held.reason, b"") for held in drop.waiting())


@dataclass
class _Reading:
    """One read of one table: what it has taken, and what holds the rest of it back."""

    table: Table
    layout: Layout
    client: Client
    taken: set[str] = field(default_factory=set)  # the contents
    last: int | None = None  # the sequence up to which nothing is missing
    fault: str = ""  # what keeps that from going on

    def group(self, group: list[Handed]) -> Iterator[Page]:
        """The newest good revision of these; the older ones' lines are gone, the newer ones refused."""
        if held := list(self._held(group)):
            yield from (_refused(self.table, each.name, each.reason, b"") for each in held)
            return
        rest = list(group)
        while rest:
            body, handed = b"", rest.pop(0)
            try:
                body = self.client.read(Fetch(handed.entry))
                file = self._good(handed, body)
            except Unusable as error:
                yield _refused(self.table, handed.name, str(error), body)
                continue
            self.last = handed.sequence
            content = hashlib.sha256(body).hexdigest()
            if content not in self.taken:
                self.taken.add(content)
                yield from _pages(self.table, file)
            for replaced in rest:
                yield self._gone(replaced)
            return
        self.fault = f"{group[0].name} was refused"

    def _held(self, group: list[Handed]) -> Iterator[Held]:
        if self.layout.sequence is None:
            return
        sequence = group[0].sequence
        if sequence is not None and not self.fault and self.last is not None and sequence != self.last + 1:
            self.fault = f"{self.last + 1} has not come"
        for each in group:
            if sequence is None:
                yield Held(each.name, f"the file {each.name} does not say which of its sequence it is")
            elif self.fault:
                reason = f"the file {each.name} is {sequence} of its sequence, and {self.fault}: it waits, with all after it"
                yield Held(each.name, reason)

    def _good(self, handed: Handed, body: bytes) -> File:
        """The file, where it is all that was promised. Raises Unusable."""
        if handed.fault:
            raise Unusable(handed.fault)
        if handed.promise:
            totals.require_content(handed.promise, body)
        file = records.read(self.layout, handed.name, body)
        totals.require_totals(file, totals.promised(file, handed.manifest, handed.promise))
        return file

    def _gone(self, handed: Handed) -> Page:
        """The lines of a file that a later revision replaces, as tombstones; place 0 is the file itself."""
        places = [0]
        with suppress(Unusable):  # it never had lines that count
            file = records.read(self.layout, handed.name, self.client.read(Fetch(handed.entry)))
            places += [line.number for line in file.lines()]
        keys = (orjson.dumps({"file_name": handed.name, "row_number": str(place)}) for place in places)
        return Page(self.table.name, b"\n".join(keys), format="ndjson", is_deleted=True)


def _pages(table: Table, file: File) -> Iterator[Page]:
    every = file.lines()
    while piece := list(islice(every, _LINES)):
        lines = [_json(file, line) for line in piece if isinstance(line, Line)]
        refused = [Refused(f"{file.name}|{each.number}", each.reason, each.raw) for each in piece if not isinstance(each, Line)]
        yield Page(table.name, b"\n".join(lines), format="ndjson", refused=tuple(refused))


def _json(file: File, line: Line) -> bytes:
    return orjson.dumps(line.values | {"file_name": file.name, "row_number": str(line.number)})


def _refused(table: Table, name: str, reason: str, body: bytes) -> Page:
    said = f"sha256 {hashlib.sha256(body).hexdigest()}, {len(body)} bytes, begins with {body[:_SHOWN]!r}"
    told = said if body else "nothing of it was read"
    return Page(table.name, b"", format="ndjson", refused=(Refused(name, reason, told),))
