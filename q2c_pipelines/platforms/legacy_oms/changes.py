"""Messages of the log -> what they mean for each table's records, in the order of the log.

messages -> Change (a version of a record, or its tombstone) -> whole (values that were not sent are filled in) -> spools

Transactions come whole. A record that a transaction deletes and makes again is a new version and no tombstone: both would carry the
same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from q2c_pipelines.platforms.legacy_oms.pgoutput import (
    UNCHANGED,
    Begin,
    Commit,
    Delete,
    Insert,
    Message,
    Relation,
    Truncate,
    Update,
    Value,
)
from q2c_pipelines.platforms.legacy_oms.shape import COMMITTED_AT, LSN, SEQUENCE, Record, Shape
from q2c_pipelines.platforms.legacy_oms.spool import Spool
from q2c_pipelines.platforms.spec import Table

Key = tuple[Value, ...]
Filled = Callable[[Shape, list[Key]], Mapping[Key, Record]]  # the present values of these records that are still there
_TOGETHER = 1000  # changes for which unsent values are looked up at once


@dataclass(frozen=True)
class Change:
    shape: Shape
    record: Record
    lsn: int
    is_deleted: bool = False


@dataclass(frozen=True)
class Turned:
    """A table has another definition from here on, or was emptied at that place."""

    shape: Shape
    truncated_at: int = 0


@dataclass
class Changes:
    """Reads messages one after the other, those of transactions after `since`. `end`: the place after the last whole one."""

    schema: str
    tables: Mapping[str, Table]  # by the name they have in that schema
    since: datetime | None = None
    end: int = 0
    _shapes: dict[int, Shape] = field(default_factory=dict)
    _gone: dict[tuple[str, Key], tuple[Shape, int]] = field(
        default_factory=dict
    )  # what the transaction under way deleted, and when
    _lsn: int = 0
    _committed_at: str = ""
    _sequence: int = 0
    _is_before: bool = False

    def of(self, messages: Iterable[Message]) -> Iterator[Change | Turned]:
        """What the messages mean; those of tables that are not declared mean nothing."""
        for message in messages:
            match message:
                case Begin():
                    self._lsn, self._committed_at, self._sequence = message.lsn, message.committed_at.isoformat(), 0
                    self._is_before = self.since is not None and message.committed_at <= self.since
                case Commit():
                    self.end = max(self.end, message.end_lsn)
                    yield from self._tombstones()
                case Relation():
                    yield from self._described(message)
                case Truncate():
                    yield from (Turned(self._shapes[oid], self._lsn) for oid in message.relations if oid in self._shapes)
                case Insert() | Update() | Delete():
                    if (shape := self._shapes.get(message.relation)) and not self._is_before:
                        yield from self._changed(shape, message)

    def _described(self, relation: Relation) -> Iterator[Turned]:
        if relation.schema == self.schema and (table := self.tables.get(relation.name)):
            self._shapes[relation.oid] = Shape.of(relation, table)
            yield Turned(self._shapes[relation.oid])

    def _changed(self, shape: Shape, message: Insert | Update | Delete) -> Iterator[Change]:
        self._sequence += 1
        if isinstance(message, Delete):
            self._delete(shape, shape.record(message.old))
            return
        old = None if isinstance(message, Insert) or message.has_key_only else message.old
        record = shape.record(message.new, old)
        if isinstance(message, Update) and message.old is not None:
            before = shape.record(message.old)
            if shape.key_of(before) != shape.key_of(record):
                self._delete(shape, before)
        self._gone.pop((shape.table.name, shape.key_of(record)), None)
        yield self._change(shape, record, self._sequence)

    def _delete(self, shape: Shape, before: Record) -> None:
        if shape.key:
            self._gone[shape.table.name, shape.key_of(before)] = (shape, self._sequence)

    def _tombstones(self) -> Iterator[Change]:
        for (_, key), (shape, sequence) in self._gone.items():
            yield self._change(shape, dict(zip(shape.key, key, strict=True)), sequence, is_deleted=True)
        self._gone.clear()

    def _change(self, shape: Shape, record: Record, sequence: int, is_deleted: bool = False) -> Change:
        told: Record = {LSN: str(self._lsn), SEQUENCE: str(sequence), COMMITTED_AT: self._committed_at}
        return Change(shape, record | told, self._lsn, is_deleted)


def spooled(changes: Iterable[Change | Turned], spools: Mapping[str, Spool], filled: Filled) -> None:
    """Put every change where its table's pages are made."""
    for change in whole(changes, filled):
        spool = spools[change.shape.table.name]
        if isinstance(change, Turned):
            spool.turn()
            spool.truncated_at = max(spool.truncated_at, change.truncated_at)
        elif change.shape.misfit and not change.is_deleted:
            named = "|".join(map(str, change.shape.key_of(change.record)))
            spool.refuse(named, change.shape.misfit, change.record, change.lsn)
        else:
            spool.add(change.record, change.lsn, is_deleted=change.is_deleted)


def whole(changes: Iterable[Change | Turned], filled: Filled) -> Iterator[Change | Turned]:
    """The same with every value: one that was not sent is what the table holds now, which is the last known one or newer.

    A version whose record is gone by now cannot be told whole and is left out: its tombstone follows.
    """
    coming = iter(changes)
    while batch := list(islice(coming, _TOGETHER)):
        known = {name: filled(shape, keys) for name, shape, keys in _torn(batch)}
        for change in batch:
            if isinstance(change, Change) and UNCHANGED in change.record.values():
                found = known[change.shape.table.name].get(change.shape.key_of(change.record))
                if found is None:
                    continue
                record = {name: found.get(name) if value is UNCHANGED else value for name, value in change.record.items()}
                yield Change(change.shape, record, change.lsn)
            else:
                yield change


def _torn(batch: list[Change | Turned]) -> Iterator[tuple[str, Shape, list[Key]]]:
    """By table, the keys of the records that some value is wanting of."""
    keys: dict[str, tuple[Shape, dict[Key, None]]] = {}
    for change in batch:
        if isinstance(change, Change) and UNCHANGED in change.record.values():
            _, found = keys.setdefault(change.shape.table.name, (change.shape, {}))
            found[change.shape.key_of(change.record)] = None
    return ((name, shape, list(found)) for name, (shape, found) in keys.items())
