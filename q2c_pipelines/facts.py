"""How much the warehouse holds, table by table, as the asset graph shows it: rows, and money by currency."""

from __future__ import annotations

from typing import Any

import duckdb

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings

_RELATIONS = """
    select
        schema_name,
        table_name,
        case
            when count_if(column_name = 'currency') > 0
                then list(column_name order by column_index) filter (where data_type = 'DECIMAL(18,4)')
        end as money,
        count_if(column_name = 'clears_on') > 0 as has_findings
    from duckdb_columns()
    where not internal and database_name = current_database()
    group by all
"""
_STATES = {"break": "breaks", "timing": "not yet due", "indeterminate": "indeterminate"}  # of a finding, and how they are counted


def of(settings: Settings) -> dict[str, dict[str, Any]]:
    """Row count of every table and view, and its money by column and currency, by its name, as metadata.

    Findings are counted by their state, and money is at risk only in breaks.
    """
    with warehouse.legible(settings), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        return {
            name: _facts(db, f'"{schema}"."{name}"', money or [], has_findings)
            for schema, name, money, has_findings in db.sql(_RELATIONS).fetchall()
        }


def _facts(db: duckdb.DuckDBPyConnection, relation: str, money: list[str], has_findings: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"dagster/row_count": _count(db, relation)}
    if not has_findings:
        return found | _totals(db, relation, money)
    breaks = f"(from {relation} where state = 'break')"
    found |= {said: _count(db, f"(from {relation} where state = '{state}')") for state, said in _STATES.items()}
    return found | _totals(db, breaks, money)


def _count(db: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(db.sql(f"select count(*) from {relation}").fetchall()[0][0])


def _totals(db: duckdb.DuckDBPyConnection, relation: str, money: list[str]) -> dict[str, float]:
    if not money:
        return {}
    sums = ", ".join(f'sum("{column}")' for column in money)
    found = db.sql(f"select currency, {sums} from {relation} where currency is not null group by currency order by currency")
    totals = [(currency, dict(zip(money, amounts, strict=True))) for currency, *amounts in found.fetchall()]
    return {
        f"{name} {currency}": float(total) for currency, by_name in totals for name, total in by_name.items() if total is not None
    }
