"""Object Query: filtered, sorted pages of one collection, and single records by id or number."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.replies import BAD_PARAMETER, READS, Refused, found, wire
from q2c_pipelines.platforms.zuora.emulator.schema import BY_COLLECTION, Object

_LARGEST_PAGE = 50
_OPERATORS = {"EQ": "is", "NE": "is not", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
_CLAUSE = re.compile(r"(\w+)\.(EQ|NE|LT|GT|LE|GE|SW|IN):(.*)", re.DOTALL)


async def listing(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /object-query/{collection}"""
    wanted, query = _collection(request), request.query
    size = _page_size(query.get("pageSize", "10"))
    order, direction = _sort(wanted, query.getall("sort[]", []))
    conditions, values = _filters(wanted, query.getall("filter[]", []))
    if cursor := query.get("cursor"):
        after = _opened(cursor)
        compare = ">" if direction == "asc" else "<"
        conditions.append(f'("{order}", id) {compare} (?, ?)')
        values += after
    where = f" where {' and '.join(conditions)}" if conditions else ""
    rows = emulation.state.select(
        f'select * from "{wanted.table}"{where} order by "{order}" {direction}, id {direction} limit {size + 1}', values
    )
    body: dict[str, Any] = {"data": emulation.reshape(wanted.table, _shaped(wanted, rows[:size], request))}
    if len(rows) > size:
        body["nextPage"] = _sealed([rows[size - 1][order], rows[size - 1]["id"]])
    return replies.answer(body)


async def single(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /object-query/{collection}/{key}"""
    wanted, key = _collection(request), request.match_info["key"]
    rows = emulation.state.select(f'select * from "{wanted.table}" where id = ? or "{wanted.number}" = ?', (key, key))
    row = found(rows[-1] if rows else None, wanted.table, key)
    return replies.answer(emulation.reshape(wanted.table, _shaped(wanted, [row], request))[0])


def _collection(request: web.Request) -> Object:
    name = request.match_info["collection"]
    if name not in BY_COLLECTION:
        raise Refused(f"{READS}40", f"Unknown object: {name}.", 404)
    return BY_COLLECTION[name]


def _page_size(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise Refused(f"{READS}{BAD_PARAMETER}", f"pageSize must be between 1 and {_LARGEST_PAGE}, not {text}.", 400)
    return int(text)


def _field(wanted: Object, name: str) -> str:
    for field in wanted.fields:
        if field.lower() == name.lower():
            return field
    raise Refused(f"{READS}{BAD_PARAMETER}", f"Unknown field {name} of {wanted.collection}.", 400)


def _sort(wanted: Object, asked: list[str]) -> tuple[str, str]:
    if not asked:
        return "id", "asc"
    name, _, direction = asked[0].partition(".")
    if len(asked) > 1 or direction.upper() not in ("ASC", "DESC"):
        raise Refused(f"{READS}{BAD_PARAMETER}", "sort[] takes one field with .ASC or .DESC.", 400)
    return _field(wanted, name), direction.lower()


def _filters(wanted: Object, asked: list[str]) -> tuple[list[str], list[Any]]:
    conditions, values = [], []
    for text in asked:
        clause = _CLAUSE.fullmatch(text)
        if not clause:
            raise Refused(f"{READS}{BAD_PARAMETER}", f"Invalid filter: {text}.", 400)
        field, operator, operand = _field(wanted, clause[1]), clause[2], clause[3]
        given = operand.strip("[]").split(",") if operator == "IN" else [operand]
        read = [_value(wanted.fields[field], each) for each in given]
        if operator == "IN":
            conditions.append(f'"{field}" in ({", ".join("?" * len(read))})')
        elif operator == "SW":
            conditions.append(f'substr("{field}", 1, {len(operand)}) = ?')
        else:
            conditions.append(f'"{field}" {_OPERATORS[operator]} ?')
        values += read
    return conditions, values


def _value(kind: str, text: str) -> Any:
    """A filter's operand as it is stored."""
    if text == "null":
        return None
    if kind == "boolean":
        return int(text.lower() == "true")
    if kind in ("number", "integer"):
        return float(text)
    return replies.stored_stamp(text) if kind == "datetime" else text


def _shaped(wanted: Object, rows: Iterable[Row], request: web.Request) -> list[Row]:
    """Rows as JSON shows them: the fields asked for, empty ones only on request."""
    asked = {each for name in request.query if name.endswith("fields[]") for each in request.query.getall(name)}
    names = {_field(wanted, name.strip()) for each in asked for name in each.split(",")}
    kinds = {name: kind for name, kind in wanted.fields.items() if not names or name in names}
    shaped = [{name: wire(kind, row[name]) for name, kind in kinds.items()} for row in rows]
    if request.query.get("includeNullFields") == "true":
        return shaped
    return [{name: value for name, value in row.items() if value is not None} for row in shaped]


def _sealed(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode()


def _opened(cursor: str) -> list[Any]:
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise Refused(f"{READS}{BAD_PARAMETER}", "Invalid cursor.", 400) from error
    return list(place)
