"""The simulated company as the org holds it: each record in the state its time has brought it to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.salesforce import emulator
from q2c_pipelines.sandbox.chains import DE
from q2c_pipelines.sandbox.world import World, chunk

MOMENT = timedelta(seconds=1)


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(5, 0, 1000)


@pytest.fixture(scope="module")
def deal(world: World) -> dict[str, Any]:
    """A deal that was won and whose order was activated."""
    return world.deals.filter(pl.col("crm_activated_at").is_not_null()).row(0, named=True)


def held(world: World, at: datetime, table: str, key: str) -> dict[str, Any] | None:
    found = emulator.rows(world, at)[table].filter(pl.col("Id") == key)
    return found.row(0, named=True) if len(found) else None


def test_a_deal_goes_through_its_stages(world: World, deal: dict[str, Any]) -> None:
    key = deal["salesforce_opportunity_id"]
    assert held(world, deal["created_at"] - MOMENT, "Opportunity", key) is None
    stages = []
    for stamp in ("created_at", "quoted_at", "approved_at", "accepted_at"):
        record = held(world, deal[stamp], "Opportunity", key)
        assert record is not None
        assert record["SystemModstamp"] == deal[stamp]
        stages.append((record["StageName"], record["IsWon"]))
    assert stages == [
        ("Qualification", False),
        ("Proposal/Price Quote", False),
        ("Negotiation/Review", False),
        ("Closed Won", True),
    ]


def test_an_order_is_a_draft_until_the_erp_has_it(world: World, deal: dict[str, Any]) -> None:
    key = deal["salesforce_order_id"]
    assert held(world, deal["accepted_at"] - MOMENT, "Order", key) is None
    draft, active = (held(world, deal[stamp], "Order", key) or {} for stamp in ("accepted_at", "crm_activated_at"))
    assert (draft["StatusCode"], draft["ERP_Order_Number__c"], draft["SystemModstamp"]) == ("Draft", None, deal["accepted_at"])
    assert (active["StatusCode"], active["ERP_Order_Number__c"]) == ("Activated", deal["order_number"])
    assert active["SBQQ__Quote__c"] == deal["salesforce_quote_id"]


def test_a_lost_deal_has_a_rejected_quote_and_no_order(world: World) -> None:
    lost = world.deals.filter(pl.col("lost_at").is_not_null() & pl.col("quoted_at").is_not_null()).row(0, named=True)
    assert (held(world, lost["lost_at"], "SBQQ__Quote__c", lost["salesforce_quote_id"]) or {})["SBQQ__Status__c"] == "Rejected"
    assert held(world, lost["lost_at"], "Order", lost["salesforce_order_id"]) is None


def test_totals_are_the_sums_of_their_lines_to_the_cent(world: World) -> None:
    at = max(world.deals["created_at"]) + timedelta(days=365)
    rows = emulator.rows(world, at)
    for parent, line, reference, total, amount in (
        ("SBQQ__Quote__c", "SBQQ__QuoteLine__c", "SBQQ__Quote__c", "SBQQ__NetAmount__c", "SBQQ__NetTotal__c"),
        ("Order", "OrderItem", "OrderId", "TotalAmount", "TotalPrice"),
    ):
        sums = rows[line].group_by(reference).agg(pl.col(amount).sum().alias("sum"))
        both = rows[parent].join(sums, left_on="Id", right_on=reference)
        assert len(both) == len(rows[parent])
        assert (both[total] == both["sum"]).all()


def test_a_seeded_record_keeps_its_books_when_it_changes(world: World, deal: dict[str, Any]) -> None:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(world, deal["crm_activated_at"]).items():
        state.load(table, frame)
    before = state.get("Order", deal["salesforce_order_id"]) or {}
    item = state.select('select * from "OrderItem" where "OrderId" = ? order by "Id"', (before["Id"],))[0]
    later = deal["crm_activated_at"] + timedelta(days=1)
    state.update("OrderItem", item["Id"], {"UnitPrice": item["UnitPrice"] + 1}, later, by="sandbox")
    after = state.get("Order", before["Id"]) or {}
    assert round(after["TotalAmount"] - before["TotalAmount"], 2) == item["Quantity"]
    assert after["SystemModstamp"] == f"{later:%Y-%m-%dT%H:%M:%SZ}"


def test_a_quotes_lines_are_in_its_currency() -> None:
    rows = emulator.rows(chunk(5, 0, 1000, DE), datetime(2027, 1, 1, tzinfo=UTC))
    assert {name: rows[name]["CurrencyIsoCode"].unique().to_list() for name in ("SBQQ__Quote__c", "SBQQ__QuoteLine__c")} == {
        "SBQQ__Quote__c": ["EUR"],
        "SBQQ__QuoteLine__c": ["EUR"],
    }
