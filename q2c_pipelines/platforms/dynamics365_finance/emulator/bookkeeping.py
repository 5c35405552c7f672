"""What the environment keeps up by itself when a record changes: totals, and nothing left null."""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.dynamics365_finance.emulator import journals, orders
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES
from q2c_pipelines.platforms.emulation import Emulation, Row, State


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Called for every change that the API or the sandbox makes."""
    entity, row = ENTITIES[table], after or before or {}
    if after and (empty := {name: entity.default(name) for name in entity.kinds if after[name] is None}):
        state.write(table, after["_key"], empty)
    if table == "SalesOrderLinesV2":
        orders.total(state, row)
    if table == "LedgerJournalLines":
        journals.total(state, row)


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """The batch jobs that run as time passes: journals are posted."""
    journals.post_all(emulation.state, after)
