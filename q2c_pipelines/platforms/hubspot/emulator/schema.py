"""The portal's tables: one an object, and what is kept beside them."""

from __future__ import annotations

from q2c_pipelines.platforms.hubspot.emulator.objects import ddl

DDL = (
    ddl()
    + """
create table if not exists associations (
    id text primary key, from_object text, from_id integer, to_object text, to_id integer, type_id integer
);
create index if not exists associations_from on associations (from_object, from_id, to_object);
create index if not exists associations_to on associations (to_object, to_id, from_object);
create table if not exists properties (id text primary key, object text, name text, definition text);
create table if not exists _merged (id text primary key, into_id integer);
create table if not exists _tokens (token text primary key, expires real);
"""
)

KEYS: dict[str, str] = {}
