"""What the portal is made of: objects, their properties, and the tables that hold them.

objects.yaml -> Object, Property -> DDL.  A table has its object's plural name, and a column of text for each property.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from q2c_pipelines import yaml_file


@dataclass(frozen=True)
class Property:
    """One property of an object."""

    name: str
    type: str
    options: tuple[str, ...] = ()
    is_unique: bool = False
    is_calculated: bool = False
    is_custom: bool = False


@dataclass(frozen=True)
class Object:
    """One kind of record. `pipeline` names the properties that hold a record's pipeline and stage."""

    name: str
    singular: str
    type_id: str
    scope: str
    properties: Mapping[str, Property] = field(hash=False)
    created: str = "createdate"
    changed: str = "hs_lastmodifieddate"
    defaults: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    pipeline: tuple[str, ...] = ()
    merges: bool = False

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that come whether asked for or not."""
        return (self.created, self.changed, "hs_object_id")

    def needs(self, what: str) -> str:
        """The scope that a call needs to `read` or to `write` these."""
        return self.scope if "." not in self.scope else f"{self.scope}.{what}"


@cache
def objects() -> dict[str, Object]:
    """Every object by its plural name."""
    declared = yaml_file.read(Path(__file__).with_name("objects.yaml"))
    return {name: _object(name, said) for name, said in declared.items()}


@cache
def named(name: str) -> Object | None:
    """The object that an address speaks of: by its plural, its singular or its type id."""
    return next((each for each in objects().values() if name in (each.name, each.singular, each.type_id)), None)


def ddl() -> str:
    """The tables of the objects."""
    return "\n".join(_table(each) for each in objects().values())


def _object(name: str, said: dict[str, Any]) -> Object:
    made: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in said.items() if key != "properties"
    }
    own = {each: _property(each, words) for each, words in said["properties"].items()}
    merged = {"hs_merged_object_ids": Property("hs_merged_object_ids", "string", is_calculated=True)} if said.get("merges") else {}
    stamps = (made.get("created", Object.created), made.get("changed", Object.changed))
    kept = {each: Property(each, "datetime", is_calculated=True) for each in stamps}
    id_ = {"hs_object_id": Property("hs_object_id", "number", is_calculated=True)}
    return Object(name=name, properties=own | merged | kept | id_, **made)


def _property(name: str, words: str | list[str]) -> Property:
    if isinstance(words, list):
        return Property(name, "enumeration", options=tuple(words))
    kind, *more = words.split()
    return Property(name, kind, is_unique="unique" in more, is_calculated="calculated" in more, is_custom="custom" in more)


def _table(each: Object) -> str:
    columns = "".join(f', "{name}" text' for name in each.properties if name != "hs_object_id")
    unique = [name for name, one in each.properties.items() if one.is_unique]
    indexed = "".join(
        f'create index if not exists {each.name}_{name} on "{each.name}" ("{name}");' for name in [each.changed, *unique]
    )
    return (
        f'create table if not exists "{each.name}" (id integer primary key{columns}, _archived_at text);{indexed}'
        f'create index if not exists {each.name}_archived on "{each.name}" (_archived_at) where _archived_at is not null;'
    )
