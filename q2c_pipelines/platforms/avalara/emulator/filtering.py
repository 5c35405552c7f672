"""AvaTax's `$filter` and `$orderBy` as SQL: its words for operators become SQL's, sqlglot parses what comes of it.

"date between 'a' and 'b' and code startsWith 'INV'" -> tokens -> SQL -> expression -> SQLite, and which columns it names
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlglot import exp, parse_one, tokenize
from sqlglot.errors import SqlglotError

from q2c_pipelines.platforms.avalara.emulator.errors import Refusal

_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LIKES = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}
_ALLOWED = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Between,
    exp.In,
    exp.Is,
    exp.Like,
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Neg,
)


def condition(text: str, columns: Collection[str]) -> tuple[str, set[str]]:
    """The SQL condition of a filter, and the columns it is about. Refused where it cannot be parsed or names another column."""
    try:
        parsed = parse_one(" ".join(_words(tokenize(text))), dialect="sqlite")
    except SqlglotError as error:
        raise Refusal("SyntaxError", "The filter could not be parsed.", str(error).splitlines()[0], "$filter") from error
    for node in parsed.walk():
        if not isinstance(node, _ALLOWED):
            raise Refusal("SyntaxError", "The filter could not be parsed.", f"{node.sql()} is not understood.", "$filter")
    return _checked(parsed, columns), {column.name.lower() for column in parsed.find_all(exp.Column)}


def order(text: str, columns: Collection[str]) -> str:
    """The SQL order of a list of fields with ASC or DESC."""
    try:
        select = parse_one(f"select 1 order by {text}", dialect="sqlite")
    except SqlglotError as error:
        raise Refusal("SyntaxError", "The order could not be parsed.", str(error).splitlines()[0], "$orderBy") from error
    terms = select.args["order"].expressions
    if not all(isinstance(term.this, exp.Column) for term in terms):
        raise Refusal("SyntaxError", "The order could not be parsed.", "Only fields can be ordered by.", "$orderBy")
    return ", ".join(f"{_checked(term.this, columns)} {'desc' if term.args.get('desc') else 'asc'}" for term in terms)


def _checked(parsed: exp.Expr, columns: Collection[str]) -> str:
    known = {name.lower(): name for name in columns}
    for column in parsed.find_all(exp.Column):
        if column.name.lower() not in known:
            words = f"The field '{column.name}' cannot be queried."
            raise Refusal("InvalidQueryField", "A field of the query is unknown.", words, column.name)
        column.set("this", exp.to_identifier(known[column.name.lower()], quoted=True))
    return parsed.sql(dialect="sqlite")


def _words(tokens: Iterable[Any]) -> Iterator[str]:
    """The same in SQL's words."""
    pattern = ""
    for token in tokens:
        word = token.text.lower()
        if token.token_type.name == "STRING":
            text = token.text.replace("'", "''")
            yield f"'{pattern.format(text) if pattern else text}'"
            pattern = ""
        elif word in _LIKES:
            pattern = _LIKES[word]
            yield "like"
        else:
            yield _OPERATORS.get(word, token.text)
