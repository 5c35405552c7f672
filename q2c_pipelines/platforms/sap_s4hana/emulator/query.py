"""Reading an entity set: which records, in which order, which fields, and what hangs on them.

$filter, $orderby, $skiptoken, $top -> SQL -> records with their links expanded or deferred, `__next` where there are more
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.sap_s4hana.emulator import edm
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import ENTITIES
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, no_property
from q2c_pipelines.platforms.sap_s4hana.emulator.filters import where
from q2c_pipelines.platforms.sap_s4hana.emulator.model import Entity

PAGE = 1000  # records that a service sends at most in one answer
Options = Mapping[str, str]


@dataclass
class Shape:
    """What a request selects and expands, below one navigation step."""

    fields: set[str] = field(default_factory=set)
    links: dict[str, Shape] = field(default_factory=dict)


def shape_of(options: Options, entity: Entity) -> Shape:
    """`$select` and `$expand` as a tree. Raises Refusal naming what the entity does not have."""
    root = Shape()
    for path in filter(None, options.get("$expand", "").split(",")):
        _grow(root, entity, [*path.strip().split("/"), "*"], expands=True)
    for path in filter(None, options.get("$select", "").split(",")):
        _grow(root, entity, path.strip().split("/"), expands=False)
    return root


def _grow(shape: Shape, entity: Entity, steps: list[str], expands: bool) -> None:
    first, *rest = steps
    if first in entity.links:
        if expands:
            shape.links.setdefault(first, Shape())
        if rest and first in shape.links:
            _grow(shape.links[first], ENTITIES[entity.links[first].to], rest, expands)
    elif first in entity.fields:
        shape.fields.add(first)
    elif first != "*":
        raise no_property(first, entity.type)


class Reader:
    """Answers reads of one account."""

    def __init__(self, emulation: Emulation, base: str):
        self._emulation, self._base = emulation, base

    def collection(self, entity: Entity, options: Options, path: str, within: str = "") -> dict[str, Any]:
        """`d` of a list: results, `__count`, `__next`."""
        state, shape = self._emulation.state, shape_of(options, entity)
        condition = (
            " and ".join(filter(None, [f"({where(options['$filter'], entity)})" if "$filter" in options else "", within])) or "1"
        )
        skip, top = _number(options, "$skiptoken") + _number(options, "$skip"), _number(options, "$top", 10**9)
        limit = min(PAGE, top)
        rows = state.select(
            f'select * from "{entity.name}" where {condition} order by {_order(entity, options)} limit ? offset ?',
            (limit + 1, skip),
        )
        found: dict[str, Any] = {"results": self._records(entity, rows[:limit], shape)}
        if options.get("$inlinecount") == "allpages":
            found["__count"] = str(self.count(entity, condition))
        if len(rows) > limit and top > limit:
            rest = {name: value for name, value in options.items() if name not in ("$skip", "$skiptoken", "$top")}
            left = {"$top": str(top - limit)} if "$top" in options else {}
            found["__next"] = f"{self._base}{path}?{urlencode({**rest, **left, '$skiptoken': str(skip + limit)}, quote_via=quote)}"
        return found

    def count(self, entity: Entity, condition: str) -> int:
        return int(self._emulation.state.select(f'select count(*) as n from "{entity.name}" where {condition}')[0]["n"])

    def record(self, entity: Entity, row: Row, options: Options) -> dict[str, Any]:
        """One record as the service sends it."""
        return self._records(entity, [row], shape_of(options, entity))[0]

    def uri(self, entity: Entity, row: Row) -> str:
        """Where a record is."""
        keys = [(name, quote(edm.shown(entity.fields[name], row[name]), safe="")) for name in entity.key]
        key = f"'{keys[0][1]}'" if len(keys) == 1 else ",".join(f"{name}='{value}'" for name, value in keys)
        return f"{self._base}/sap/opu/odata/sap/{entity.service}/{entity.name}({key})"

    def _records(self, entity: Entity, rows: Iterable[Row], shape: Shape) -> list[dict[str, Any]]:
        rows = list(rows)
        linked = {name: self._linked(entity, name, rows, inner) for name, inner in shape.links.items()}
        sent = []
        for place, row in enumerate(rows):
            values = {
                name: edm.shown(each, row[name]) for name, each in entity.fields.items() if not shape.fields or name in shape.fields
            }
            deferred = {} if shape.fields else self._deferred(entity, row, shape)
            expanded = {name: found[place] for name, found in linked.items()}
            (values,) = self._emulation.reshape(entity.name, [values])
            sent.append({"__metadata": self._metadata(entity, row), **values, **deferred, **expanded})
        return sent

    def _metadata(self, entity: Entity, row: Row) -> dict[str, str]:
        uri = self.uri(entity, row)
        tag = {"etag": edm.etag(entity.fields[entity.etag], row[entity.etag])} if entity.etag else {}
        return {"id": uri, "uri": uri, "type": entity.type, **tag}

    def _deferred(self, entity: Entity, row: Row, shape: Shape) -> dict[str, Any]:
        uri = self.uri(entity, row)
        return {name: {"__deferred": {"uri": f"{uri}/{name}"}} for name in entity.links if name not in shape.links}

    def _linked(self, entity: Entity, name: str, rows: list[Row], shape: Shape) -> list[Any]:
        """What each record's link leads to, read for all of them at once."""
        link = entity.links[name]
        target = ENTITIES[link.to]
        theirs, ours = next(iter(link.by.items()))
        marks = ", ".join("?" * len(rows))
        sql = f'select * from "{target.name}" where "{theirs}" in ({marks}) order by {_order(target, {})}'
        found = self._emulation.state.select(sql, [row[ours] for row in rows])
        records = self._records(target, found, shape)
        by_key: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row, record in zip(found, records, strict=True):
            by_key.setdefault(tuple(row[theirs] for theirs in link.by), []).append(record)
        lists = [by_key.get(tuple(row[ours] for ours in link.by.values()), []) for row in rows]
        return [{"results": each} for each in lists] if link.is_many else [each[0] if each else None for each in lists]


def _number(options: Options, name: str, default: int = 0) -> int:
    written = options.get(name, str(default))
    if not written.isdigit():
        raise Refusal("/IWFND/CM_MGW/098", f"Invalid value '{written}' for system query option '{name}'")
    return int(written)


def _order(entity: Entity, options: Options) -> str:
    terms = []
    for term in filter(None, options.get("$orderby", "").split(",")):
        name, _, direction = term.strip().partition(" ")
        if name not in entity.fields or direction not in ("", "asc", "desc"):
            raise no_property(name, entity.type)
        terms.append(f"{entity.place(name)} {direction or 'asc'}")
    return ", ".join(terms + [entity.place(name) for name in entity.key])
