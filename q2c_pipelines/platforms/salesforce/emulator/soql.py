"""SOQL, read by sqlglot and run on the emulator's own SQLite.

text -> lexed dates -> syntax tree -> checked against the objects -> SQLite's SQL.  The subset: SELECT fields or COUNT(), one
object, WHERE with comparisons, LIKE, IN, AND, OR, NOT, then GROUP BY (soql_groups.py), ORDER BY, LIMIT, OFFSET. All else is
MALFORMED_QUERY.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlglot
from sqlglot import exp, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.salesforce.emulator.schema import Field, SObject, find
from q2c_pipelines.platforms.salesforce.emulator.soql_groups import Groups, grouped

_WHERE_TO_LOOK = "Please reference your WSDL or the describe call for the appropriate names."
_MOMENT = "soql_datetime"
_DAY = "soql_date"
_LEXEMES = re.compile(
    r"(?P<text>'(?:\\.|[^'\\])*')|(?P<moment>\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<day>\b\d{4}-\d\d-\d\d\b)"
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like)
_ALLOWED = (
    exp.Select, exp.From, exp.Table, exp.Where, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Neg,
    exp.And, exp.Or, exp.Not, exp.Paren, exp.In, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Anonymous, *_COMPARISONS,
)  # fmt: skip


class _Soql(Dialect):
    class Tokenizer(tokens.Tokenizer):
        QUOTES = ["'"]  # noqa: RUF012
        STRING_ESCAPES = ["\\"]  # noqa: RUF012


@dataclass(frozen=True)
class Query:
    """A query that makes sense: what it selects, and the SQL that finds the records. `fields` is empty for COUNT()."""

    sobject: SObject
    fields: tuple[Field, ...]
    from_where: str
    order_limit: str
    groups: Groups | None = None

    def sql(self, columns: str, *, deleted_too: bool) -> str:
        """The whole statement for these output columns."""
        table = f"{self.sobject.name}__all" if deleted_too and self.sobject.has_records else self.sobject.name
        return f'select {columns} from "{table}" {self.from_where} {self.order_limit}'


def parse(text: str) -> Query:
    """The query, or the refusal that the platform would give."""
    try:
        tree = sqlglot.parse_one(_lexed(text), dialect=_Soql)
    except (SqlglotError, ValueError) as error:
        raise _malformed(text) from error
    if not isinstance(tree, exp.Select) or tree.args.get("joins") or len(list(tree.find_all(exp.Select))) > 1:
        raise _malformed(text)
    sobject = _object(text, tree)
    counted = len(tree.expressions) == 1 and isinstance(tree.expressions[0], exp.Count)
    groups = (
        grouped(tree, lambda column: _field(text, sobject, column), lambda: _malformed(text)) if tree.args.get("group") else None
    )
    fields = () if counted or groups else tuple(_selected(text, sobject, each) for each in tree.expressions)
    if not (counted or groups or fields):
        raise _malformed(text)
    if len(set(fields)) < len(fields):
        raise Refusal(400, "INVALID_FIELD", "duplicate field selected")
    tree.set("expressions", [])
    _check(text, tree, sobject)
    return Query(sobject, fields, _where(tree), _order_limit(tree), groups)


def _lexed(text: str) -> str:
    """The query with its unquoted dates as function calls: the one thing in SOQL that SQL cannot lex."""
    return _LEXEMES.sub(_as_call, text)


def _as_call(found: re.Match[str]) -> str:
    if found["moment"]:
        return f"{_MOMENT}('{stamp(datetime.fromisoformat(found['moment']).astimezone(UTC))}')"
    return f"{_DAY}('{found['day']}')" if found["day"] else found[0]


def _object(text: str, tree: exp.Select) -> SObject:
    source = tree.args.get("from_") or tree.args.get("from")
    if source is None:
        raise _malformed(text)
    name = source.this.name
    if sobject := find(name):
        return sobject
    raise unknown(text, name)


def unknown(text: str, name: str) -> Refusal:
    """There is no such object, or the user may not see it: the platform says the same."""
    why = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after "
    )
    return Refusal(400, "INVALID_TYPE", f"{_pointed(text, name)}{why}the entity name. {_WHERE_TO_LOOK}")


def _selected(text: str, sobject: SObject, projection: exp.Expression) -> Field:
    if not isinstance(projection, exp.Column):
        raise _malformed(text)
    return _field(text, sobject, projection)


def _field(text: str, sobject: SObject, column: exp.Column) -> Field:
    if column.table and column.table.lower() != sobject.name.lower():
        why = f"Didn't understand relationship '{column.table}' in field path."
        raise Refusal(400, "INVALID_FIELD", f"{_pointed(text, column.table)}{why}")
    if field := sobject.field(column.name):
        return field
    why = f"No such column '{column.name}' on entity '{sobject.name}'. If you are attempting to use a custom field, "
    raise Refusal(
        400,
        "INVALID_FIELD",
        f"{_pointed(text, column.name)}{why}be sure to append the '__c' after the custom field name. {_WHERE_TO_LOOK}",
    )


def _check(text: str, tree: exp.Select, sobject: SObject) -> None:
    """Holds every node to the subset, names to the object, and values to their field's type."""
    for node in list(tree.walk()):
        if not isinstance(node, _ALLOWED):
            raise _malformed(text)
        if isinstance(node, exp.Column):
            node.replace(exp.column(exp.to_identifier(_field(text, sobject, node).name, quoted=True)))
    for node in [*tree.find_all(*_COMPARISONS), *tree.find_all(exp.In)]:
        _check_comparison(text, node, sobject)
    for node in list(tree.find_all(exp.Anonymous)):
        node.replace(node.expressions[0])
    for node in list(tree.find_all(exp.NEQ, exp.EQ)):
        _null_safe(node)
    for node in tree.find_all(exp.Ordered):
        node.set("nulls_first", node.args.get("nulls_first", True))


def _check_comparison(text: str, node: Any, sobject: SObject) -> None:
    if not isinstance(node.this, exp.Column):
        raise _malformed(text)
    field = _field(text, sobject, node.this)
    for value in node.expressions if isinstance(node, exp.In) else [node.expression]:
        if not isinstance(value, exp.Null) and _kind(value) != _wanted(field):
            quotes = "should be" if _wanted(field) == "string" else "should not be"
            why = f"value of filter criterion for field '{field.name}' must be of type {_wanted(field)} and {quotes} enclosed in"
            raise Refusal(400, "INVALID_FIELD", f"{_pointed(text, field.name)}{why} quotes")


def _wanted(field: Field) -> str:
    if field.is_number or field.type == "int":
        return "double"
    return {"boolean": "boolean", "date": "date", "datetime": "dateTime"}.get(field.type, "string")


def _kind(value: exp.Expression) -> str:
    if isinstance(value, exp.Anonymous):
        return {_MOMENT: "dateTime", _DAY: "date"}.get(str(value.this).lower(), "a function")
    if isinstance(value, exp.Boolean):
        return "boolean"
    if isinstance(value, exp.Neg) or (isinstance(value, exp.Literal) and not value.is_string):
        return "double"
    return "string" if isinstance(value, exp.Literal) else "a field"


def _null_safe(node: Any) -> None:
    """SOQL's null is a value: `= null` finds empty fields, and `!= 'x'` finds them too."""
    if isinstance(node, exp.NEQ):
        node.replace(exp.Not(this=exp.Paren(this=exp.Is(this=node.this, expression=node.expression))))
    elif isinstance(node.expression, exp.Null):
        node.replace(exp.Is(this=node.this, expression=node.expression))


def _where(tree: exp.Select) -> str:
    where = tree.args.get("where")
    return where.sql(dialect="sqlite") if where else ""


def _order_limit(tree: exp.Select) -> str:
    if tree.args.get("offset") and not tree.args.get("limit"):
        tree.set("limit", exp.Limit(expression=exp.Literal.number(-1)))
    return " ".join(tree.args[part].sql(dialect="sqlite") for part in ("order", "limit", "offset") if tree.args.get(part))


def _pointed(text: str, word: str) -> str:
    """The vendor's arrow below the word that is wrong."""
    at = max(text.lower().rfind(word.lower()), 0)
    return f"\n{text}\n{' ' * at}^\nERROR at Row:1:Column:{at + 1}\n"


def _malformed(text: str) -> Refusal:
    return Refusal(400, "MALFORMED_QUERY", f"unexpected token in query: {text}")
