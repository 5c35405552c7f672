"""The slot: what becomes of a read when it is gone, lost, busy or read by somebody else, and what is told of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from q2c_pipelines.platforms.emulation import Emulation, Fault
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient
from q2c_pipelines.platforms.legacy_oms import emulator
from q2c_pipelines.platforms.legacy_oms.connection import Database
from q2c_pipelines.platforms.legacy_oms.position import Position, number, written
from q2c_pipelines.platforms.legacy_oms.source import pages
from q2c_pipelines.platforms.page import Window
from tests.platforms.legacy_oms.conftest import CREDENTIALS, NOW, PLATFORM, Oms
from tests.platforms.legacy_oms.holding import Brought, Holding


@pytest.fixture
def held(oms: Oms) -> Holding:
    """A lake that holds what was there at first."""
    holding = Holding()
    read(oms, holding)
    return holding


def read(oms: Oms, held: Holding, *tables: str) -> Brought:
    with oms.client() as client:
        return held.read(client, *tables)


def strike(oms: Oms, kind: str, **how: Any) -> None:
    emulator.strike(Emulation(oms.state, lambda: NOW, CREDENTIALS), Fault(kind, **how))


@pytest.mark.parametrize(
    ("kind", "said"),
    [("slot_dropped", "does not exist any more"), ("slot_lost", r"was lost \((wal_removed|its log is gone)\)")],
)
def test_a_slot_that_is_gone_is_made_anew_and_everything_copied_and_that_is_told(
    oms: Oms, held: Holding, kind: str, said: str
) -> None:
    strike(oms, kind)
    oms.execute("delete from oms.notes where id = 1; update oms.orders set status = 'closed' where id = 2")
    brought = read(oms, held)
    assert len(brought.notes) == 1
    assert re.search(said, brought.notes[0])
    assert brought.notes[0].endswith("all tables are copied anew, and what was deleted since is told by its absence")
    assert (set(held.of("notes")), held.of("orders")[2]["status"]) == ({2, 3}, "closed")
    assert read(oms, held).counted == {}


def test_a_slot_that_somebody_else_read_from_is_no_proof_any_more(oms: Oms, held: Holding) -> None:
    oms.execute("delete from oms.notes where id = 1")
    oms.execute(f"select pg_replication_slot_advance('{oms.name}', pg_current_wal_lsn())")
    brought = read(oms, held)
    assert "is not the one that was read before" in brought.notes[0]
    assert set(held.of("notes")) == {2, 3}
    assert read(oms, held).counted == {}


def test_a_position_of_another_server_or_of_a_restored_backup_is_not_read_on_from(oms: Oms, held: Holding) -> None:
    here = Position.read(held.positions["notes"])
    for other in (replace(here, system="1"), replace(here, timeline=2), here.at(here.lsn + 2**40)):
        held.positions = dict.fromkeys(held.positions, str(other))
        brought = read(oms, held)
        assert brought.counted["orders"] == 5
        assert "is not the one that was read before" in brought.notes[0]
        assert Position.read(held.positions["notes"]).at(0) == here.at(0)


def test_a_table_that_failed_is_copied_later_without_another_slot(oms: Oms, held: Holding) -> None:
    del held.positions["orders"]
    oms.execute("update oms.orders set status = 'closed' where id = 2; update oms.notes set author = 'x' where id = 1")
    slots = oms.one("select count(*) from pg_replication_slots")
    assert read(oms, held).counted == {"orders": 5, "notes": 1, "order_events": 1}
    assert oms.one("select count(*) from pg_replication_slots") == slots, "the one that it was copied by did not last"
    assert read(oms, held).counted == {}


def test_a_glance_makes_no_slot_and_lets_go_of_nothing(oms: Oms) -> None:
    with oms.client() as client:
        assert list(pages(client, PLATFORM, PLATFORM.tables["orders"], Window(since=NOW))) == []
    assert oms.confirmed is None
    held = Holding()
    read(oms, held)
    before = oms.confirmed
    oms.execute("update oms.orders set status = 'closed' where id = 2")
    with oms.client() as client:
        (page,) = pages(client, PLATFORM, PLATFORM.tables["orders"], Window(since=NOW))
        assert page.body.count(b"\n") == 1
        assert list(pages(client, PLATFORM, PLATFORM.tables["notes"], Window(since=NOW))) == []
    assert oms.confirmed == before


def test_a_slot_that_another_reader_is_at_is_tried_again_later(oms: Oms, held: Holding) -> None:
    oms.execute("update oms.orders set status = 'closed' where id = 2")
    stream = f"START_REPLICATION SLOT {oms.name} LOGICAL 0/0 (proto_version '1', publication_names 'oms')"
    other = Database(PLATFORM, oms.connection, 10).connect("reader", replication="database")
    other.pgconn.send_query(stream.encode())
    other.pgconn.get_result()  # from here on it streams
    with pytest.raises(Transient, match=r"read the log: replication slot .* is active for PID") as raised:
        read(oms, held)
    other.pgconn.finish()
    assert raised.value.code == "55006"
    assert held.of("orders")[2]["status"] == "released"


def test_a_publication_without_a_table_is_told_with_what_to_do(oms: Oms) -> None:
    oms.execute("drop publication oms; create publication oms for table oms.orders")
    with pytest.raises(Terminal, match=r"the publication oms is without oms\.customers, .*; alter publication oms add table oms"):
        read(oms, Holding())
    assert oms.confirmed is None


def test_a_role_that_may_not_replicate_is_told_so_and_nothing_is_left_behind(oms: Oms) -> None:
    oms.execute("alter role q2c_reader noreplication")
    try:
        with pytest.raises(PlatformError, match=r"permission denied to (use replication slots|start WAL sender)"):
            read(oms, Holding())
        assert oms.confirmed is None
    finally:
        oms.execute("alter role q2c_reader replication")


def test_a_slot_without_a_bound_is_told_at_each_read(oms: Oms, held: Holding) -> None:
    assert read(oms, held).notes == []
    oms.execute("alter system set max_slot_wal_keep_size = -1")
    oms.execute("select pg_reload_conf()")
    try:
        (note,) = read(oms, held).notes
        assert note.startswith("max_slot_wal_keep_size is -1: while nobody reads, the slot keeps log until the disk is full")
    finally:
        oms.execute("alter system reset max_slot_wal_keep_size")
        oms.execute("select pg_reload_conf()")


def test_places_in_the_log_are_written_as_postgresql_does() -> None:
    assert (number("16/B374D848"), written(number("16/B374D848"))) == (0x16_B374D848, "16/B374D848")
    assert str(Position.read("7312:1:0/16B3748")) == "7312:1:0/16B3748"
