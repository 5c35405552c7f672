"""Contracts that are amended: what changes, from when, and what billing and the books make of it on each platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from q2c_pipelines.platforms.netsuite.emulator import seed as netsuite
from q2c_pipelines.platforms.salesforce.emulator import seed as salesforce
from q2c_pipelines.platforms.zuora.emulator import seed as zuora
from q2c_pipelines.sandbox.chains import CA, DE, UK, US, Chain
from q2c_pipelines.sandbox.world import World, chunk


@cache
def world(chain: Chain = US) -> World:
    return chunk(42, 0, 2000, chain)


def amended(is_within: bool) -> dict[str, object]:
    return world().amendments.filter(is_within_period=is_within).row(0, named=True)


@pytest.mark.parametrize(
    ("chain", "least", "most"),
    [(US, 10, 40), (DE, 20, 120), (UK, 0, 0), (CA, 0, 0)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_few_contracts_are_amended_where_the_platforms_can(chain: Chain, least: int, most: int) -> None:
    assert least <= world(chain).amendments.height <= most


def test_an_amendment_is_agreed_booked_and_carried_before_it_takes_effect() -> None:
    dated = world().amendments.join(world().deals.select("deal_no", "subscribed_at"), on="deal_no")
    effective_at = pl.col("effective_on").cast(pl.Datetime("us", "UTC"))
    steps = [pl.col(name) for name in ("subscribed_at", "quoted_at", "approved_at", "accepted_at", "booked_at", "carried_at")]
    wrong = [earlier > later for earlier, later in zip(steps, [*steps[1:], effective_at], strict=True)]
    assert dated.filter(pl.any_horizontal(wrong)).is_empty()
    assert (dated["delta"] != 0).all()
    assert (dated["quantity"] > 0).all()


def test_nothing_else_is_drawn_anew() -> None:
    kept = world().invoices.select("invoice_no", "amount", "paid_at").row(0)
    assert kept == ("INV00000025", Decimal("1638.60"), datetime(2024, 12, 16, 17, 53, 31, tzinfo=UTC))


def test_invoices_follow_the_quantity_from_the_first_day_on() -> None:
    one = amended(is_within=False)
    lines = world().invoice_lines.filter(deal_no=one["deal_no"], line_no=one["line_no"]).sort("service_start_on")
    is_new = lines["service_start_on"] >= one["effective_on"]
    assert set(lines.filter(is_new)["quantity"]) == {one["quantity"]}
    assert set(lines.filter(~is_new)["quantity"]) == {one["prior_quantity"]}


def test_a_change_within_a_period_gives_its_rest_back_and_bills_it_anew() -> None:
    one = amended(is_within=True)
    invoice = world().invoices.filter(deal_no=one["deal_no"], service_start_on=one["effective_on"]).row(0, named=True)
    lines = world().invoice_lines.filter(invoice_no=invoice["invoice_no"]).sort("line_no")
    assert lines["quantity"].to_list() == [-one["prior_quantity"], one["quantity"]]
    assert invoice["net_amount"] == lines["amount"].sum()
    regular = world().invoices.filter(deal_no=one["deal_no"], service_end_on=invoice["service_end_on"])
    assert regular.height == 2


def test_revenue_is_released_by_the_new_quantity_from_the_month_it_begins() -> None:
    one = amended(is_within=True)
    months = world().postings.filter(deal_no=one["deal_no"], kind="revenue_release").sort("sequence")["amount"].to_list()
    change = one["unit_price"] * one["delta"]
    assert months[one["effective_month"]] - months[one["effective_month"] - 1] == change
    assert len(set(months)) == 2


def before_and_after(rows: object, table: str, stamp: str, one: dict[str, object]) -> list[pl.DataFrame]:
    at: datetime = one[stamp]
    return [rows(world(), moment)[table] for moment in (at - timedelta(seconds=1), at)]


def test_the_quote_names_its_contract_and_each_line_what_it_changes() -> None:
    one = amended(is_within=False)
    held = salesforce.rows(world(), one["accepted_at"])
    quote = held["SBQQ__Quote__c"].filter(Id=one["salesforce_amendment_id"]).row(0, named=True)
    assert (quote["SBQQ__Type__c"], quote["SBQQ__Status__c"]) == ("Amendment", "Accepted")
    assert quote["SBQQ__StartDate__c"] == one["effective_on"]
    assert quote["SBQQ__MasterContract__c"] in held["Contract"]["Id"]
    lines = held["SBQQ__QuoteLine__c"].filter(SBQQ__Quote__c=quote["Id"])
    assert set(lines["SBQQ__UpgradedSubscription__c"]) <= set(held["SBQQ__Subscription__c"]["Id"])
    assert lines.filter(pl.col("SBQQ__EffectiveQuantity__c") != 0)["SBQQ__NetTotal__c"].to_list() == [one["amount"]]
    assert lines["SBQQ__NetTotal__c"].sum() == quote["SBQQ__NetAmount__c"]


def test_the_order_gets_a_line_more_and_its_total() -> None:
    one = amended(is_within=False)
    totals = [
        frame.filter(id=one["netsuite_order_id"])["foreigntotal"].item()
        for frame in before_and_after(netsuite.rows, "transaction", "booked_at", one)
    ]
    assert totals[1] - totals[0] == one["amount"]
    lines = [
        frame.filter((pl.col("transaction") == one["netsuite_order_id"]) & (pl.col("id") > 0))
        for frame in before_and_after(netsuite.rows, "transactionline", "booked_at", one)
    ]
    assert lines[1].height == lines[0].height + 1
    assert lines[1]["foreignamount"].sum() == -Decimal(totals[1])


def test_billing_carries_a_second_version_with_a_segment_for_each_quantity() -> None:
    one = amended(is_within=False)
    before, after = before_and_after(zuora.rows, "Subscription", "carried_at", one)
    assert before.filter(name=one["subscription_number"])["version"].to_list() == [1]
    versions = after.filter(name=one["subscription_number"]).sort("version")
    assert versions.select("version", "isLatestVersion", "status").rows() == [(1, False, "Expired"), (2, True, "Active")]
    held = zuora.rows(world(), one["carried_at"])
    of_version = held["RatePlanCharge"].filter(subscriptionId=one["zuora_amended_id"])
    charges = of_version.filter(chargeNumber=one["zuora_sub_charge_number"]).sort("segment")
    expected = [(1, one["prior_quantity"], False), (2, one["quantity"], True)]
    assert charges.select("segment", "quantity", "isLastSegment").rows() == expected
    assert charges["effectiveEndDate"][0] == charges["effectiveStartDate"][1] == one["effective_on"]
    assert set(charges["id"]) <= set(held["RatePlanChargeTier"]["ratePlanChargeId"])
    assert set(charges["ratePlanId"]) <= set(held["RatePlan"].filter(subscriptionId=one["zuora_amended_id"])["id"])
    for table in ("Subscription", "RatePlan", "RatePlanCharge", "RatePlanChargeTier", "Orders"):
        assert held[table]["id"].is_unique().all()
