"""Which files of a layout are handed over, in which order, and what holds the others back.

listing -> finished names -> manifest, marker or two looks -> Handed, Held -> groups of one sequence, the newest revision first.
What a file says is read in `records.py`, what was promised of it is held against it in `totals.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.file_drop.errors import Unusable
from q2c_pipelines.platforms.file_drop.layout import MANIFEST, Layout
from q2c_pipelines.platforms.file_drop.requests import Entry, Fetch, Listing, Settled
from q2c_pipelines.platforms.file_drop.totals import Manifest, Promise, manifest_of


@dataclass(frozen=True)
class Handed:
    """A file that is complete, as far as can be told without reading it. `fault`: why its manifest cannot be used."""

    entry: Entry
    sequence: int | None = None
    revision: int = 0
    manifest: Manifest | None = None
    promise: Promise | None = None
    fault: str = ""

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True)
class Held:
    """A file that is not read yet, and why."""

    name: str
    reason: str


class Drop:
    """What lies in the folder of one layout, as one listing saw it."""

    def __init__(self, client: Client, layout: Layout, now: datetime | None = None):
        self._client, self._layout, self._now = client, layout, now or datetime.now(UTC)
        listed: list[list[Entry]] = [client.read(Listing(below)) for below in layout.folders]
        self._entries = {entry.name: entry for found in listed for entry in found}
        self.files = [entry for name, entry in sorted(self._entries.items()) if layout.takes(name)]

    def groups(self) -> Iterator[list[Handed]]:
        """Complete files in the order they count, those of one sequence together, the newest revision first."""
        complete = (each for entry in self.files if (each := self._handed(entry)))
        if self._layout.sequence is None:
            yield from ([each] for each in complete)
            return
        handed = sorted(complete, key=lambda each: (-1 if each.sequence is None else each.sequence, -each.revision, each.name))
        for _, together in groupby(handed, key=lambda each: each.sequence):
            yield list(together)

    def waiting(self) -> Iterator[Held]:
        """What has waited for its other half for long: a file without its manifest or marker, a manifest without its file."""
        for entry in self.files:
            if self._layout.complete_by in ("manifest", "marker") and not self._is_announced(entry) and self._is_old(entry):
                other = "manifest" if self._layout.complete_by == "manifest" else f"marker {self._layout.marker}"
                yield Held(entry.name, f"the file {entry.name} waits for its {other}, and is not read without it")
        for name in [name for name in self._entries if name.endswith(MANIFEST) and self._is_old(self._entries[name])]:
            yield from self._promised_and_absent(name)

    def _handed(self, entry: Entry) -> Handed | None:
        by = self._layout.complete_by
        if (by in ("manifest", "marker") and not self._is_announced(entry)) or (by == "quiet" and not self._is_quiet(entry)):
            return None
        manifest, promise, fault = None, None, ""
        try:
            if found := self._manifest_name(entry):
                manifest = self._manifest(found)
                promise = next((each for each in manifest.files if each.name == entry.name.rpartition("/")[2]), None)
                if promise is None:
                    raise Unusable(f"the file {entry.name} is not named in its manifest")
        except Unusable as error:
            fault = str(error)
        sequence, revision = self._place(entry, manifest)
        return Handed(entry, sequence, revision, manifest, promise, fault)

    def _place(self, entry: Entry, manifest: Manifest | None) -> tuple[int | None, int]:
        """Sequence and revision: what the name says, else the manifest."""
        said = (manifest.sequence, manifest.revision) if manifest else (None, 0)
        if self._layout.sequence in (None, "manifest"):
            return said
        if not (found := self._layout.sequence.search(entry.name)):  # type: ignore[union-attr]
            return said
        parts = found.groupdict()
        return int(parts["sequence"]), int(parts.get("revision") or 0)

    def _manifest_name(self, entry: Entry) -> str | None:
        """The manifest beside a file, or that of the hand-over whose name the file's begins with."""
        stem = entry.name.rpartition(".")[0]
        return next((name for name in (stem + MANIFEST, stem.rpartition("_")[0] + MANIFEST) if name in self._entries), None)

    def _manifest(self, name: str) -> Manifest:
        return manifest_of(name, self._client.read(Fetch(self._entries[name])))

    def _is_announced(self, entry: Entry) -> bool:
        if self._layout.complete_by == "manifest":
            return self._manifest_name(entry) is not None
        stem = entry.name.rpartition(".")[0]
        return any(name + self._layout.marker in self._entries for name in (entry.name, stem))

    def _is_quiet(self, entry: Entry) -> bool:
        return bool(self._client.read(Settled(entry, timedelta(minutes=self._layout.quiet_minutes))))

    def _promised_and_absent(self, manifest: str) -> Iterator[Held]:
        folder, slash, _ = manifest.rpartition("/")
        try:
            promised: Sequence[Promise] = self._manifest(manifest).files
        except Unusable:
            return  # where its file is there, it is told of the file
        for name in (f"{folder}{slash}{each.name}" for each in promised):
            if name not in self._entries and self._layout.takes(name):
                yield Held(name, f"the file {name} is named in {manifest} and is not there: it waits")

    def _is_old(self, entry: Entry) -> bool:
        """Whether it has lain here for longer than its other half may take; where nothing says since when, it has."""
        changed = entry.changed_at
        return changed is None or self._now - changed >= timedelta(minutes=self._layout.alert_minutes)
