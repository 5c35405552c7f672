"""A record is found in the lake by the id that its staging model gives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines.lake import record_keys
from q2c_pipelines.lake.record_keys import RecordKey
from q2c_pipelines.platforms import spec

_LINES = "with lines as (select * from {{ ref('base_netsuite__transactionline') }}),"


def keys(tmp_path: Path, sql: str) -> list[RecordKey]:
    model = tmp_path / "stg_netsuite__thing.sql"
    model.write_text(sql)
    return record_keys.of(spec.load("netsuite"), model)


def test_an_id_is_told_in_the_tables_own_columns_through_every_step(tmp_path: Path) -> None:
    sql = f"""{{#- Jinja -#}}{_LINES}
        keyed as (select transaction as document, id, '{{{{ var('url') }}}}' || id as link, {{{{ made() }}}} as x from lines),
        final as (select cast(document as string) || '-' || cast(id as string) as native_id from keyed)
        select * from final"""
    assert keys(tmp_path, sql) == [RecordKey("transactionline", "CAST(transaction AS STRING) || '-' || CAST(id AS STRING)")]


def test_each_branch_of_a_union_keeps_its_own_columns(tmp_path: Path) -> None:
    sql = f"""{_LINES} headers as (select * from {{{{ ref('base_netsuite__transaction') }}}}),
        either as (select id as a, type as b from headers union all select transaction, id from lines),
        final as (select a || '/' || b as native_id from either)
        select * from final"""
    assert keys(tmp_path, sql) == [
        RecordKey("transaction", "id || '/' || type"),
        RecordKey("transactionline", "transaction || '/' || id"),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        f"{_LINES} headers as (select * from {{{{ ref('base_netsuite__transaction') }}}}) "
        "select headers.id || lines.id as native_id from lines inner join headers on lines.transaction = headers.id",
        f"{_LINES} final as (select id from lines) select * from final",
        "this is no SQL (",
    ],
    ids=["of two tables", "no id", "no SQL"],
)
def test_what_no_single_table_identifies_has_no_key(tmp_path: Path, sql: str) -> None:
    assert keys(tmp_path, sql) == []
