"""A V2 `$filter` as SQL: V2's own literals become V4's, odata-query parses, and each field is compared as the database keeps it.

ChangedAt ge datetimeoffset'2026-01-01T00:00:00Z' -> V4 -> tree -> rtrim("ChangedAt", 'Z') >= '2026-01-01T00:00:00'
"""

from __future__ import annotations

import re
from typing import Any

from odata_query import ast, exceptions
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql.sqlite import AstToSqliteSqlVisitor

from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, no_property
from q2c_pipelines.platforms.sap_s4hana.emulator.model import PADDED, Entity

_LITERAL = re.compile(
    r"(?P<kind>datetimeoffset|datetime|time|guid)?'(?P<text>(?:[^']|'')*)'|(?P<number>\b\d+(?:\.\d+)?)[mMdDfFlL]\b"
)
_LITERALS = (ast.Null, ast.String, ast.Integer, ast.Float, ast.Boolean, ast.Date, ast.DateTime, ast.Time, ast.GUID)
_SUBSTRING = re.compile(r"substringof\(\s*('(?:[^']|'')*')\s*,\s*([^()]+?)\s*\)")


def where(written: str, entity: Entity) -> str:
    """The condition in SQL. Raises Refusal where the service would not understand it."""
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(_as_v4(written)))
        return str(_Visitor(entity).visit(tree))
    except exceptions.ODataException as error:
        raise Refusal("/IWFND/CM_MGW/097", f"Invalid system query option '$filter': {error}") from error


def _as_v4(written: str) -> str:
    return _LITERAL.sub(_bare, _SUBSTRING.sub(r"contains(\2, \1)", written))


def _bare(match: re.Match[str]) -> str:
    if match["number"]:
        return match["number"]
    if match["kind"] in (None, "time"):
        return f"'{match['text']}'"
    return match["text"] if match["kind"] != "datetime" else match["text"].removesuffix("Z")


class _Visitor(AstToSqliteSqlVisitor):
    """SQL for one entity's fields."""

    def __init__(self, entity: Entity):
        super().__init__()
        self._entity = entity

    def visit_Identifier(self, node: ast.Identifier) -> str:
        if node.name not in self._entity.fields:
            raise no_property(node.name, self._entity.type)
        return self._entity.place(node.name)

    def visit_Compare(self, node: ast.Compare) -> str:
        if isinstance(node.left, ast.Identifier) and isinstance(node.right, _LITERALS):
            place = self.visit(node.left)
            if isinstance(node.right, ast.Null):
                return f"{place} {'IS' if isinstance(node.comparator, ast.Eq) else 'IS NOT'} NULL"
            return self._compared(place, self._entity.fields[node.left.name].kind, self.visit(node.comparator), node.right)
        return super().visit_Compare(node)

    def _compared(self, place: str, kind: str, operator: str, value: Any) -> str:
        """A comparison in which nothing is an empty text, zero or false, and an initial date neither before nor after any."""
        if kind in ("date", "stamp", "time"):
            written = str(value.val).removesuffix("Z").removesuffix("+00:00")
            return f"{place} {operator} '{written[:10] if kind == 'date' else written}'"
        if kind in ("money", "quantity", "bool"):
            return f"coalesce({place}, 0) {operator} {self.visit(value)}"
        text = str(value.val).replace("'", "''")
        if kind == "alpha" and text:
            text = text.zfill(PADDED)
        return f"coalesce({place}, '') {operator} '{text}'" if operator == "!=" or not text else f"{place} {operator} '{text}'"
