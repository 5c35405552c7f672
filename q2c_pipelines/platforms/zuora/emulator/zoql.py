"""ZOQL: the small query language of /v1/action, one object at a time, 2,000 records a reply."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from aiohttp import web
from sqlglot import exp

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.zuora.emulator import replies, sql
from q2c_pipelines.platforms.zuora.emulator.replies import Refused
from q2c_pipelines.platforms.zuora.emulator.sql import InvalidQuery, Query

_BATCH = 2000


async def query(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/action/query"""
    return _page(emulation, (await request.json()).get("queryString", ""), 0)


async def query_more(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/action/queryMore"""
    try:
        text, offset = orjson.loads(base64.urlsafe_b64decode((await request.json()).get("queryLocator", "")))
    except (ValueError, TypeError) as error:
        raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator", 400) from error
    return _page(emulation, text, offset)


def parsed(text: str) -> Query:
    """A ZOQL query with fields named as the query names them. Raises InvalidQuery for what ZOQL cannot say."""
    asked = sql.parse(text)
    if any(asked.tree.args.get(part) for part in ("joins", "order", "group", "distinct", "limit")) or len(asked.objects) != 1:
        raise InvalidQuery("ZOQL has no joins, order by, group by, distinct or limit")
    if any(not isinstance(each, exp.Column) for each in asked.tree.expressions):
        raise InvalidQuery("ZOQL selects named fields only")
    for each in asked.tree.find_all(exp.Column):
        sql.column(asked, each.name)
    named = [exp.alias_(each.copy(), each.name, quoted=True) for each in asked.tree.expressions]
    times = {name.lower() for name, kind in asked.objects[0].fields.items() if kind == "datetime"}
    tree = asked.tree.copy().select(*named, append=False)
    for test in tree.find_all(exp.Binary):
        if isinstance(test.this, exp.Column) and test.this.name.lower() in times and isinstance(test.expression, exp.Literal):
            test.expression.replace(exp.Literal.string(replies.stored_stamp(test.expression.name)))
    return Query(tree, asked.objects)


def _page(emulation: Emulation, text: str, offset: int) -> web.Response:
    try:
        rows = sql.run(emulation, parsed(text))
    except InvalidQuery as error:
        raise Refused("MALFORMED_QUERY", f"You have an error in your ZOQL syntax: {error}", 400) from error
    part = [{name: value for name, value in row.items() if value is not None} for row in rows[offset : offset + _BATCH]]
    more = offset + _BATCH < len(rows)
    body: dict[str, Any] = {"size": len(rows), "records": part, "done": not more}
    if more:
        body["queryLocator"] = base64.urlsafe_b64encode(orjson.dumps([text, offset + _BATCH])).decode()
    return replies.answer(body)
