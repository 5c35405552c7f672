"""The `q` parameter: row-match expressions from framework version 2 on, query-by-example before, both run as SQL.

text -> sqlglot's tree -> only what the vendor's grammar has -> a condition on the resource's table
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import Resource

_ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.In, exp.Between, exp.Is,
    exp.Null, exp.Upper, exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Neg,
)  # fmt: skip
_BY_EXAMPLE = (">=", "<=", "<>", "!=", "=", ">", "<")


def condition(resource: Resource, text: str, version: int) -> str:
    """The SQL condition of a `q`. Raises Refusal naming what is not understood."""
    if version < 2:
        text = " and ".join(_example(each) for each in text.split(";") if each.strip())
    try:
        tree = sqlglot.parse_one(f"SELECT 1 FROM t WHERE {text}", read="mysql").args["where"].this
    except (SqlglotError, AttributeError, KeyError) as error:
        raise Refusal("URL request parameter q has an expression that cannot be parsed.", "27520", "q") from error
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise Refusal(f"URL request parameter q cannot have {node.key}.", "27520", "q")
    return str(tree.transform(partial(_meant, resource)).sql(dialect="sqlite"))


def _example(each: str) -> str:
    """One `Name=value` of query-by-example; a value may be quoted or not, `*` stands for anything."""
    sign = next((sign for sign in _BY_EXAMPLE if sign in each), None)
    if sign is None:
        raise Refusal("URL request parameter q has an expression that cannot be parsed.", "27520", "q")
    name, _, value = each.partition(sign)
    bare = value.strip().strip("'\"").replace("'", "''")
    return f"{name.strip()} {'like' if '*' in bare and sign == '=' else sign} '{bare}'"


def _meant(resource: Resource, node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Column):
        return exp.column(_queryable(resource, node.name), quoted=True)
    if isinstance(node, exp.Literal) and node.is_string and (about := _about(node)):
        return exp.Literal.string(_stored(resource.attributes.get(about, ""), node.this))
    return node


def _queryable(resource: Resource, name: str) -> str:
    found = next((each for each in resource.attributes if each.lower() == name.lower()), None)
    if found is None:
        raise Refusal(f"URL request parameter q cannot be used: the attribute {name} is not queryable.", "27513", "q")
    return found


def _about(literal: exp.Expression) -> str:
    """The attribute that a literal is compared with."""
    beside = literal.parent.find(exp.Column) if literal.parent else None
    return beside.name if beside else ""


def _stored(kind: str, value: str) -> str:
    """A literal as the tables hold such values: UTC to the second, `%` for `*`."""
    if kind == "datetime":
        return _time(value)
    return value.replace("*", "%") if kind == "string" else value


def _time(value: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise Refusal(f"The value {value} is not a date and time.", "27014", "q") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
