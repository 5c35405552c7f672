"""Search: `metadata['crm_id']:'42' AND created>1700000000` -> clauses -> a condition on the account's own state.

Clauses are joined by AND, by OR or, with nothing between them, by AND; not by both. The index is a minute behind: what was created
since is not found, so nobody can rely on search right after a write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call, Operation
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.reading import limit

LAG = 60  # seconds
_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CLAUSE = re.compile(
    rf"\s*(?:(?P<join>and|or)\s+)?(?P<not>-)?(?P<field>\w+)(?:\[(?P<key>{_TEXT})\])?"
    rf"(?P<how>:|~|>=|<=|>|<)(?P<value>{_TEXT}|\d+|null)(?=\s|$)\s*",
    re.IGNORECASE,
)
_SHORTEST_PART = 3


def search(table: str, fields: str) -> Operation:
    """The objects that a query finds, newest first. `fields` are what may be asked for, besides metadata."""

    def operation(call: Call) -> Row:
        call.allow("limit page", "query")
        where, values = _condition(str(call.params["query"]), {*fields.split(), "metadata"})
        size, start = limit(call), _offset(call)
        sql = f'select * from "{table}" where ({where}) and created <= ? order by created desc, id desc limit ? offset ?'
        found = call.state.select(sql, (*values, call.seconds - LAG, size + 1, start))
        more = len(found) > size
        return {
            "object": "search_result",
            "url": call.url,
            "has_more": more,
            "next_page": str(start + size) if more else None,
            "data": [call.render(table, row) for row in found[:size]],
        }

    return operation


def _condition(query: str, fields: set[str]) -> tuple[str, list[Any]]:
    """The query as SQL and what is bound in it. Refused where it names another field, mixes AND with OR, or is no query."""
    clauses = list(_clauses(query))
    joins = {(clause["join"] or "and").lower() for clause in clauses[1:]}
    if not clauses or clauses[0]["join"] or len(joins) > 1:
        raise _unfit(query)
    tests = []
    values: list[Any] = []
    for clause in clauses:
        if clause["field"] not in fields or (clause["field"] == "metadata") is not (clause["key"] is not None):
            raise _unfit(query)
        test, bound = _test(clause, query)
        tests.append(f"not ifnull({test}, 0)" if clause["not"] else test)
        values += bound
    return f" {joins.pop() if joins else 'and'} ".join(tests), values


def _clauses(query: str) -> Iterator[re.Match[str]]:
    """The clauses one after the other, with nothing between them."""
    place = 0
    while place < len(query):
        if not (clause := _CLAUSE.match(query, place)):
            raise _unfit(query)
        yield clause
        place = clause.end()


def _test(clause: re.Match[str], query: str) -> tuple[str, list[Any]]:
    column, named = f'"{clause["field"]}"', []
    if clause["key"]:
        column, named = "json_extract(metadata, ?)", [f'$."{_text(clause["key"])}"']
    how, value = clause["how"], clause["value"]
    if value.lower() == "null":
        return f"{column} is null", named
    if how == "~":
        if len(_text(value)) < _SHORTEST_PART:
            raise _unfit(query)
        return f"instr(lower({column}), lower(?)) > 0", [*named, _text(value)]
    return f"{column} {'=' if how == ':' else how} ?", [*named, int(value) if value.isdigit() else _text(value)]


def _text(quoted: str) -> str:
    """What is between the quotes, without the backslashes that escape."""
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _offset(call: Call) -> int:
    page = str(call.params.get("page", "0"))
    if not page.isdigit():
        raise invalid(f"Invalid page: {page}", param="page")
    return int(page)


def _unfit(query: str) -> StripeError:
    return invalid(f"We were unable to parse your search query: {query}", param="query")
