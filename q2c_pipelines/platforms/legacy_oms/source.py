"""Reading the OMS: each table on from its position in the log, or copied whole where that cannot be.

Window with a position -> changes;  without -> copy;  with a time alone -> a glance that lets go of nothing
"""

from __future__ import annotations

from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.legacy_oms.log import Log
from q2c_pipelines.platforms.legacy_oms.position import Position
from q2c_pipelines.platforms.legacy_oms.statements import OpenLog
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """What was made, changed or deleted since the window's position; all that there is where it has none."""
    log: Log = client.read(OpenLog(platform))
    _tell(client, log.notes)
    if window.position is None and window.since is not None:
        yield from log.glance(table, window.since)
        return
    if window.position is None:
        yield from log.copy(table)
        return
    since = Position.read(window.position)
    if breach := log.breach(since):
        _tell(client, [f"{breach}: all tables are copied anew, and what was deleted since is told by its absence"])
        yield from log.copy(table)
        return
    if window.is_sweep:
        yield from log.sweep(table)
    yield from log.changes(table, since)


def _tell(client: Client, notes: list[str]) -> None:
    client.notes += [note for note in notes if note not in client.notes]
