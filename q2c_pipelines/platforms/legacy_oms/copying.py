"""Tables as they are, or were at one place of the log: whole, or some of their records.

catalogue -> Relation;  COPY -> rows in the same text as the log's -> pages
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson
import psycopg
from psycopg import sql

from q2c_pipelines.platforms.legacy_oms.pgoutput import Column, Relation, Row
from q2c_pipelines.platforms.legacy_oms.shape import COMMITTED_AT, LSN, SEQUENCE, Record, Shape
from q2c_pipelines.platforms.page import Page, Refused
from q2c_pipelines.platforms.spec import Table

_PAGE = 10_000
_COLUMNS = """
select pg_attribute.attname, pg_attribute.atttypid, pg_attribute.atttypmod
from pg_attribute
where pg_attribute.attrelid = %s::regclass and pg_attribute.attnum > 0
    and not pg_attribute.attisdropped and pg_attribute.attgenerated = ''
order by pg_attribute.attnum
"""


def described(connection: psycopg.Connection[Any], schema: str, table: Table) -> Shape:
    """A table as the catalogue has it now."""
    found = connection.execute(_COLUMNS, (sql.Identifier(schema, table.object).as_string(connection),)).fetchall()
    columns = tuple(Column(name, oid, modifier, False) for name, oid, modifier in found)
    return Shape.of(Relation(0, schema, table.object, "", columns), table)


def pages(connection: psycopg.Connection[Any], shape: Shape, lsn: int) -> Iterator[Page]:
    """All records of the table, and with each page the names of those that live."""
    records = _numbered(shape, rows(connection, shape), lsn)
    name, key = shape.table.name, shape.table.key
    while batch := list(islice(records, _PAGE)):
        yield Page(name, _lines({column: each[column] for column in key} for each in batch), format="ndjson", names_living=True)
        if shape.misfit:
            refused = (Refused("|".join(str(each[column]) for column in key), shape.misfit, _line(each)) for each in batch)
            yield Page(name, b"", format="ndjson", refused=tuple(refused))
        else:
            yield Page(name, _lines(batch), format="ndjson")


def names(connection: psycopg.Connection[Any], shape: Shape) -> Iterator[Page]:
    """The keys of all records that live."""
    key = replace(shape.relation, columns=tuple(column for column in shape.relation.columns if column.name in shape.key))
    keys = replace(shape, relation=key)
    found = (keys.record(row) for row in rows(connection, keys))
    while batch := list(islice(found, _PAGE)):
        yield Page(shape.table.name, _lines(batch), format="ndjson", names_living=True)
    yield Page(shape.table.name, b"", format="ndjson", names_living=True)


def rows(connection: psycopg.Connection[Any], shape: Shape, keys: Sequence[Sequence[object]] = ()) -> Iterator[Row]:
    """The rows of the table, or those with these keys."""
    select = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(sql.Identifier(column.name) for column in shape.relation.columns),
        sql.Identifier(shape.relation.schema, shape.relation.name),
    )
    if keys:
        named = sql.SQL(", ").join(map(sql.Identifier, shape.key))
        wanted = sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, key))) for key in keys)
        select += sql.SQL(" where ({}) in ({})").format(named, wanted)
    with connection.cursor() as cursor, cursor.copy(sql.SQL("copy ({}) to stdout").format(select)) as copy:
        yield from copy.rows()


def _numbered(shape: Shape, found: Iterator[Row], lsn: int) -> Iterator[Record]:
    for number, row in enumerate(found, start=1):
        told: Record = {LSN: str(lsn), SEQUENCE: str(number), COMMITTED_AT: None}
        yield shape.record(row) | told


def _lines(records: Iterator[Record] | list[Record]) -> bytes:
    return b"\n".join(map(orjson.dumps, records))


def _line(record: Record) -> str:
    return orjson.dumps(record).decode()
