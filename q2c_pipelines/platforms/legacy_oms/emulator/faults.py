"""What goes wrong with a PostgreSQL server, done to this one on demand."""

from __future__ import annotations

from typing import Any, cast

from psycopg import sql

from q2c_pipelines.platforms.emulation import Emulation, Fault

FAULTS = ("reset", "slot_dropped", "slot_lost", "schema_change", "permission")
_READ = (
    *("customers", "products", "price_lists", "orders", "order_lines", "shipments"),
    *("invoices", "payments", "notes", "order_events", "integration_outbox"),
)
_WRITTEN = {
    "SELECT": ("customers", "orders", "order_lines", "products", "integration_outbox"),
    "INSERT": ("customers", "orders", "order_lines", "integration_outbox"),
    "UPDATE": ("customers", "orders", "order_lines", "products"),
}
RIGHTS = {  # by right: its role, the privilege and the table
    **{f"reader: SELECT on {table}": ("reader", "SELECT", table) for table in _READ},
    **{f"writer: {verb} on {table}": ("writer", verb, table) for verb, tables in _WRITTEN.items() for table in tables},
}
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
    elif fault.kind == "permission":
        who, privilege, table = RIGHTS[fault.right]
        revoke = sql.SQL("revoke {} on oms.{} from {}")
        role = sql.Identifier(emulation.credentials[f"{who}_user"])
        state.pg.execute(revoke.format(sql.SQL(cast(Any, privilege)), sql.Identifier(table), role))
    elif fault.kind == "slot_lost":
        _lose(state)
    else:
        state.pg.execute(_END_OTHERS)
        if fault.kind == "slot_dropped":
            state.pg.execute(_DROP_SLOTS)


def mend(emulation: Emulation) -> None:
    """Give the roles what they had at first."""
    state: Any = emulation.state
    state.grant()


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
