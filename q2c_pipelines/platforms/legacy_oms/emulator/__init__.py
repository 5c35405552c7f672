"""A PostgreSQL server that holds the order management system's database, and the sandbox's clock in it.

world -> seed -> Database (state.py) on a Server (server.py);  schema.py: the system's tables and rules;  clock.py: time and effects
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.legacy_oms.emulator.faults import FAULTS, RIGHTS, mend, strike
from q2c_pipelines.platforms.legacy_oms.emulator.schema import KEYS
from q2c_pipelines.platforms.legacy_oms.emulator.seed import rows
from q2c_pipelines.platforms.legacy_oms.emulator.server import Server
from q2c_pipelines.platforms.legacy_oms.emulator.state import Database

CREDENTIALS = {"reader_user": "q2c_reader", "writer_user": "q2c_writer"}
__all__ = ["CREDENTIALS", "FAULTS", "KEYS", "RIGHTS", "mend", "rows", "server", "strike", "tick"]


def server(folder: Path, credentials: Mapping[str, str], now: datetime) -> Database:
    """The database of that folder, served, with what it held before."""
    return Database(Server(folder), "oms", credentials, now)


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """The clock inside the database moves with the sandbox's."""
    state = emulation.state
    assert isinstance(state, Database)
    state.moved(after)
