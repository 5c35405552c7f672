"""The org's objects and their tables: live records, the recycle bin beside them, the delete log.

objects.yaml -> SObject -> DDL.  Table `T` holds what lives, `T__bin` what was deleted, view `T__all` both, as queryAll sees them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

USER = "0055g000000000QAAQ"  # who everything is owned and made by: the integration user

_NUMERIC = ("currency", "double", "percent")


@dataclass(frozen=True)
class Field:
    """One field, in the words of the vendor's describe."""

    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    access: Literal["write", "create", "read"] = "write"
    calculated: bool = False
    externalId: bool = False
    idLookup: bool = False
    to: str = ""
    cascade: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    default: str | None = None

    @property
    def is_number(self) -> bool:
        return self.type in _NUMERIC

    @property
    def required(self) -> bool:
        """A record cannot be made without it."""
        return not self.nillable and self.access != "read" and self.default is None

    @property
    def ddl(self) -> str:
        if self.type == "boolean":
            return f'"{self.name}" integer not null default 0'
        if self.is_number:
            return f'"{self.name}" real'
        folded = "" if self.type in ("id", "reference", "datetime", "date") else " collate nocase"
        default = f" default '{self.default}'" if self.default else ""
        key = " primary key" if self.name == "Id" else ""
        return f'"{self.name}" text{key}{folded}{default}'


_ID = Field("Id", "id", length=18, nillable=False, access="read", idLookup=True)
_SYSTEM: dict[str, dict[str, Any]] = {
    "IsDeleted": {"type": "boolean", "access": "read"},
    "CreatedDate": {"type": "datetime", "nillable": False, "access": "read"},
    "CreatedById": {"type": "reference", "to": "User", "nillable": False, "access": "read", "default": USER},
    "LastModifiedDate": {"type": "datetime", "nillable": False, "access": "read"},
    "LastModifiedById": {"type": "reference", "to": "User", "nillable": False, "access": "read", "default": USER},
    "SystemModstamp": {"type": "datetime", "nillable": False, "access": "read"},
}


@dataclass(frozen=True)
class SObject:
    """One object type of the org."""

    name: str
    prefix: str
    fields: Mapping[str, Field]
    has_records: bool = True  # else it is part of the org's configuration: read only, never deleted

    @cached_property
    def _by_folded_name(self) -> dict[str, Field]:
        return {name.lower(): field for name, field in self.fields.items()}

    def field(self, name: str) -> Field | None:
        """The field of that name, in whatever case it is written."""
        return self._by_folded_name.get(name.lower())

    @property
    def parents(self) -> Iterator[Field]:
        """The references whose record takes this one with it into the bin."""
        return (field for field in self.fields.values() if field.cascade)


def _sobject(name: str, declared: Mapping[str, Any]) -> SObject:
    fields = {key: Field(key, **(about | {"values": tuple(about.get("values", ()))})) for key, about in declared["fields"].items()}
    system = {} if declared.get("setup") else {key: Field(key, **about) for key, about in _SYSTEM.items()}
    return SObject(name, declared["prefix"], {"Id": _ID, **fields, **system}, bool(system))


OBJECTS: dict[str, SObject] = {
    name: _sobject(name, declared)
    for name, declared in yaml.safe_load(Path(__file__).with_name("objects.yaml").read_text()).items()
}
RECORDS = {name: sobject for name, sobject in OBJECTS.items() if sobject.has_records}
KEYS = dict.fromkeys(OBJECTS, "Id") | {f"{name}__bin": "Id" for name in OBJECTS}


def find(name: str) -> SObject | None:
    """The object of that name, in whatever case it is written."""
    return next((sobject for sobject in OBJECTS.values() if sobject.name.lower() == name.lower()), None)


def _ddl(sobject: SObject) -> str:
    columns = ", ".join(field.ddl for field in sobject.fields.values())
    table = f'create table if not exists "{sobject.name}" ({columns});\n'
    if not sobject.has_records:
        return table
    return (
        table + f'create table if not exists "{sobject.name}__bin" ({columns});\n'
        f'create view if not exists "{sobject.name}__all" as '
        f'select * from "{sobject.name}" union all select * from "{sobject.name}__bin";\n' + "".join(_indices(sobject))
    )


def _indices(sobject: SObject) -> Iterator[str]:
    looked_up = [field.name for field in sobject.fields.values() if field.cascade or field.externalId or field.type == "email"]
    for columns in ("SystemModstamp, Id", *looked_up):
        name = f"{sobject.name}_{columns.split(',')[0]}"
        yield f'create index if not exists "{name}" on "{sobject.name}" ({columns});\n'


_SETUP = """
create table if not exists _delete_log (sobject text, id text, deleted_at text, primary key (sobject, id));
insert or ignore into "OrderStatus" (Id, ApiName, MasterLabel, StatusCode, SortOrder, IsDefault) values
    ('01X5g000000000DAAU', 'Draft', 'Draft', 'Draft', 1, 1), ('01X5g000000000AAAU', 'Activated', 'Activated', 'Activated', 2, 0);
"""
DDL = "".join(_ddl(sobject) for sobject in OBJECTS.values()) + _SETUP
