"""$filter, read by odata-query and run as SQL on the emulator's own SQLite.

text -> syntax tree -> checked against the table -> SQL.  As with the vendor there is no `in`; its own query functions
(`Microsoft.Dynamics.CRM.*`) are refused here, which the vendor would answer.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql.sqlite import AstToSqliteSqlVisitor

from q2c_pipelines.platforms.dynamics365_sales.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import query_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import Column, Table

logging.getLogger("odata_query").setLevel(logging.ERROR)  # it warns of every field whose type it does not know
_FUNCTIONS = ("contains", "startswith", "endswith")
_KINDS: dict[str, tuple[type, ...]] = {
    "Edm.Guid": (ast.GUID, ast.String),
    "Edm.String": (ast.String,),
    "Edm.Boolean": (ast.Boolean,),
    "Edm.Date": (ast.Date, ast.DateTime),
    "Edm.DateTimeOffset": (ast.DateTime, ast.Date),
}
_NUMBERS = (ast.Integer, ast.Float)


def sql(table: Table, text: str) -> str:
    """The condition as SQL. Raises Refusal where the server would not understand it."""
    try:
        return str(_Sql(table).visit(ODataParser().parse(ODataLexer().tokenize(text))))
    except ODataException as error:
        raise query_error(f"Syntax error in '{text}': {error}") from error


def column(table: Table, name: str) -> Column:
    """The column of that name. Raises Refusal where the table has none."""
    if name not in table.columns:
        raise query_error(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
    return table.columns[name]


class _Sql(AstToSqliteSqlVisitor):  # type: ignore[misc]
    """SQL of a condition whose names and values fit the table."""

    def __init__(self, table: Table):
        super().__init__()
        self._table = table

    def visit_Identifier(self, node: ast.Identifier) -> str:
        return f'"{column(self._table, node.name).name}"'

    def visit_Compare(self, node: ast.Compare) -> str:
        if isinstance(node.comparator, ast.In):
            raise query_error("The 'in' operator is not supported in the $filter system query option.")
        if isinstance(node.left, ast.Identifier):
            _require_kind(column(self._table, node.left.name), node.right)
        return str(super().visit_Compare(node))

    def visit_Call(self, node: ast.Call) -> str:
        if node.func.name not in _FUNCTIONS or node.func.namespace:
            raise query_error(f"An unknown function with name '{node.func.name}' was found.")
        return str(super().visit_Call(node))

    def visit_DateTime(self, node: ast.DateTime) -> str:
        return f"'{stamp(datetime.fromisoformat(node.val).astimezone(UTC))}'"

    def visit_Date(self, node: ast.Date) -> str:
        return f"'{node.val}'"


def _require_kind(column: Column, value: Any) -> None:
    wanted = _KINDS.get(column.edm, _NUMBERS)
    if isinstance(value, (ast.Null, ast.Identifier, *wanted)):
        return
    kind = type(value).__name__
    said = f"A binary operator with incompatible types was detected. Found operand types '{column.edm}' and '{kind}'."
    raise query_error(said)
