"""Reading by the log: a copy first, then what changed, each change once and in its order."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.legacy_oms import copying, source, spool
from q2c_pipelines.platforms.legacy_oms.statements import OpenLog
from q2c_pipelines.platforms.page import Window
from tests.platforms.legacy_oms.conftest import NOW, PLATFORM, Oms
from tests.platforms.legacy_oms.holding import Brought, Holding


@pytest.fixture
def held() -> Holding:
    return Holding()


def read(oms: Oms, held: Holding, *tables: str) -> Brought:
    """One more read, by a client of its own as each read has."""
    with oms.client() as client:
        return held.read(client, *tables)


def test_first_everything_is_copied_and_then_only_what_changed_comes(oms: Oms, held: Holding) -> None:
    assert read(oms, held).counted["orders"] == 5
    assert read(oms, held).counted == {}
    oms.execute("update oms.orders set status = 'invoiced' where id = 2")
    assert read(oms, held).counted == {"orders": 1, "order_events": 1}
    assert {key: row["status"] for key, row in held.of("orders").items() if key < 4} == {
        1: "released",
        2: "invoiced",
        3: "released",
    }
    assert read(oms, held).counted == {}


def test_values_come_as_declared_enums_decimals_and_local_times(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("update oms.orders set net_amount = 10.5 where id = 2")
    read(oms, held)
    copied, changed = held.of("orders")[1], held.of("orders")[2]
    assert (copied["status"], copied["net_amount"], copied["committed_at"]) == ("released", Decimal("10.00"), None)
    assert (changed["status"], changed["net_amount"]) == ("released", Decimal("10.50"))
    for order in (copied, changed):
        assert order["ordered_at"].isoformat() == "2026-10-01T07:30:00+00:00"
        assert order["created_at"].replace(microsecond=0) == NOW
    assert copied["commit_lsn"] < changed["commit_lsn"]
    assert changed["committed_at"].replace(microsecond=0) == NOW


@pytest.mark.proves("pages")
def test_a_copy_and_a_backlog_of_several_pages_come_whole(oms: Oms, held: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAGE", 2)
    monkeypatch.setattr(spool, "_PAGE", 2)
    read(oms, held)
    oms.execute("update oms.orders set net_amount = net_amount + 1; delete from oms.notes")
    assert read(oms, held).counted == {"orders": 5, "notes": 3}
    assert [row["net_amount"] for row in held.of("orders").values()] == [11, 21, 31, 41, 51]
    assert held.of("notes") == {}


@pytest.mark.proves("pages", "ties")
def test_changes_of_one_transaction_that_end_a_page_in_the_middle_keep_their_order(
    oms: Oms, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_PAGE", 1)
    read(oms, held)
    oms.execute(
        "begin; update oms.orders set net_amount = 1 where id = 1; update oms.orders set net_amount = 2 where id = 1; commit"
    )
    read(oms, held)
    found = held.versions("orders", id=1)[1:]
    assert [(row["net_amount"], row["commit_sequence"]) for row in found] == [(1, 1), (2, 2)]
    assert len({(row["commit_lsn"], row["committed_at"]) for row in found}) == 1
    assert held.of("orders")[1]["net_amount"] == 2


@pytest.mark.proves("late_commit")
def test_what_is_committed_late_is_read_though_it_began_before_what_was_read(oms: Oms, held: Holding) -> None:
    read(oms, held)
    with oms.state._connect(oms.name) as slow:
        slow.execute("begin")
        slow.execute("update oms.orders set status = 'closed', updated_at = '2026-10-01' where id = 1")
        oms.execute("update oms.orders set status = 'closed' where id = 2")
        assert [row["id"] for row in read(oms, held).rows["orders"]] == [2]
        slow.execute("commit")
    assert [row["id"] for row in read(oms, held).rows["orders"]] == [1]


@pytest.mark.proves("delete")
def test_a_deleted_record_leaves_a_tombstone_with_its_time(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("delete from oms.notes where id = 2; delete from oms.shipments where id = 1")
    brought = read(oms, held)
    assert [(row["id"], row["committed_at"].replace(microsecond=0)) for row in brought.gone["notes"]] == [(2, NOW)]
    assert [row["id"] for row in brought.gone["shipments"]] == [1]
    assert (set(held.of("notes")), set(held.of("shipments"))) == ({1, 3}, {2})


@pytest.mark.parametrize(
    ("changes", "lives"),
    [
        ("begin; delete from oms.shipments where id = 1; {again}; commit", True),
        ("delete from oms.shipments where id = 1; {again}", True),
        ("begin; delete from oms.shipments where id = 1; {again}; delete from oms.shipments where id = 1; commit", False),
        ("begin; update oms.shipments set id = 9 where id = 1; update oms.shipments set id = 1 where id = 9; commit", True),
    ],
    ids=["in one transaction", "in two at one time of the clock", "and deleted again", "by its key and back"],
)
def test_a_record_that_is_deleted_and_made_again_is_as_it_was_left(oms: Oms, held: Holding, changes: str, lives: bool) -> None:
    read(oms, held)
    again = "insert into oms.shipments (id, order_id, shipped_on, carrier) values (1, 1, '2026-10-05', 'UPS')"
    for statement in changes.format(again=again).split("; "):
        oms.execute(statement)
    read(oms, held)
    assert (1 in held.of("shipments")) is lives


def test_a_changed_key_is_a_tombstone_and_a_new_record(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("update oms.notes set id = 20 where id = 2; update oms.shipments set id = 30 where id = 2")
    read(oms, held)
    assert (set(held.of("notes")), set(held.of("shipments"))) == ({1, 3, 20}, {1, 30})
    assert held.of("notes")[20]["body"].startswith("long 2")


def test_a_long_text_that_an_update_left_alone_keeps_its_last_known_value(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("update oms.notes set is_pinned = true where id = 1")
    oms.execute("update oms.notes set body = 'short' where id = 1; update oms.notes set author = 'night desk' where id = 1")
    read(oms, held)
    note = held.of("notes")[1]
    assert (note["is_pinned"], note["body"], note["author"]) == (True, "short", "night desk")
    oms.execute("update oms.notes set is_pinned = true where id = 3")
    assert read(oms, held).rows["notes"][0]["body"] == "long 3 " * 2000


def test_with_the_whole_old_row_a_long_text_is_what_it_was_then(oms: Oms, held: Holding) -> None:
    oms.execute("alter table oms.notes replica identity full")
    read(oms, held)
    oms.execute("update oms.notes set is_pinned = true where id = 1")
    oms.execute("update oms.notes set body = 'short' where id = 1; delete from oms.notes where id = 1")
    assert [row["body"][:5] for row in read(oms, held).rows["notes"]] == ["long ", "short"]
    assert set(held.of("notes")) == {2, 3}


def test_of_a_record_that_is_gone_no_version_with_a_hole_is_told(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("update oms.notes set is_pinned = true where id = 1")
    oms.execute("delete from oms.notes where id = 1")
    brought = read(oms, held)
    assert (brought.rows["notes"], len(brought.gone["notes"])) == ([], 1)


def test_a_table_without_a_key_is_known_by_its_place_in_the_log(oms: Oms, held: Holding) -> None:
    read(oms, held)
    same = "insert into oms.order_events values (7, 1, 'closed', '2026-10-01')"
    oms.execute(f"{same}; {same}")
    assert read(oms, held).counted == {"order_events": 2}
    assert len(held.of("order_events")) == 7
    with pytest.raises(oms.state.Error, match="does not have a replica identity and publishes deletes"):
        oms.execute("delete from oms.order_events")


@pytest.mark.proves("delete")
def test_a_truncated_table_is_read_as_emptied_and_with_what_came_after(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("insert into oms.notes (id, order_id, author, body) values (8, 1, 'desk', 'gone with the others')")
    oms.execute("truncate oms.notes, oms.order_events")
    oms.execute("insert into oms.notes (id, order_id, author, body) values (2, 1, 'desk', 'again'), (9, 1, 'desk', 'new')")
    brought = read(oms, held)
    assert {key: row["body"] for key, row in held.of("notes").items()} == {2: "again", 9: "new"}
    assert held.of("order_events") == {}
    assert sorted(row["id"] for row in brought.gone["notes"]) == [1, 3]
    assert read(oms, held).counted == {}


def test_some_tables_may_be_read_alone_and_the_others_lose_nothing(oms: Oms, held: Holding) -> None:
    read(oms, held)
    before = oms.confirmed
    oms.execute("update oms.orders set status = 'closed' where id = 1; delete from oms.notes where id = 1")
    assert read(oms, held, "orders").counted == {"orders": 1}
    assert read(oms, held, "orders").counted == {}
    assert oms.confirmed == before, "what the other tables have not read yet is kept"
    assert read(oms, held).counted == {"notes": 1, "order_events": 1}


def test_what_was_read_is_let_go_only_when_it_is_proved_to_be_held(oms: Oms, held: Holding) -> None:
    read(oms, held)
    first = oms.confirmed
    oms.execute("update oms.orders set status = 'closed' where id = 1")
    with oms.client() as client:
        held.taken(client)  # and the process dies before the lake has it
    assert oms.confirmed == first
    brought = read(oms, held)
    assert brought.counted == {"orders": 1, "order_events": 1}
    assert oms.confirmed == first, "the next read will know that it is held"
    read(oms, held)
    assert oms.confirmed == next(iter(brought.positions.values())).rpartition(":")[2]


def test_a_sweep_names_who_lived_before_the_end_of_the_log_and_then_brings_what_changed(oms: Oms, held: Holding) -> None:
    read(oms, held)
    oms.execute("delete from oms.notes where id = 1")
    with oms.client() as client:
        client.read(OpenLog(PLATFORM))
        oms.execute("update oms.notes set id = 30 where id = 3")  # too late for both, the names and the log
        swept = {}
        for name in ("notes", "order_events"):
            window = Window(NOW, is_sweep=True, position=held.positions[name])
            swept[name] = list(source.pages(client, PLATFORM, PLATFORM.tables[name], window))
    named = [page.body for page in swept["notes"] if page.names_living]
    assert [json.loads(line)["id"] for body in named for line in body.splitlines()] == ["2", "3"]
    assert [page.body.count(b'"id":"1"') for page in swept["notes"] if page.is_deleted] == [1]
    assert not any(page.names_living for page in swept["order_events"]), "its rows have no names"
    assert read(oms, held).counted == {"notes": 3}


def test_own_writes_are_told_from_others_by_the_commit_they_came_with(oms: Oms, held: Holding, client: Client) -> None:
    from q2c_pipelines.platforms.commands import UpdateStatus
    from q2c_pipelines.platforms.legacy_oms.writer import HANDLERS

    read(oms, held)
    oms.execute("update oms.orders set status = 'closed' where id = 2")
    of: dict[str, Any] = {"platform": "legacy_oms", "deal_key": None, "legal_entity": "DE", "entity": "order"}
    command = UpdateStatus(key="k-1", native_id="1", observed="activated", value="closed", observed_version=None, **of)
    client.run(HANDLERS[UpdateStatus](command))
    brought = read(oms, held)
    (mark,) = brought.rows["integration_outbox"]
    assert (mark["command_key"], mark["application"]) == ("k-1", "q2c")
    assert [row["id"] for row in brought.rows["orders"] if row["commit_lsn"] == mark["commit_lsn"]] == [1]
