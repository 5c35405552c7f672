"""What the system's owners do to its tables: a new column is told, a missing or retyped one puts records aside and nothing else."""

from __future__ import annotations

import pytest

from q2c_pipelines.platforms.emulation import Emulation, Fault
from q2c_pipelines.platforms.legacy_oms import emulator
from tests.platforms.legacy_oms.conftest import CREDENTIALS, NOW, Oms
from tests.platforms.legacy_oms.holding import Brought, Holding


@pytest.fixture
def held(oms: Oms) -> Holding:
    holding = Holding()
    read(oms, holding)
    return holding


def read(oms: Oms, held: Holding) -> Brought:
    with oms.client() as client:
        return held.read(client)


def change(oms: Oms, table: str, column: str, how: str) -> None:
    fault = Fault("schema_change", table=table, column=column, change=how)  # type: ignore[arg-type]
    emulator.strike(Emulation(oms.state, lambda: NOW, CREDENTIALS), fault)


def test_a_new_column_is_told_and_its_values_are_kept(oms: Oms, held: Holding) -> None:
    oms.execute("update oms.orders set status = 'closed' where id = 1")
    change(oms, "orders", "colour", "add")
    oms.execute("update oms.orders set colour = 'red' where id = 2")
    brought = read(oms, held)
    assert brought.new_columns == {"colour"}
    assert [(row["id"], row.get("colour")) for row in brought.rows["orders"]] == [(1, None), (2, "red")]
    assert brought.refused["orders"] == []


def test_a_column_of_another_type_puts_its_records_aside_though_their_text_would_fit(oms: Oms, held: Holding) -> None:
    oms.execute("update oms.order_lines set qty = 3 where id = 1")
    oms.execute("alter table oms.order_lines alter column qty type text")
    oms.execute("update oms.order_lines set qty = '4.0' where id = 2; delete from oms.order_lines where id = 3")
    brought = read(oms, held)
    assert [row["id"] for row in brought.rows["order_lines"]] == [1]
    assert brought.refused["order_lines"] == ["qty is declared decimal(16,4), and is of another type now (object id 25)"]
    assert set(held.of("order_lines")) == {1, 2, 4, 5}


def test_a_copy_of_a_retyped_table_is_put_aside_as_well(oms: Oms) -> None:
    change(oms, "customers", "is_active", "retype")
    brought = read(oms, Holding())
    assert brought.refused["customers"] == ["is_active is declared bool, and is of another type now (object id 25)"]


def test_a_column_that_is_gone_puts_what_comes_after_aside(oms: Oms, held: Holding) -> None:
    oms.execute("update oms.shipments set carrier = 'UPS' where id = 1")
    change(oms, "shipments", "tracking_no", "drop")
    oms.execute("update oms.shipments set carrier = 'UPS' where id = 2")
    brought = read(oms, held)
    assert [row["id"] for row in brought.rows["shipments"]] == [1]
    assert brought.refused["shipments"] == ["column tracking_no is missing"]


def test_a_long_text_whose_table_changed_since_is_still_filled_in(oms: Oms, held: Holding) -> None:
    oms.execute("update oms.notes set is_pinned = true where id = 1")
    change(oms, "notes", "colour", "add")
    change(oms, "notes", "created_at", "drop")
    (note,) = read(oms, held).rows["notes"]
    assert note["body"].startswith("long 1")


def test_a_new_enum_value_and_a_wider_number_come_as_they_are(oms: Oms, held: Holding) -> None:
    oms.execute("alter type oms.order_status add value 'parked'")
    oms.execute("alter table oms.order_lines alter column line_no type bigint")
    oms.execute("update oms.orders set status = 'parked' where id = 1; update oms.order_lines set line_no = 2^40 where id = 1")
    brought = read(oms, held)
    assert (brought.rows["orders"][0]["status"], brought.rows["order_lines"][0]["line_no"]) == ("parked", 2**40)
