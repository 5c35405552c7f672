"""What PostgreSQL tells of the rights of both roles: privileges, the attribute to replicate, and what the server logs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import LiteralString

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.legacy_oms.changing import UPDATED
from q2c_pipelines.platforms.legacy_oms.statements import Look, Rows, Statement
from q2c_pipelines.platforms.spec import Platform

_ON_TABLE = re.compile(r"writer: (SELECT|INSERT|UPDATE) on (\w+)")
_REPLICATES: LiteralString = """
select roles.rolreplication or roles.rolsuper or exists (
    select from pg_roles as cloud where cloud.rolname = 'rds_replication' and pg_has_role(roles.oid, cloud.oid, 'member')
) as held
from pg_roles as roles
where roles.rolname = %(reader)s
"""
_WAL_LEVEL: LiteralString = "select current_setting('wal_level') as level"
_ON_SCHEMA: LiteralString = "select has_schema_privilege(%(schema)s, 'usage') as held"
_SEQUENCES: LiteralString = """
select sequencename as name from pg_sequences
where schemaname = %(schema)s and not has_sequence_privilege(format('%%I.%%I', schemaname, sequencename), 'usage')
order by sequencename
"""
_TABLE: LiteralString = """
select has_table_privilege(format('%%I.%%I', %(schema)s::text, %(table)s::text), %(privilege)s) as held
"""
_COLUMNS: LiteralString = """
select name from unnest(%(columns)s::text[]) as name
where not has_column_privilege(format('%%I.%%I', %(schema)s::text, %(table)s::text), name, 'update')
"""


def missing(client: Client, platform: Platform, known: Connection) -> Iterator[tuple[str, list[str]]]:
    """By right: the role, table, column, sequence or setting that lacks it."""
    schema, reader = (platform.defaults | dict(known.settings))["schema"], known.credentials["reader_user"]
    replicates = any(row["held"] for row in _rows(client, _REPLICATES, reader=reader))
    yield _one(platform, "reader: LOGIN, REPLICATION"), [] if replicates else [f"{reader} is without REPLICATION"]
    level = _rows(client, _WAL_LEVEL)[0]["level"]
    yield _one(platform, "the server: wal_level"), [] if level == "logical" else [f"wal_level is {level}"]
    yield "writer: LOGIN", []  # who is asked, is let in
    is_in = _rows(client, _ON_SCHEMA, schema=schema)[0]["held"]
    yield "writer: USAGE on the schema", [] if is_in else [schema]
    if not is_in:  # then nothing in the schema can be asked about
        return
    yield "writer: USAGE on the schema's sequences", _names(client, _SEQUENCES, schema=schema)
    for right in platform.to_write:
        if on_table := _ON_TABLE.match(right):
            yield right, _on_table(client, schema, right, on_table[1], on_table[2])


def _on_table(client: Client, schema: str, right: str, privilege: str, table: str) -> list[str]:
    """The columns that commands set and the writer may not; of another privilege, that it is missing as a whole."""
    if privilege == "UPDATE":
        lacking = _names(client, _COLUMNS, schema=schema, table=table, columns=UPDATED[table])
        return [f"{table}.{name}" for name in lacking]
    return [] if _rows(client, _TABLE, schema=schema, table=table, privilege=privilege)[0]["held"] else [right]


def _one(platform: Platform, begins: str) -> str:
    return next(each.right for each in platform.least_privilege if each.right.startswith(begins))


def _names(client: Client, sql: LiteralString, **values: object) -> list[str]:
    return [str(row["name"]) for row in _rows(client, sql, **values)]


def _rows(client: Client, sql: LiteralString, **values: object) -> Rows:
    found: Rows = client.read(Look(Statement(sql, values)))
    return found
