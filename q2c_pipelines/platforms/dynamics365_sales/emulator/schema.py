"""The environment's tables as the Web API tells them, and the SQLite tables behind.

tables.yaml -> Table, Column -> DDL.  A column is stored under the name it is read by: a lookup `customerid` as `_customerid_value`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

USER = "7c5a9c1e-2f0e-4a57-9d6f-5f3c7f2b1a10"  # the application user, who everything is made and owned by
ORGANISATION = "d1f0a3c2-5b7e-4f0c-8a4d-0c9b5e7f6a21"
BUSINESS_UNIT = "e3b2c4d5-6f7a-4b8c-9d0e-1f2a3b4c5d6e"
ACTIVITIES = ("quoteclose", "orderclose")  # their key is the activity's

_SQL = {"bool": "integer", "choice": "integer", "int": "integer", "long": "integer", "decimal": "real", "money": "real"}
_EDM = {
    "key": "Edm.Guid", "lookup": "Edm.Guid", "bool": "Edm.Boolean", "choice": "Edm.Int32", "int": "Edm.Int32", "long": "Edm.Int64",
    "decimal": "Edm.Decimal", "money": "Edm.Decimal", "date": "Edm.Date", "datetime": "Edm.DateTimeOffset", "text": "Edm.String",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column. `read`: the server alone sets it; `created`: may be given with a new record and never changes."""

    logical: str
    type: str
    length: int = 0
    required: bool = False
    read: bool = False
    created: bool = False
    options: Sequence[int] = ()
    default: int | None = None
    to: str = ""
    bind: str = ""
    inverse: str = ""

    @property
    def name(self) -> str:
        """The name it is read by."""
        return f"_{self.logical}_value" if self.type == "lookup" else self.logical

    @property
    def navigation(self) -> str:
        """The navigation property that a lookup is written by."""
        return self.bind or self.logical

    @property
    def edm(self) -> str:
        return _EDM[self.type]

    @property
    def ddl(self) -> str:
        folded = " collate nocase" if self.type == "text" else ""
        return f'"{self.name}" {_SQL.get(self.type, "text")}{" primary key" if self.type == "key" else ""}{folded}'


@dataclass(frozen=True)
class Table:
    """One table, with its entity set, its own columns and those that every table has."""

    name: str
    set: str
    columns: Mapping[str, Column]  # by the name they are read by
    states: Mapping[int, Sequence[int]]
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parent: str = ""

    @property
    def key(self) -> str:
        return key_of(self.name)

    @cached_property
    def lookups(self) -> dict[str, Column]:
        """The lookups by the navigation property they are written and expanded by."""
        return {column.navigation: column for column in self.columns.values() if column.type == "lookup"}

    @cached_property
    def money(self) -> list[str]:
        """The amounts in the record's own currency."""
        return [name for name, column in self.columns.items() if column.type == "money" and f"{name}_base" in self.columns]

    @property
    def ddl(self) -> str:
        columns = ", ".join(column.ddl for column in self.columns.values())
        index = f'create index if not exists "{self.name}_{{0}}" on "{self.name}" ("{{0}}");\n'
        return f'create table if not exists "{self.name}" ({columns});\n' + "".join(map(index.format, self._indexed))

    @property
    def _indexed(self) -> Iterator[str]:
        yield from ("versionnumber", "modifiedon")
        yield from [f"_{self.parent}_value"] if self.parent else []
        yield from (name for names in self.keys.values() for name in names)


def key_of(table: str) -> str:
    """The primary key column of a table."""
    return "activityid" if table in ACTIVITIES else f"{table}id"


def _table(name: str, declared: Mapping[str, Any]) -> Table:
    states = declared.get("states", {})
    own = [Column(logical, **about) for logical, about in declared["columns"].items()]
    columns = [Column(key_of(name), "key", created=True), *own, *_bases(own), *_system(states)]
    by_name = {column.name: column for column in columns}
    return Table(name, declared["set"], by_name, states, declared.get("keys", {}), declared.get("parent", ""))


def _bases(columns: Sequence[Column]) -> Iterator[Column]:
    return (Column(f"{column.logical}_base", "money", read=True) for column in columns if column.type == "money")


def _system(states: Mapping[int, Sequence[int]]) -> Iterator[Column]:
    yield from (Column(name, "datetime", read=True) for name in ("createdon", "modifiedon"))
    yield Column("overriddencreatedon", "datetime", created=True)
    yield from (Column(name, "lookup", to="systemuser", read=True) for name in ("createdby", "modifiedby", "ownerid"))
    yield Column("versionnumber", "long", read=True)
    if states:
        yield Column("statecode", "choice", options=tuple(states))
        yield Column("statuscode", "choice", options=tuple(each for many in states.values() for each in many))


TABLES: dict[str, Table] = {
    name: _table(name, declared) for name, declared in yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text()).items()
}
SETS: dict[str, Table] = {table.set: table for table in TABLES.values()}
KEYS = {name: table.key for name, table in TABLES.items()}

_OWN = """
create table if not exists _deleted (table_name text, id text, versionnumber integer, at text, primary key (table_name, id));
create table if not exists _version (one integer primary key check (one = 1), highest integer not null);
"""
DDL = "".join(table.ddl for table in TABLES.values()) + _OWN
