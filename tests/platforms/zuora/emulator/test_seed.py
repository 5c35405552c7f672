"""The world as the tenant holds it: whole, consistent, and moving only forward."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.zuora import emulator
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS
from q2c_pipelines.sandbox.world import World, chunk

EARLY, LATE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
REFERENCES = [
    ("Account", "billToId", "Contact"),
    ("Contact", "accountId", "Account"),
    ("ProductRatePlan", "productId", "Product"),
    ("ProductRatePlanCharge", "productRatePlanId", "ProductRatePlan"),
    ("ProductRatePlanChargeTier", "productRatePlanChargeId", "ProductRatePlanCharge"),
    ("Subscription", "accountId", "Account"),
    ("RatePlan", "subscriptionId", "Subscription"),
    ("RatePlan", "productRatePlanId", "ProductRatePlan"),
    ("RatePlanCharge", "ratePlanId", "RatePlan"),
    ("RatePlanChargeTier", "ratePlanChargeId", "RatePlanCharge"),
    ("Invoice", "accountId", "Account"),
    ("InvoiceItem", "invoiceId", "Invoice"),
    ("InvoiceItem", "ratePlanChargeId", "RatePlanCharge"),
    ("Payment", "accountId", "Account"),
    ("PaymentApplication", "paymentId", "Payment"),
    ("PaymentApplication", "invoiceId", "Invoice"),
]


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(deals_in_history=2000)


@pytest.fixture(scope="module")
def rows(world: World) -> dict[str, pl.DataFrame]:
    return emulator.rows(world, LATE)


def held(frames: dict[str, pl.DataFrame]) -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in frames.items():
        state.load(table, frame)
    return state


def test_every_object_is_filled_with_fields_it_has(rows: dict[str, pl.DataFrame]) -> None:
    given_back = {"CreditMemo", "CreditMemoItem", "Refund", "RefundApplication"}  # to nobody in the world
    assert set(rows) == set(OBJECTS) - given_back
    for table, frame in rows.items():
        assert frame.height, table
        assert set(frame.columns) <= set(OBJECTS[table].fields), table
        assert frame["id"].is_unique().all(), table
        assert (frame["updatedDate"] <= LATE).all(), table


@pytest.mark.parametrize(("table", "field", "target"), REFERENCES)
def test_every_reference_leads_somewhere(rows: dict[str, pl.DataFrame], table: str, field: str, target: str) -> None:
    assert rows[table].join(rows[target], left_on=field, right_on="id", how="anti").is_empty()


def test_invoices_add_up(rows: dict[str, pl.DataFrame]) -> None:
    items = rows["InvoiceItem"].group_by("invoiceId").agg(pl.col("chargeAmount").sum())
    assert (
        rows["Invoice"]
        .join(items, left_on="id", right_on="invoiceId")
        .filter(pl.col("amount") != pl.col("chargeAmount"))
        .is_empty()
    )


def test_balances_are_those_the_vendor_would_keep(rows: dict[str, pl.DataFrame]) -> None:
    state = held(rows)
    balances = "select id, balance from {} order by id"
    before = [state.select(balances.format(table)) for table in ("Invoice", "Account")]
    for invoice in state.select("select id from Invoice"):
        state.update("Invoice", invoice["id"], {"source": "BillRun"}, LATE, by="sandbox")
    for application in state.select("select id from PaymentApplication limit 50"):
        state.update("PaymentApplication", application["id"], {"effectiveDate": "2026-06-01"}, LATE, by="sandbox")
    assert [state.select(balances.format(table)) for table in ("Invoice", "Account")] == before


def test_a_later_world_only_adds_and_stamps(world: World, rows: dict[str, pl.DataFrame]) -> None:
    for table, early in emulator.rows(world, EARLY).items():
        late = rows[table]
        assert early.join(late, on="id", how="anti").is_empty(), table
        changed = early.join(late, on="id", suffix="_later").filter(pl.col("updatedDate") != pl.col("updatedDate_later"))
        assert (changed["updatedDate_later"] > EARLY).all(), table
        new = late.join(early, on="id", how="anti")
        assert (new["updatedDate"] > EARLY).all(), table


def test_only_the_first_chunk_brings_the_catalogue() -> None:
    assert "Product" not in emulator.rows(chunk(number=1, deals_in_history=2000), LATE)
