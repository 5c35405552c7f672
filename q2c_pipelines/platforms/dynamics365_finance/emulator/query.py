"""Reading entity sets: filter, order, page; the answer as the vendor wraps it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from zlib import crc32

import orjson

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import DEFAULTS, Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import invalid
from q2c_pipelines.platforms.dynamics365_finance.emulator.filters import unknown, where
from q2c_pipelines.platforms.emulation import Emulation, Row

_KNOWN = {"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$expand", "cross-company"}


def listed(emulation: Emulation, entity: Entity, query: Mapping[str, str], company: str, address: str, page: int) -> dict[str, Any]:
    """A page of an entity set: of the user's own company, or of all with cross-company."""
    if odd := sorted(set(query) - _KNOWN):
        raise invalid(f"The query parameter '{odd[0]}' is not supported.")
    if "$expand" in query:
        raise unknown(entity, query["$expand"])
    condition, order = _condition(entity, query, company), _order(entity, query.get("$orderby", ""))
    skip, top = _whole(query, "$skip", 0), _whole(query, "$top", page * 10**6)
    sql = f'select * from "{entity.name}" where {condition} order by {order} limit {min(top, page) + 1} offset {skip}'
    rows = emulation.state.select(sql)
    shown, chosen = rows[: min(top, page)], selected(entity, query.get("$select", ""))
    body: dict[str, Any] = {"@odata.context": f"{address}/data/$metadata#{entity.name}"}
    if query.get("$count") == "true":
        counted = emulation.state.select(f'select count(*) as n from "{entity.name}" where {condition}')
        body["@odata.count"] = counted[0]["n"]
    body["value"] = emulation.reshape(entity.name, [served(entity, row, chosen) for row in shown])
    if len(rows) > len(shown) and top > page:
        left = {"$top": str(top - page)} if "$top" in query else {}
        body["@odata.nextLink"] = _next(entity, {**query, **left, "$skip": str(skip + page)}, address)
    return body


def etag(entity: Entity, row: Row) -> str:
    """The version of a record: it changes with anything that is in it."""
    parts = orjson.dumps([row[name] for name in entity.kinds])
    told = f"'{crc32(parts)},{5637144576 + crc32(str(row['_key']).encode())}'"
    return f'W/"{base64.b64encode(told.encode()).decode()}"'


def served(entity: Entity, row: Row, chosen: list[str]) -> Row:
    """A record as it is sent: nothing is null."""
    held = {name: DEFAULTS[kind] for name, kind in entity.idle.items()}
    held |= {name: entity.default(name) if row[name] is None else row[name] for name in entity.kinds}
    return {"@odata.etag": etag(entity, row)} | {name: held[name] for name in chosen}


def selected(entity: Entity, text: str) -> list[str]:
    """The fields that `$select` names; all without it."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in entity.kinds and name not in entity.idle:
            raise unknown(entity, name)
    return names or [*entity.kinds, *entity.idle]


def _condition(entity: Entity, query: Mapping[str, str], company: str) -> str:
    own = [] if query.get("cross-company") == "true" or entity.is_shared else [f"\"dataAreaId\" = '{company}'"]
    asked = [f"({where(entity, query['$filter'])})"] if query.get("$filter") else []
    return " and ".join([*own, *asked]) or "true"


def _order(entity: Entity, text: str) -> str:
    terms = []
    for term in text.split(",") if text else entity.key:
        name, _, direction = term.strip().partition(" ")
        if name not in entity.kinds or direction.strip() not in ("", "asc", "desc"):
            raise unknown(entity, term)
        terms.append(f'"{name}" {direction}')
    return ", ".join(terms)


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not value.isdigit():
        raise invalid(f"The value for OData query '{name}' is not valid: '{value}'.")
    return int(value)


def _next(entity: Entity, query: Mapping[str, str], address: str) -> str:
    return f"{address}/data/{entity.name}?{urlencode(query, quote_via=quote, safe='$')}"
