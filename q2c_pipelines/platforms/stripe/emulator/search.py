"""Search: `metadata['crm_id']:'42' AND created>1700000000`, parsed by sqlglot and run on the account's own state.

The index is a minute behind: what was created since is not found, so nobody can rely on search right after a write.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call, Operation
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.reading import limit

LAG = 60  # seconds
_ALLOWED = (
    exp.And,
    exp.Or,
    exp.EQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Bracket,
    exp.Paren,
)


def search(table: str, fields: str) -> Operation:
    """The objects that a query finds, newest first. `fields` are what may be asked for, besides metadata."""

    def operation(call: Call) -> Row:
        call.allow("limit page", "query")
        where = _condition(str(call.params["query"]), {*fields.split(), "metadata"})
        size, start = limit(call), _offset(call)
        sql = f'select * from "{table}" where ({where}) and created <= ? order by created desc, id desc limit ? offset ?'
        found = call.state.select(sql, (call.seconds - LAG, size + 1, start))
        more = len(found) > size
        return {
            "object": "search_result",
            "url": call.url,
            "has_more": more,
            "next_page": str(start + size) if more else None,
            "data": [call.render(table, row) for row in found[:size]],
        }

    return operation


def _condition(query: str, fields: set[str]) -> str:
    """The query as a condition on the state's columns. Refused where it names another field or is no query."""
    try:
        tokens = sqlglot.tokenize(query, read="duckdb")
        words = ["=" if token.token_type == TokenType.COLON else query[token.start : token.end + 1] for token in tokens]
        parsed = sqlglot.parse_one(" ".join(words), read="duckdb")
    except SqlglotError as error:
        raise _unfit(query) from error
    for node in parsed.walk():
        if not isinstance(node, _ALLOWED) or (isinstance(node, exp.Column) and node.name not in fields):
            raise _unfit(query)
    return str(parsed.transform(_metadata).sql(dialect="sqlite"))


def _metadata(node: Any) -> Any:
    if not isinstance(node, exp.Bracket):
        return node
    key = node.expressions[0].name.replace('"', "")
    return exp.func("json_extract", exp.column(node.this.name), exp.Literal.string(f'$."{key}"'))


def _offset(call: Call) -> int:
    page = str(call.params.get("page", "0"))
    if not page.isdigit():
        raise invalid(f"Invalid page: {page}", "parameter_invalid", "page")
    return int(page)


def _unfit(query: str) -> StripeError:
    return invalid(f"We were unable to parse your search query: {query}", "parameter_invalid", "query")
