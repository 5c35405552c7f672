"""`$filter` as the environment understands it: parsed by odata-query, run as SQL.

Enums are spelt Microsoft.Dynamics.DataEntities.NoYes'Yes' and compared with nothing else; a star in a text stands for anything; a
date is one whatever its time. `in`, `has`, lambdas and functions are not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql.sqlite import AstToSqliteSqlVisitor

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import ENUMS, Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, invalid

_NAMESPACE = "Microsoft.Dynamics.DataEntities."
_TOKENS = re.compile(rf"'(?:[^']|'')*'|{re.escape(_NAMESPACE)}(\w+)'(\w*)'")
_MARK = "\x00"


def where(entity: Entity, text: str) -> str:
    """The SQL condition of a filter. Refuses what the environment does not support."""
    marked = _TOKENS.sub(lambda found: f"'{_MARK}{found[1]}{_MARK}{found[2]}'" if found[1] else found[0], text)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(marked))
        return str(_Sql(entity).visit(tree))
    except ODataException as error:
        raise invalid(f"The query specified in the URI is not valid. {error}") from error


def unknown(entity: Entity, name: str) -> Refusal:
    told = f"Could not find a property named '{name}' on type '{_NAMESPACE}{entity.type}'."
    return invalid(f"The query specified in the URI is not valid. {told}")


class _Sql(AstToSqliteSqlVisitor):
    """Conditions on the columns of one entity set."""

    def __init__(self, entity: Entity):
        super().__init__()
        self._entity = entity

    def visit_Identifier(self, node: ast.Identifier) -> str:
        if node.name not in self._entity.kinds:
            raise unknown(self._entity, node.name)
        return f'"{node.name}"'

    def visit_Compare(self, node: ast.Compare) -> str:
        if not isinstance(node.left, ast.Identifier):
            raise invalid("The query specified in the URI is not valid. Only a property can be compared, and with a literal.")
        column, how = self.visit(node.left), self.visit(node.comparator)
        if isinstance(node.right, ast.Null):
            return super().visit_Compare(node)
        operand = self._operand(node.left.name, node.right)
        if isinstance(node.right, ast.String) and "*" in node.right.val:
            how = "not glob" if isinstance(node.comparator, ast.NotEq) else "glob"
        return f"{column} {how} {operand}"

    def visit_In(self, node: ast.In) -> str:
        raise invalid("The query specified in the URI is not valid. The operator 'in' is not supported.")

    def visit_Call(self, node: ast.Call) -> str:
        raise invalid(f"The query specified in the URI is not valid. The function '{node.func.name}' is not supported.")

    def visit_CollectionLambda(self, node: ast.CollectionLambda) -> str:
        raise invalid("The query specified in the URI is not valid. 'any' and 'all' are not supported.")

    def _operand(self, name: str, literal: ast._Node) -> str:
        """What a property is compared with, as it is stored. Refuses what is of another type."""
        kind, value = self._entity.kinds[name], str(getattr(literal, "val", ""))
        if kind == "enum":
            return f"'{self._member(name, value)}'"
        if value.startswith(_MARK):
            raise _incompatible(f"Edm.{kind}", value.split(_MARK)[1])
        if kind in ("date", "time") and isinstance(literal, ast.DateTime | ast.Date):
            return f"'{value[:10]}T12:00:00Z'" if kind == "date" else f"'{value}'"
        numeric = isinstance(literal, ast.Integer | ast.Float)
        if numeric != (kind in ("number", "whole")) or kind in ("date", "time"):
            raise _incompatible(f"Edm.{kind}", type(literal).__name__)
        return str(self.visit(literal))

    def _member(self, name: str, value: str) -> str:
        enum = self._entity.enums[name]
        _, named, member = value.split(_MARK) if value.startswith(_MARK) else ("", "", value)
        if named != enum or member not in ENUMS[enum]:
            raise _incompatible(_NAMESPACE + enum, named or "Edm.String")
        return member


def _incompatible(left: str, right: str) -> Refusal:
    return invalid(
        "The query specified in the URI is not valid. A binary operator with incompatible types was detected. "
        f"Found operand types '{left}' and '{right}' for operator kind 'Equal'."
    )


def key_values(entity: Entity, text: str) -> Mapping[str, Any]:
    """The parts of a key as an address spells them, `dataAreaId='ukmf',LineNumber=1`. Refuses a key that is not whole."""
    given = dict(re.findall(r"(\w+)=('(?:[^']|'')*'|[^,']+)", text))
    if set(given) != set(entity.key):
        raise invalid(f"The number of keys specified in the URI does not match number of key properties for '{entity.type}'.")
    return {name: _key_value(entity, name, given[name]) for name in entity.key}


def _key_value(entity: Entity, name: str, text: str) -> Any:
    kind = entity.kinds[name]
    if kind == "text":
        return text[1:-1].replace("''", "'")
    return f"{text[:10]}T12:00:00Z" if kind == "date" else float(text)
