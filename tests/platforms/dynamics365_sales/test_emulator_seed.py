"""The simulated UK company in Dataverse: its records, how they move with the clock, and the references that tie them together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from q2c_pipelines.platforms.dynamics365_sales import emulator, ids
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES
from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.sandbox.chains import UK
from q2c_pipelines.sandbox.world import World, chunk

AT = datetime(2026, 6, 1, tzinfo=UTC)
LATER = AT + timedelta(days=45)


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(chain=UK)


@pytest.fixture(scope="module")
def rows(world: World) -> dict[str, pl.DataFrame]:
    return emulator.rows(world, AT)


def filled(world: World, at: datetime) -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(world, at).items():
        state.load(table, frame)
    return state


def test_every_row_fits_its_table_and_says_when_it_changed(rows: dict[str, pl.DataFrame]) -> None:
    assert set(rows) == set(TABLES) - {"quoteclose", "orderclose"}
    for name, frame in rows.items():
        assert set(frame.columns) <= set(TABLES[name].columns)
        assert frame[TABLES[name].key].is_unique().all()
        assert frame["modifiedon"].max() <= AT  # type: ignore[operator]
        assert frame["versionnumber"].null_count() == 0


def test_what_is_required_is_there(rows: dict[str, pl.DataFrame]) -> None:
    for name, frame in rows.items():
        needed = [column.name for column in TABLES[name].columns.values() if column.required]
        assert frame.select(needed).null_count().row(0) == (0,) * len(needed), name


def test_lookups_lead_to_records_that_are_there(rows: dict[str, pl.DataFrame]) -> None:
    for name, frame in rows.items():
        for column in TABLES[name].columns.values():
            if column.type == "lookup" and column.to in rows and column.name in frame.columns:
                known = rows[column.to][TABLES[column.to].key].implode()
                assert frame[column.name].drop_nulls().is_in(known).all(), column


def test_the_catalogue_is_there_once(world: World) -> None:
    another = chunk(number=1, chain=UK)
    assert "product" not in emulator.rows(another, AT)
    assert set(emulator.rows(another, AT)["quotedetail"]["_productid_value"]) <= set(
        emulator.rows(world, AT)["product"]["productid"]
    )


def test_the_sums_are_those_that_the_server_would_reckon(world: World) -> None:
    state = filled(world, AT)
    before = state.select("select * from quote order by quoteid limit 20")
    for quote in before:
        for line in state.select("select * from quotedetail where _quoteid_value = ?", (quote["quoteid"],)):
            state.update("quotedetail", line["quotedetailid"], {"sequencenumber": 9}, AT)
    for quote in before:
        now = state.get("quote", quote["quoteid"])
        assert now is not None
        assert {name: now[name] for name in TABLES["quote"].money} == {name: quote[name] for name in TABLES["quote"].money}


def test_amounts_are_net_and_their_tax_is_beside_them(world: World, rows: dict[str, pl.DataFrame]) -> None:
    deals = world.deals.select(quoteid="quote_id", amount="amount")
    both = rows["quote"].join(deals, on="quoteid")
    assert (both["totalamountlessfreight"] == both["amount"]).all()
    assert (both["totalamount"] - both["totaltax"] == both["amount"]).all()
    assert both["totaltax"].sum() > Decimal(0)


def test_an_order_names_its_quote_and_once_it_is_booked_the_erps_number(world: World, rows: dict[str, pl.DataFrame]) -> None:
    deals = world.deals.select("quote_id", "order_number", "crm_activated_at")
    both = rows["salesorder"].join(deals, left_on="_quoteid_value", right_on="quote_id")
    booked = both.filter(pl.col("crm_activated_at") <= AT)
    assert booked.height > 0
    assert (booked["new_erpordernumber"] == booked["order_number"]).all()
    assert set(booked["statecode"]) == {1}


def test_an_invoice_is_paid_once_the_erp_has_settled_it(world: World, rows: dict[str, pl.DataFrame]) -> None:
    settled = world.payments.filter(pl.col("erp_applied_at") <= AT)["invoice_no"]
    paid = rows["invoice"].filter(pl.col("statecode") == 2)["invoicenumber"]
    assert set(rows["invoice"]["invoicenumber"]) == set(world.invoices.filter(pl.col("posted_at") <= AT)["invoice_no"])
    assert set(paid) == set(settled) != set(rows["invoice"]["invoicenumber"])


def test_ids_are_those_that_other_platforms_refer_to(world: World, rows: dict[str, pl.DataFrame]) -> None:
    numbers = np.array([UK.first + 1, UK.first + 2])
    assert [len(each) for each in ids.customer_id(numbers)] == [36, 36]
    assert set(rows["account"]["accountid"]) <= set(world.customers["crm_id"])
    assert set(rows["quote"]["quotenumber"]) <= set(world.deals["quote_number"])
    assert all(number.startswith("QUO-3000000") for number in ids.quote_number(numbers))


def test_the_clock_brings_what_the_world_is_at_the_later_time(world: World) -> None:
    state = filled(world, AT)
    before, after = emulator.rows(world, AT), emulator.rows(world, LATER)
    for table, frame in after.items():
        state.follow(table, before[table], frame)
    wanted = {row["quoteid"]: row["statecode"] for row in after["quote"].to_dicts()}
    assert {row["quoteid"]: row["statecode"] for row in state.select("select * from quote")} == wanted


def test_versions_rise_with_every_change_whoever_makes_it(world: World) -> None:
    state = filled(world, AT)
    (account, *_) = state.select("select accountid, versionnumber from account")
    written = state.update("account", account["accountid"], {"telephone1": "1"}, AT)
    highest = max(frame["versionnumber"].max() for frame in emulator.rows(world, AT).values())  # type: ignore[type-var]
    assert written["versionnumber"] > highest  # type: ignore[operator]
    later = emulator.rows(world, LATER)["opportunity"].filter(pl.col("modifiedon") > AT)
    assert later["versionnumber"].min() > written["versionnumber"]  # type: ignore[operator]
