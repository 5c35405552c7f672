"""The messages of PostgreSQL's output plug-in `pgoutput`, protocol version 1, as plain values.

bytes of one message -> Begin | Commit | Relation | Insert | Update | Delete | Truncate | Type | Other

Knows the bytes and nothing of tables or of what is done with them. Values are the text that PostgreSQL writes, None, or UNCHANGED.
https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Unchanged(Enum):
    """The mark of a value stored out of line (TOAST) that the update did not touch: it is not sent."""

    UNCHANGED = "u"


UNCHANGED: Final = Unchanged.UNCHANGED
Value = str | None | Unchanged
Row = tuple[Value, ...]


class Undecodable(ValueError):
    """Bytes that are no message of this protocol; says what stood where."""


@dataclass(frozen=True)
class Column:
    name: str
    type_oid: int
    modifier: int
    is_key: bool  # part of the replica identity


@dataclass(frozen=True)
class Begin:
    lsn: int  # of the transaction's commit: all transactions come in its order
    committed_at: datetime
    xid: int


@dataclass(frozen=True)
class Commit:
    lsn: int
    end_lsn: int
    committed_at: datetime


@dataclass(frozen=True)
class Relation:
    """A table as it is from here on: sent before its first change, and again after each change of its definition."""

    oid: int
    schema: str
    name: str
    identity: str  # d: primary key, n: nothing, f: the whole row, i: an index
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Insert:
    relation: int
    new: Row


@dataclass(frozen=True)
class Update:
    """`old` is there where the identity changed, or is the whole row. Where `has_key_only`, its other values were not sent."""

    relation: int
    new: Row
    old: Row | None = None
    has_key_only: bool = False


@dataclass(frozen=True)
class Delete:
    relation: int
    old: Row
    has_key_only: bool


@dataclass(frozen=True)
class Truncate:
    relations: tuple[int, ...]


@dataclass(frozen=True)
class Type:
    """The name of a type that is not built in: an enum, a domain."""

    oid: int
    schema: str
    name: str


@dataclass(frozen=True)
class Other:
    """An origin or a logical message: nothing that changes a row."""

    kind: str


Message = Begin | Commit | Relation | Insert | Update | Delete | Truncate | Type | Other


def decoded(data: bytes) -> Message:
    """One message. Raises Undecodable for what protocol version 1 does not have."""
    try:
        return _message(_Reader(data))
    except Undecodable:
        raise
    except (struct.error, IndexError, ValueError) as error:
        raise Undecodable(f"a message {data[:1]!r} of {len(data)} bytes ends early or is none: {error}") from error


def _message(read: _Reader) -> Message:
    match kind := read.character():
        case "I":
            return Insert(read.int32(), read.marked("N"))
        case "U":
            return _update(read)
        case "D":
            relation, mark = read.int32(), read.character()
            return Delete(relation, read.row(), mark == "K")
        case "B":
            return Begin(read.int64(), read.time(), read.int32())
        case "C":
            read.character()
            return Commit(read.int64(), read.int64(), read.time())
        case "R":
            return Relation(read.int32(), read.text(), read.text(), read.character(), _columns(read))
        case "T":
            count, _ = read.int32(), read.character()
            return Truncate(tuple(read.int32() for _ in range(count)))
        case "Y":
            return Type(read.int32(), read.text(), read.text())
        case "O" | "M":
            return Other(kind)
    raise Undecodable(f"{kind!r} begins no message of pgoutput's protocol version 1")


def _update(read: _Reader) -> Update:
    relation, mark = read.int32(), read.character()
    if mark == "N":
        return Update(relation, read.row())
    old = read.row()
    return Update(relation, read.marked("N"), old, mark == "K")


def _columns(read: _Reader) -> tuple[Column, ...]:
    return tuple(_column(read) for _ in range(read.int16()))


def _column(read: _Reader) -> Column:
    flags, name, type_oid, modifier = read.character(), read.text(), read.int32(), read.signed32()
    return Column(name, type_oid, modifier, flags == "\x01")


class _Reader:
    """Takes one value after the other from a message."""

    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def character(self) -> str:
        self._at += 1
        return chr(self._data[self._at - 1])

    def int16(self) -> int:
        return self._number(">H", 2)

    def int32(self) -> int:
        return self._number(">I", 4)

    def signed32(self) -> int:
        return self._number(">i", 4)

    def int64(self) -> int:
        return self._number(">Q", 8)

    def time(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self._number(">q", 8))

    def text(self) -> str:
        end = self._data.index(b"\0", self._at)
        text = self._data[self._at : end].decode()
        self._at = end + 1
        return text

    def marked(self, mark: str) -> Row:
        if (found := self.character()) != mark:
            raise Undecodable(f"{mark!r} was to come before a row, and {found!r} came")
        return self.row()

    def row(self) -> Row:
        return tuple(self._value() for _ in range(self.int16()))

    def _value(self) -> Value:
        match kind := self.character():
            case "n":
                return None
            case "u":
                return UNCHANGED
            case "t":
                length = self.int32()
                self._at += length
                if self._at > len(self._data):
                    raise Undecodable(f"a value of {length} bytes is cut short")
                return self._data[self._at - length : self._at].decode()
        raise Undecodable(f"a value of kind {kind!r} was not asked for")

    def _number(self, form: str, width: int) -> int:
        (number,) = struct.unpack_from(form, self._data, self._at)
        self._at += width
        return int(number)
