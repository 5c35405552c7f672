"""What an entity of a service is: its fields with their kinds, its key, where it leads, and what may be done to it.

declared entities -> SQLite tables, JSON, filters and the services' metadata; nothing else knows a field's type
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_KIND = re.compile(r"(?P<kind>[a-z]+)?(?P<size>\d+)?(-)?")
_COLUMNS = {"money": "numeric", "quantity": "numeric", "bool": "boolean", "date": "date", "stamp": "datetime", "time": "time"}
PADDED = 10  # characters of a number that is stored with leading zeros


@dataclass(frozen=True)
class Field:
    """A property: `text`, `alpha` (kept with leading zeros, shown without), money, quantity, bool, date, time, stamp or guid."""

    kind: str
    size: int = 0  # characters of a text
    is_derived: bool = False  # the system's own: passed over in a request

    @classmethod
    def parse(cls, written: str) -> Field:
        match = _KIND.fullmatch(written)
        assert match, written
        return cls(match["kind"] or "text", int(match["size"] or 0), bool(match[3]))


@dataclass(frozen=True)
class Link:
    """A navigation property: to which entity, and by which fields of it (theirs -> ours)."""

    to: str
    by: Mapping[str, str]
    is_many: bool = True


@dataclass(frozen=True)
class Entity:
    """One entity set of a service. The name is also its table's, and `_key` there joins the parts of a key."""

    service: str
    name: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    links: Mapping[str, Link] = field(default_factory=dict)
    etag: str = ""
    methods: frozenset[str] = frozenset({"GET", "POST", "PATCH", "MERGE", "PUT", "DELETE"})

    @property
    def type(self) -> str:
        return f"{self.service}.{self.name}Type"

    @property
    def table_key(self) -> str:
        """The column that tells a row from the others."""
        return self.key[0] if len(self.key) == 1 else "_key"

    def row_key(self, values: Mapping[str, object]) -> str:
        """The value of that column."""
        return "/".join(str(values[name]) for name in self.key)

    @property
    def ddl(self) -> str:
        """Its table, with an index for reading in the order of the key."""
        columns = [f'"{name}" {_COLUMNS.get(each.kind, "text")}' for name, each in self.fields.items()]
        own = [] if len(self.key) == 1 else ["_key text primary key"]
        columns[0] += " primary key" if not own else ""
        order = ", ".join(self.place(name) for name in self.key)
        table = f'create table if not exists "{self.name}" ({", ".join(own + columns)});'
        parent = f'create index if not exists "{self.name} of" on "{self.name}" ("{self.key[0]}");' if own else ""
        return f'{table}\ncreate index if not exists "{self.name} by key" on "{self.name}" ({order});\n{parent}'

    def place(self, name: str) -> str:
        """A field in SQL, as it is compared and sorted."""
        kind = self.fields[name].kind
        if kind == "alpha":
            return f"substr('{'0' * PADDED}' || \"{name}\", -{PADDED})"
        return f"rtrim(\"{name}\", 'Z')" if kind == "stamp" else f'"{name}"'


READ_ONLY = frozenset({"GET"})
NOT_DELETED = frozenset({"GET", "POST", "PATCH", "MERGE", "PUT"})


def fields(written: str) -> dict[str, Field]:
    """`Name:alpha10 Amount:money-` as fields; `-` marks what the system derives, `YY1_` what the customer added."""
    return {name: Field.parse(kind) for name, _, kind in (each.partition(":") for each in written.split())}
