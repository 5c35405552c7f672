"""In which lake table a record lies and by what key, as its staging model makes its native id.

models/staging/<platform>/stg_<platform>__<entity>.sql -> columns traced back to base models -> table and native id
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from q2c_pipelines.platforms.spec import Platform, kind_of, lake_name

_REF = re.compile(r"\{\{-?\s*ref\('([^']+)'\)\s*-?\}\}")
_JINJA = re.compile(r"'[^'\n]*\{\{.*?\}\}[^'\n]*'|\{\{.*?\}\}", re.DOTALL)  # a text with Jinja in it, or Jinja alone
_NO_SQL = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_ID = "native_id"


@dataclass(frozen=True, order=True)
class RecordKey:
    """Where records of one entity lie: the table, and the SQL that makes their native id from its columns."""

    table: str
    native_id: str


def of(platform: Platform, model: Path) -> list[RecordKey]:
    """The tables of one staging model whose own columns make the native id; none of a model that makes it from several at once."""
    prefix = f"base_{kind_of(platform.name)}__"
    columns = {f"{prefix}{table.name}": _types(table.columns) for table in platform.tables.values()}
    try:
        traced = lineage(_ID, _plain(model.read_text()), schema=columns, dialect="duckdb")
    except (SqlglotError, ValueError):  # not SQL that is known, or no such column
        return []
    ids = {
        (min(tables), each.transform(_unqualified).sql("spark")) for each in _in_base(traced) if len(tables := _tables(each)) == 1
    }
    return sorted(RecordKey(table.removeprefix(prefix), sql) for table, sql in ids)


def _plain(jinja: str) -> str:
    """The SQL alone. What else Jinja says of other columns is nothing to the id."""
    return _JINJA.sub("null", _REF.sub(r"\1", _NO_SQL.sub("", jinja)))


def _types(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys((*map(lake_name, names), "q2c_is_deleted", "q2c_read_at", "q2c_load_id", "q2c_version_at"), "text")


def _in_base(node: Node) -> Iterator[exp.Expression]:
    """The column in words of base models alone: one expression, or one for each branch of a union that it comes from."""
    if isinstance(node.source, exp.Table):
        yield exp.column(node.name.rpartition(".")[2], table=node.source.name)
        return
    said = node.expression.unalias()
    columns = {_name(column): column for column in said.find_all(exp.Column)}
    sources = {name: _sources(node, column) for name, column in columns.items()}
    for branch in range(max(map(len, sources.values()), default=0)):
        before = [list(_in_base(each[min(branch, len(each) - 1)])) if each else [] for each in sources.values()]
        for chosen in product(*before):
            made = dict(zip(columns, chosen, strict=True))
            yield said.transform(lambda part, made=made: made[_name(part)].copy() if isinstance(part, exp.Column) else part)


def _sources(node: Node, column: exp.Column) -> list[Node]:
    """What gives a column: one, or each branch of a union: they are named by its place, and the first calls it as it is called."""
    if named := [each for each in node.downstream if each.name.replace('"', "") == _name(column)]:
        return named
    branches = (list(each) for _, each in groupby(node.downstream, key=lambda each: each.name))
    return next((each for each in branches if each[0].expression.alias_or_name == column.name), [])


def _name(column: exp.Column) -> str:
    return f"{column.table}.{column.name}"


def _tables(sql: exp.Expression) -> set[str]:
    return {column.table for column in sql.find_all(exp.Column)}


def _unqualified(part: exp.Expression) -> exp.Expression:
    return exp.column(part.name) if isinstance(part, exp.Column) else part
