"""The tenant's query languages (Data Query's SQL, ZOQL, Export ZOQL), parsed by sqlglot and run on the tenant's own rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlglot
from sqlglot import exp

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.schema import BY_NAME, DELETED, Kind, Object

_BATCH = 2000  # rows held at once
_DELETED_DAYS = 30  # how long deleted rows stay readable


class InvalidQuery(ValueError):
    """A query that the tenant cannot run; the message says why."""


@dataclass(frozen=True)
class Query:
    """A parsed query, ready to run."""

    tree: exp.Select
    objects: tuple[Object, ...]

    @property
    def names(self) -> list[str]:
        return self.tree.named_selects

    def kind(self, expression: exp.Expression) -> Kind | None:
        """What kind of field a result column shows; None for a computed one."""
        bare = expression.unalias()
        if not isinstance(bare, exp.Column):
            return None
        if bare.name.lower() == "deleted":
            return "boolean"
        return next(
            (kind for each in self.objects for name, kind in each.fields.items() if name.lower() == bare.name.lower()), None
        )


def parse(text: str, dialect: str | None = None) -> Query:
    """The query as a tree over objects the tenant has. Raises InvalidQuery."""
    try:
        tree = sqlglot.parse_one(text, read=dialect)
    except sqlglot.ParseError as error:
        raise InvalidQuery(str(error).splitlines()[0]) from error
    if not isinstance(tree, exp.Select):
        raise InvalidQuery("Only select statements are allowed.")
    unknown = [table.name for table in tree.find_all(exp.Table) if table.name.lower() not in BY_NAME]
    if unknown:
        raise InvalidQuery(f"Table {unknown[0]} does not exist.")
    return Query(tree, tuple(BY_NAME[table.name.lower()] for table in tree.find_all(exp.Table)))


def run(emulation: Emulation, query: Query, *, deleted: str = "no") -> list[Row]:
    """The whole result with wire values. `deleted`: `no`, `only`, or `both` with a column `deleted` to tell them apart."""
    return [row for batch in batches(emulation, query, deleted=deleted) for row in batch]


def batches(emulation: Emulation, query: Query, *, deleted: str = "no") -> Iterator[list[Row]]:
    """The result in parts, for what is too large to hold. Raises InvalidQuery before the first."""
    kinds = {name: query.kind(each) for name, each in zip(query.names, query.tree.expressions, strict=True)}
    tree = query.tree.copy().transform(_plain_literals)
    for table in list(tree.find_all(exp.Table)):
        table.replace(_source(BY_NAME[table.name.lower()], table.alias_or_name, deleted, emulation.now()))
    try:
        cursor = emulation.state.db.execute(tree.sql("sqlite"))
    except sqlite3.Error as error:
        raise InvalidQuery(str(error)) from error
    names = [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(_BATCH):
        shaped = [{name: replies.wire(kinds.get(name), value) for name, value in zip(names, row, strict=True)} for row in rows]
        yield emulation.reshape(query.objects[0].table, shaped)


def _plain_literals(node: exp.Expression) -> exp.Expression:
    """`timestamp '...'` as the text that is stored."""
    if isinstance(node, exp.Cast) and node.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ):
        return exp.Literal.string(replies.stored_stamp(node.this.name))
    if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE:
        return exp.Literal.string(node.this.name)
    return node


def _source(wanted: Object, alias: str, deleted: str, now: datetime) -> exp.Subquery:
    """A table as the query sees it: living rows, deleted ones of the last 30 days, or both."""
    oldest = f"{now - timedelta(days=_DELETED_DAYS):%Y-%m-%dT%H:%M:%SZ}"
    living = f'select *, 0 as deleted from "{wanted.table}"'
    dead = f"select *, 1 as deleted from \"{wanted.table}{DELETED}\" where updatedDate >= '{oldest}'"
    chosen = {"no": living, "only": dead, "both": f"{living} union all {dead}"}[deleted]
    return exp.select("*").from_(f"({chosen})", dialect="sqlite").subquery(alias)


def column(query: Query, name: str) -> Any:
    """The field a query names, as the object spells it. Raises InvalidQuery for a field it has not."""
    for field in query.objects[0].fields:
        if field.lower() == name.lower():
            return field
    raise InvalidQuery(f"invalid field: {name} for {query.objects[0].table}")
