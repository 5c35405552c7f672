"""A table as the log or the catalogue describes it, held against its declaration: which values a record has, in which words.

Relation, Table -> Shape -> record (text by column name).  Nothing is coerced: a column whose type is of another kind than declared
makes every record refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from q2c_pipelines.platforms.legacy_oms.pgoutput import UNCHANGED, Column, Relation, Row, Value
from q2c_pipelines.platforms.spec import Table

LSN, SEQUENCE, COMMITTED_AT = "commit_lsn", "commit_sequence", "committed_at"
OWN = (LSN, SEQUENCE, COMMITTED_AT)  # what the log tells of a record, beside the record

_USERS = 16384  # object ids of types that users made begin here: enums, domains
_BOOL, _DATE, _TIMESTAMP, _TIMESTAMPTZ = 16, 1082, 1114, 1184
_WHOLE_NUMBERS = {20, 21, 23}
_TEXTS = {18, 19, 25, 114, 1042, 1043, 2950, 3802}
_FITTING = {
    "bool": {_BOOL},
    "int": _WHOLE_NUMBERS,
    "decimal": {1700, *_WHOLE_NUMBERS},
    "date": {_DATE},
    "string": _TEXTS,
}

Record = dict[str, Value]


@dataclass(frozen=True)
class Shape:
    """How the rows of a table are read, as of one description of it. `misfit`: why none of them can be, or nothing."""

    relation: Relation
    table: Table
    misfit: str

    @classmethod
    def of(cls, relation: Relation, table: Table) -> Shape:
        """The shape of a table that was described so."""
        return cls(relation, table, _misfit(relation, table))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its records apart; none where the log's place alone does."""
        return tuple(name for name in self.table.key if name not in OWN)

    def record(self, row: Row, old: Row | None = None) -> Record:
        """The row by column; what was not sent is taken from the old row, where that is whole."""
        values = [_told(row, old, place) for place in range(len(row))]
        return {column.name: _worded(column, value) for column, value in zip(self.relation.columns, values, strict=True)}

    def key_of(self, record: Record) -> tuple[Value, ...]:
        """What tells a record from all others; of a table without a key, nothing does."""
        return tuple(record.get(name) for name in self.key)


def _told(row: Row, old: Row | None, place: int) -> Value:
    return old[place] if row[place] is UNCHANGED and old is not None else row[place]


def _worded(column: Column, value: Value) -> Value:
    word = _WORDS.get(column.type_oid)
    return word(value) if word and isinstance(value, str) else value


def _iso(value: str) -> str:
    """`2026-11-01 08:00:00+00` with its T. What is no time (infinity) stays, and does not fit."""
    return value.replace(" ", "T", 1)


_WORDS: dict[int, Callable[[str], str]] = {
    _BOOL: lambda value: {"t": "true", "f": "false"}[value],
    _TIMESTAMPTZ: _iso,
}


def _misfit(relation: Relation, table: Table) -> str:
    types = {column.name: column.type_oid for column in relation.columns}
    wrong = [
        f"{name} is declared {column.type}, and is of another type now (object id {types[name]})"
        for name, column in table.columns.items()
        if name in types and not _fits(types[name], column.type, column.format)
    ]
    return "; ".join(wrong)


def _fits(type_oid: int, declared: str, form: str) -> bool:
    if declared == "timestamp":
        return type_oid == (_TIMESTAMPTZ if form == "iso" else _TIMESTAMP)
    if declared == "string" and type_oid >= _USERS:
        return True
    return type_oid in _FITTING[declared.partition("(")[0]]
