"""Two warehouses are the same when every table of every schema holds the same rows, in whatever order.

Nothing is left out: also the lists of loads taken are the same, however often a build was begun.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

_TABLES = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? order by all"


def tables(warehouse: Path) -> list[str]:
    """Every table, with its schema."""
    with duckdb.connect(str(warehouse), read_only=True) as db:
        return [name for (name,) in db.execute(_TABLES, [warehouse.stem]).fetchall()]


def differences(one: Path, other: Path) -> list[str]:
    """One line for each table that is not the same in both, with how many rows only one of them has."""
    with duckdb.connect() as db:
        db.execute(f"attach '{one}' as one (read_only)")
        db.execute(f"attach '{other}' as other (read_only)")
        names = [{name for (name,) in db.execute(_TABLES, [side]).fetchall()} for side in ("one", "other")]
        lonely = [f"{name}: only in one of them" for name in sorted(names[0] ^ names[1])]
        return lonely + [line for name in sorted(names[0] & names[1]) if (line := _difference(db, name))]


def _difference(db: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = [[name for name, *_ in db.execute(f"describe {side}.{table}").fetchall()] for side in ("one", "other")]
    if sorted(columns[0]) != sorted(columns[1]):
        return f"{table}: other columns: {sorted(set(columns[0]) ^ set(columns[1]))}"
    chosen = ", ".join(f'"{name}"' for name in columns[0])
    missing, surplus = (_only(db, table, chosen, *sides) for sides in (("other", "one"), ("one", "other")))
    return f"{table}: {surplus} rows only in the first, {missing} only in the second" if missing or surplus else ""


def _only(db: duckdb.DuckDBPyConnection, table: str, chosen: str, here: str, there: str) -> int:
    sql = f"select count(*) from (select {chosen} from {here}.{table} except all select {chosen} from {there}.{table})"
    row = db.execute(sql).fetchone()
    return int(row[0]) if row else 0
