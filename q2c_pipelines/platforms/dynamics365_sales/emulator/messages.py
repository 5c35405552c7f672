"""Which actions there are for which table, as clients ask before they use them: the set `sdkmessagefilters`.

$filter over the message's name and its table -> rows, each with the message expanded
"""

from __future__ import annotations

import sqlite3
from uuid import NAMESPACE_URL, uuid5

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql.sqlite import AstToSqliteSqlVisitor

from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import query_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES

_NAMES = ("CreateMultiple", "UpdateMultiple")


class _Sql(AstToSqliteSqlVisitor):  # type: ignore[misc]
    """SQL of a condition, where the message's own name is reached by a path."""

    def visit_Attribute(self, node: ast.Attribute) -> str:
        return f'"{node.attr}"'


def listed(call: Call) -> Reply:
    """The messages that fit the condition."""
    text = call.query.get("$filter", "1 eq 1")
    every = [(name, table) for name in _NAMES for table in TABLES]
    with sqlite3.connect(":memory:") as db:
        db.execute("create table messages (name text collate nocase, primaryobjecttypecode text)")
        db.executemany("insert into messages values (?, ?)", every)
        try:
            condition = _Sql().visit(ODataParser().parse(ODataLexer().tokenize(text)))
            found = db.execute(f"select * from messages where {condition}").fetchall()
        except (ODataException, sqlite3.OperationalError) as error:
            raise query_error(f"Syntax error in '{text}': {error}") from error
    rows = [
        {"sdkmessagefilterid": _guid(f"{name} {table}"), "sdkmessageid": {"name": name, "sdkmessageid": _guid(name)}}
        for name, table in found
    ]
    return Reply({"@odata.context": f"{call.root}/$metadata#sdkmessagefilters", "value": rows})


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))
