"""Collections as the framework serves them: which rows, which attributes, which children, in pages of 25 or up to 500.

q, finder, orderBy, limit, offset, fields, expand, onlyData, links -> SQL -> envelope
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.oracle_fusion.emulator import balances
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.grammar import condition
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import Resource

DEFAULT_LIMIT, MOST = 25, 500
COLLECTION = "application/vnd.oracle.adf.resourcecollection+json"
ITEM = "application/vnd.oracle.adf.resourceitem+json"


@dataclass
class Wanted:
    """What of a resource is shown: some attributes, or all, and children."""

    attributes: list[str] | None = None
    children: dict[str, Wanted] = field(default_factory=dict)

    def below(self, path: str) -> Wanted:
        """The child at a dotted path, made where it is not wanted yet."""
        place = self
        for name in filter(None, path.split(".")):
            place = place.children.setdefault(name, Wanted([] if self.attributes is not None else None))
        return place


class Collections:
    """Reads any resource."""

    def __init__(self, emulation: Emulation):
        self._emulation, self._state = emulation, emulation.state

    def page(self, request: web.Request, resource: Resource, url: str, where: str = "1", params: tuple[Any, ...] = ()) -> Row:
        """One page of a collection."""
        query, version = request.query, version_of(request)
        limit, offset = _number(query, "limit", DEFAULT_LIMIT), _number(query, "offset", 0)
        limit = min(limit, MOST) or DEFAULT_LIMIT
        if asked := query.get("q"):
            where = f"({where}) and ({condition(resource, asked, version)})"
        if (finder := query.get("finder", "")) or resource.rows:
            where = f"({where}) and ({_found(resource, finder)})"
        sql = (
            f'select * from "{resource.name}" where {where} order by {_order(resource, query.get("orderBy", ""))} limit ? offset ?'
        )
        rows = self._state.select(sql, (*params, limit + 1, offset))
        if resource.rows:
            rows = [row | {"AccountCombination": balances.combination(finder)} for row in rows]
        wanted = wanted_of(resource, query)
        items = [self.item(request, resource, row, wanted, url) for row in rows[:limit]]
        body = _envelope(self._emulation.reshape(resource.name, items), len(rows) > limit, limit, offset)
        if query.get("totalResults") == "true":
            count = self._state.select(f'select count(*) as n from "{resource.name}" where {where}', params)
            body["totalResults"] = count[0]["n"]
        return body | {"links": [{"rel": "self", "href": url, "name": resource.name, "kind": "collection"}]}

    def item(self, request: web.Request, resource: Resource, row: Row, wanted: Wanted, url: str) -> Row:
        """One record with the children that are wanted."""
        here = f"{url}/{address(resource, row)}"
        names = resource.attributes if wanted.attributes is None else wanted.attributes
        shown: Row = {name: shown_as(resource.attributes[name], row[name]) for name in names}
        for name, below in wanted.children.items():
            shown[name] = self._children(request, resource, row, name, below, f"{here}/child/{name}")
        if request.query.get("onlyData") != "true":
            shown["links"] = _links(resource, row, here, request.query.get("links", ""))
        return shown

    def _children(self, request: web.Request, parent: Resource, row: Row, name: str, wanted: Wanted, url: str) -> Any:
        child = parent.child(name)
        assert child is not None
        rows = self._state.select(f'select * from "{name}" where _parent = ? order by "{child.key}"', (row[parent.key],))
        paged = version_of(request) >= 3
        kept = rows[:DEFAULT_LIMIT] if paged else rows
        items = self._emulation.reshape(name, [self.item(request, child, each, wanted, url) for each in kept])
        return _envelope(items, len(rows) > len(kept), DEFAULT_LIMIT, 0) if paged else items


def version_of(request: web.Request) -> int:
    """The framework version that the client speaks; the oldest where it does not say."""
    said = request.headers.get("REST-Framework-Version", "1")
    if not said.isdigit() or not 1 <= int(said) <= 9:
        raise Refusal(f"The REST framework version {said} is not supported.", "27031", "REST-Framework-Version")
    return int(said)


def wanted_of(resource: Resource, query: Mapping[str, str]) -> Wanted:
    """What `fields` or else `expand` ask for. Raises Refusal naming what the resource has not."""
    if (fields := query.get("fields")) is not None:
        return _fields(resource, fields)
    wanted, expand = Wanted(), query.get("expand", "")
    for path in [each.name for each in resource.children] if expand == "all" else filter(None, expand.split(",")):
        _child(resource, path)
        wanted.below(path)
    return wanted


def _fields(resource: Resource, asked: str) -> Wanted:
    wanted = Wanted([])
    for part in asked.split(";"):
        path, colon, names = part.rpartition(":")
        owner = _child(resource, path) if colon else resource
        chosen = wanted.below(path)
        for name in filter(None, names.split(",")):
            if name not in owner.attributes:
                raise Refusal(f"URL request parameter fields: the attribute {name} is not valid.", "27026", "fields")
            assert chosen.attributes is not None
            chosen.attributes.append(name)
    return wanted


def _child(resource: Resource, path: str) -> Resource:
    for name in path.split("."):
        found = resource.child(name)
        if found is None:
            raise Refusal(f"URL request parameter expand or fields: {resource.name} has no child {name}.", "27025", "expand")
        resource = found
    return resource


def address(resource: Resource, row: Row) -> str:
    """What stands for a record in its URL; of a composite key, a hash that nobody should build."""
    key = str(row[resource.by or resource.key])
    return f"0001{len(key):08X}{key.encode().hex().upper()}" if resource.is_hashed else key


def key_of(resource: Resource, addressed: str) -> str:
    """The key that an address stands for; nothing that exists where it is not one."""
    if not resource.is_hashed:
        return addressed
    try:
        return bytes.fromhex(addressed[12:]).decode() if addressed.startswith("0001") and len(addressed) > 12 else ""
    except ValueError:
        return ""


def indicator(row: Row) -> str:
    """The change indicator of a record as it is now; also its ETag."""
    return "ACED0005" + hashlib.sha1(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest().upper()


def shown_as(kind: str, value: Any) -> Any:
    """A stored value in the form that its attribute has."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "datetime":
        return f"{value[:19]}.000+00:00"
    return int(value) if kind == "number" and float(value).is_integer() else value


def _links(resource: Resource, row: Row, here: str, asked: str) -> list[Row]:
    own: Row = {
        "rel": "self",
        "href": here,
        "name": resource.name,
        "kind": "item",
        "properties": {"changeIndicator": indicator(row)},
    }
    below: list[Row] = [
        {"rel": "child", "href": f"{here}/child/{each.name}", "name": each.name, "kind": "collection"} for each in resource.children
    ]
    return [each for each in [own, *below] if not asked or each["rel"] in asked.split(",")]


def _envelope(items: list[Row], more: bool, limit: int, offset: int) -> Row:
    return {"items": items, "count": len(items), "hasMore": more, "limit": limit, "offset": offset}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    said = query.get(name, str(default))
    if not said.isdigit():
        raise Refusal(f"URL request parameter {name} must be a number.", "27021", name)
    return int(said)


def _order(resource: Resource, asked: str) -> str:
    """The order asked for; without one the rows come as they happen to lie."""
    parts = []
    for each in filter(None, asked.split(",")):
        name, _, way = each.strip().partition(":")
        if name not in resource.attributes or way.lower() not in ("", "asc", "desc"):
            raise Refusal(f"URL request parameter orderBy: {each} is not valid.", "27023", "orderBy")
        parts.append(f'"{name}" {way or "asc"}')
    return ", ".join(parts) or (resource.key if resource.rows else "rowid desc")


def _found(resource: Resource, finder: str) -> str:
    """The condition of a finder: of balances, by primary key, or by attributes of its name."""
    if resource.rows:
        return balances.condition(finder)
    name, _, variables = finder.partition(";")
    if name not in ("PrimaryKey", "JournalsFinder"):
        raise Refusal(f"The finder {name} does not exist.", "27018", "finder")
    pairs = [each.partition("=") for each in variables.split(",") if each]
    text = " and ".join(f"{_variable(resource, key.strip())} = '{value.strip()}'" for key, _, value in pairs)
    return condition(resource, text, 2) if text else "1"


def _variable(resource: Resource, name: str) -> str:
    named = {"AccountingPeriod": "DefaultPeriodName", "JournalSource": "UserJeSourceName", "JournalBatch": "BatchName"}
    found = named.get(name, name)
    if found not in resource.attributes:
        raise Refusal(f"The finder has no variable {name}.", "27019", "finder")
    return found
