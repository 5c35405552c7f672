"""A reader that is killed again and again while the system goes on: nothing is lost, nothing is doubled, all ends equal.

    python -m tests.platforms.legacy_oms.torment [changes] [kills]

changing thread -> PostgreSQL -> reading process (kill -9) -> lake;  what was changed is counted by the database's own triggers.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from q2c_pipelines.lake.ingest import Summary, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.legacy_oms.emulator.server import Server
from tests.platforms.legacy_oms.conftest import PLATFORM, Oms

TABLES = ("customers", "payments", "shipments")
_NEWEST = {"customers": "name", "payments": "amount", "shipments": "carrier"}
_CHANGES = (
    "insert into oms.payments (payment_ref, invoice_no, amount, currency, paid_at) values ('P', 'I', 1, 'EUR', now())",
    "insert into oms.shipments (order_id, shipped_on, carrier) values (1, '2026-11-01', 'DHL')",
    "insert into oms.customers (name, currency) values ('new', 'EUR')",
    "update oms.payments set amount = amount + 1 where id = (select max(id) from oms.payments)",
    "update oms.shipments set carrier = carrier || '.' where id = (select max(id) from oms.shipments)",
    "update oms.customers set name = name || '.' where id = (select max(id) from oms.customers)",
    "delete from oms.payments where id = (select min(id) from oms.payments)",
    "delete from oms.shipments where id = (select min(id) from oms.shipments)",
)


@dataclass
class Outcome:
    """What came of it. `doubled` and `lost` count changes, `differing` names the tables that do not end equal."""

    changes: int = 0
    kills: int = 0
    versions: int = 0
    doubled: int = 0
    lost: int = 0
    differing: list[str] = field(default_factory=list)
    most_behind: int = 0  # bytes of log that the slot held back at most
    last_rows: int = 0  # rows of the last read, which had a quarter of the changes before it
    last_seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        return not (self.doubled or self.lost or self.differing)


def torment(oms: Oms, folder: Path, changes: int, kills: int, seed: int = 1) -> Outcome:
    """Change the system so many times while its reader is killed so many times, then read to the end and compare."""
    rng, outcome = random.Random(seed), Outcome()
    read(oms.connection, folder)
    oms.execute("truncate sandbox.effects")
    changing = threading.Thread(target=change, args=(oms, changes * 3 // 4, seed))
    changing.start()
    while outcome.kills < kills or changing.is_alive():
        with _reader(oms, folder) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "reading\n"
            if outcome.kills < kills:
                time.sleep(rng.uniform(0, 4))
                outcome.kills += 1
            else:
                changing.join()
            process.kill()
        outcome.most_behind = max(outcome.most_behind, _behind(oms))
    change(oms, changes // 4, seed + 1)
    outcome.most_behind = max(outcome.most_behind, _behind(oms))
    began = time.monotonic()
    outcome.last_rows = read(oms.connection, folder).rows
    outcome.last_seconds = time.monotonic() - began
    read(oms.connection, folder)
    return _judged(oms, folder, outcome)


def change(oms: Oms, changes: int, seed: int) -> None:
    """So many changes, in transactions of one to twenty."""
    rng = random.Random(seed)
    with oms.state._connect(oms.name) as connection:
        while changes > 0:
            size = min(changes, rng.randint(1, 20))
            with connection.transaction():
                for statement in rng.choices(_CHANGES, k=size):
                    connection.execute(statement)  # type: ignore[call-overload]
            changes -= size


def read(connection: Connection, folder: Path) -> Summary:
    """One read of the tormented tables into the lake, and of the others."""
    done = ingest(PLATFORM, connection, Lake(str(folder / "lake")), folder / "dlt")
    assert not done.failed, [each.error for each in done.failed]
    return done


def _reader(oms: Oms, folder: Path) -> subprocess.Popen[str]:
    told = json.dumps([oms.connection.base_url, dict(oms.connection.credentials), dict(oms.connection.settings), str(folder)])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.platforms.legacy_oms.torment", "reader", told], stdout=subprocess.PIPE, text=True
    )


def _judged(oms: Oms, folder: Path, outcome: Outcome) -> Outcome:
    for table in TABLES:
        versions = _versions(folder, table)
        changed = versions.filter(pl.col("committed_at").is_not_null())
        made = int(str(oms.one(f"select count(*) from sandbox.effects where table_name = '{table}'")))
        places = changed.select("commit_lsn", "commit_sequence").unique().height
        outcome.changes += made
        outcome.versions += changed.height
        outcome.doubled += changed.height - places
        outcome.lost += made - places
        rows = oms.state.select(f"select id, {_NEWEST[table]} as value from oms.{table} order by id")
        if _living(versions, _NEWEST[table]) != [(row["id"], row["value"]) for row in rows]:
            outcome.differing.append(table)
    return outcome


def _versions(folder: Path, table: str) -> pl.DataFrame:
    files = sorted((folder / "lake" / "legacy_oms" / table).glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files], how="diagonal")


def _living(versions: pl.DataFrame, column: str) -> list[tuple[Any, ...]]:
    """The last version of each record by its place in the log, of those that are not deleted."""
    last = versions.sort("commit_lsn", "commit_sequence").unique("id", keep="last")
    return last.filter(~pl.col("q2c_is_deleted")).sort("id").select("id", column).rows()


def _behind(oms: Oms) -> int:
    of = f"from pg_replication_slots where slot_name = '{oms.name}'"
    return int(str(oms.one(f"select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint {of}")))


def _read_for_ever(told: str) -> None:
    base_url, credentials, settings, folder = json.loads(told)
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    while True:
        read(Connection(base_url, credentials, settings), Path(folder))


def main(arguments: list[str]) -> None:
    """Torment a new server, and print what came of it."""
    if arguments[:1] == ["reader"]:
        _read_for_ever(arguments[1])
    changes, kills = int(arguments[0]) if arguments else 102_000, int(arguments[1]) if arguments[1:] else 5
    folder = Path(tempfile.mkdtemp(prefix="legacy_oms-"))
    server = Server(folder / "server")
    try:
        began = time.monotonic()
        outcome = torment(Oms(server), folder, changes, kills)
        told = (
            f"{outcome}\n{'well' if outcome.is_well else 'NOT WELL'} after {time.monotonic() - began:.0f} s; the last read brought "
        )
        told += f"{outcome.last_rows} rows in {outcome.last_seconds:.1f} s, {outcome.last_rows / outcome.last_seconds:.0f} a second"
        sys.stdout.write(f"{told}\n")
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
