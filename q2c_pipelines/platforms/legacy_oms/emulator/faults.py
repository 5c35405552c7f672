"""What goes wrong with a PostgreSQL server, done to this one on demand."""

from __future__ import annotations

from typing import Any, cast

from psycopg import sql

from q2c_pipelines.platforms.emulation import Emulation, Fault

FAULTS = ("reset", "slot_dropped", "slot_lost", "schema_change")
_DROP_SLOTS = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()"
_END_OTHERS = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and usename <> current_user
"""
_CHANGES = {
    "drop": "alter table oms.{table} drop column {column}",
    "retype": "alter table oms.{table} alter column {column} type text using 'about ' || {column}",
    "add": "alter table oms.{table} add column {column} text default 'new'",
}


def strike(emulation: Emulation, fault: Fault) -> None:
    """Do it at once: `reset` ends all sessions, `slot_dropped` takes the slots away, `slot_lost` makes the server give them up."""
    state: Any = emulation.state
    if fault.kind == "schema_change":
        names = {"table": sql.Identifier(fault.table), "column": sql.Identifier(fault.column)}
        state.pg.execute(sql.SQL(cast(Any, _CHANGES[fault.change])).format(**names))
    elif fault.kind == "slot_lost":
        _lose(state)
    else:
        state.pg.execute(_END_OTHERS)
        if fault.kind == "slot_dropped":
            state.pg.execute(_DROP_SLOTS)


def _lose(state: Any) -> None:
    """More log than the slots may keep."""
    state.pg.execute("alter system set max_slot_wal_keep_size = '1MB'")
    state.pg.execute("select pg_reload_conf()")
    for _ in range(4):
        state.pg.execute("select pg_logical_emit_message(false, 'sandbox', 'full')")
        state.pg.execute("select pg_switch_wal()")
    state.pg.execute("checkpoint")
    state.pg.execute("alter system reset max_slot_wal_keep_size")
    state.pg.execute("select pg_reload_conf()")
