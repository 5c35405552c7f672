"""With the real lake: what is read there once is there once, also when the reader is killed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from q2c_pipelines.lake.ingest import has_changed, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.emulation import Emulation, Fault
from q2c_pipelines.platforms.legacy_oms import emulator
from tests.platforms.legacy_oms.conftest import CREDENTIALS, NOW, PLATFORM, Oms
from tests.platforms.legacy_oms.torment import read, torment


@pytest.mark.proves("resume")
def test_a_reader_that_is_killed_again_and_again_loses_and_doubles_nothing(oms: Oms, tmp_path: Path) -> None:
    outcome = torment(oms, tmp_path, changes=1000, kills=1)
    assert outcome.is_well, outcome
    assert (outcome.kills, outcome.versions) == (1, outcome.changes)


@pytest.mark.proves("delete")
def test_deletions_a_truncated_table_and_a_lost_slot_end_in_tombstones(oms: Oms, tmp_path: Path) -> None:
    read(oms.connection, tmp_path)
    oms.execute("delete from oms.shipments where id = 1; truncate oms.notes")
    assert has_changed(PLATFORM, oms.connection, PLATFORM.tables["shipments"], NOW)
    done = {each.table: each.deleted for each in read(oms.connection, tmp_path).tables if each.deleted}
    assert done == {"shipments": 1, "notes": 3}
    emulator.strike(Emulation(oms.state, lambda: NOW, CREDENTIALS), Fault("slot_dropped"))
    oms.execute("delete from oms.order_lines where id = 5; update oms.orders set status = 'closed' where id = 5")
    done_anew = read(oms.connection, tmp_path)
    assert "does not exist any more: all tables are copied anew" in done_anew.note
    assert {each.table: each.deleted for each in done_anew.tables if each.deleted} == {"order_lines": 1, "order_events": 5}
    assert not has_changed(PLATFORM, oms.connection, PLATFORM.tables["orders"], NOW.replace(hour=9))
    files = sorted((tmp_path / "lake/legacy_oms/orders").glob("*.parquet"))
    versions = pl.concat([pl.read_parquet(file) for file in files], how="diagonal").filter(pl.col("id") == 5)
    assert versions.sort("commit_lsn")["status"].to_list() == ["released", "closed"]


def test_a_table_that_cannot_be_read_keeps_no_other_from_going_on(oms: Oms, tmp_path: Path) -> None:
    oms.execute("revoke select on oms.notes from q2c_reader")
    done = ingest(PLATFORM, oms.connection, Lake(str(tmp_path / "lake")), tmp_path / "dlt")
    assert [each.error for each in done.failed] == ["Legacy OMS: copy notes: permission denied for table notes"]
    oms.execute("grant select on oms.notes to q2c_reader; update oms.orders set status = 'closed' where id = 1")
    done = ingest(PLATFORM, oms.connection, Lake(str(tmp_path / "lake")), tmp_path / "dlt")
    assert {each.table: each.rows for each in done.tables if each.rows} == {"orders": 1, "order_events": 1, "notes": 3}
