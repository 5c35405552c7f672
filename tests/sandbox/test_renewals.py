"""Contracts that go on after their term: by a quote or by themselves, what every platform makes of it, and what stays as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from q2c_pipelines.platforms.netsuite.emulator import seed as netsuite
from q2c_pipelines.platforms.salesforce.emulator import seed as salesforce
from q2c_pipelines.platforms.zuora.emulator import seed as zuora
from q2c_pipelines.sandbox import renewals
from q2c_pipelines.sandbox.chains import CA, DE, UK, US, Chain
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.victims import candidates
from q2c_pipelines.sandbox.world import World, chunk

BOTH = pytest.mark.parametrize("is_automatic", [False, True], ids=["by quote", "by itself"])


@cache
def world(chain: Chain = US) -> World:
    return chunk(42, 0, 2000, chain)


def renewed(is_automatic: bool) -> dict[str, Any]:
    return world().renewals.filter(is_automatic=is_automatic).row(0, named=True)


def of_term(frame: pl.DataFrame, one: dict[str, Any]) -> pl.DataFrame:
    """The documents of the new term."""
    owner = one["renewed_deal_no"] if one["is_automatic"] else one["deal_no"]
    return frame.filter(pl.col("deal_no") == owner, pl.col("service_start_on") >= one["start_on"]).sort("service_start_on")


@pytest.mark.parametrize(
    ("chain", "least", "most"),
    [(US, 20, 70), (DE, 40, 150), (UK, 0, 0), (CA, 0, 0)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_few_contracts_are_renewed_where_the_platforms_can(chain: Chain, least: int, most: int) -> None:
    assert least <= world(chain).renewals.height <= most


def test_deals_that_are_not_renewed_are_as_they_would_be_without(monkeypatch: pytest.MonkeyPatch) -> None:
    having = world()
    monkeypatch.setattr(renewals, "SHARE", 0)
    without = chunk(42, 0, 2000)
    concerned = [*having.renewals["deal_no"], *having.renewals["renewed_deal_no"]]
    for name in ("deals", "deal_lines", "invoices", "invoice_lines", "payments", "postings"):
        one, other = (getattr(each, name).filter(~pl.col("deal_no").is_in(concerned)) for each in (without, having))
        assert one.equals(other.select(one.columns)), name


@BOTH
def test_the_new_term_is_billed_like_the_one_before(is_automatic: bool) -> None:
    one = renewed(is_automatic)
    first = world().deals.filter(deal_no=one["renewed_deal_no"]).row(0, named=True)
    assert one["start_on"] == first["end_on"] + timedelta(days=1)
    assert one["subscription_number"] == first["subscription_number"]
    invoices = of_term(world().invoices, one)
    assert invoices.height == one["term_months"] // one["billing_months"]
    assert (invoices["service_start_on"][0], invoices["service_end_on"][-1]) == (one["start_on"], one["end_on"])
    assert invoices["net_amount"].sum() == one["amount"]
    assert set(of_term(world().invoice_lines, one)["charge_type"]) == {"recurring"}
    assert set(invoices["invoice_no"]) <= set(world().payments["invoice_no"])


@BOTH
def test_its_revenue_is_released_month_after_month_of_the_contract(is_automatic: bool) -> None:
    one = renewed(is_automatic)
    released = world().postings.filter(kind="revenue_release", subscription_number=one["subscription_number"]).sort("sequence")
    assert released["sequence"].to_list() == list(range(1, 2 * one["term_months"] + 1))
    assert released["amount"][one["term_months"] :].sum() == one["amount"]


def test_a_renewal_quote_names_its_contract_and_has_an_order_of_its_own() -> None:
    one = renewed(is_automatic=False)
    held = salesforce.rows(world(), one["crm_activated_at"])
    quote = held["SBQQ__Quote__c"].filter(Id=one["quote_id"]).row(0, named=True)
    assert (quote["SBQQ__Type__c"], quote["SBQQ__Status__c"], quote["SBQQ__Primary__c"]) == ("Renewal", "Accepted", True)
    assert quote["SBQQ__MasterContract__c"] == one["renewed_contract_id"] != one["salesforce_contract_id"]
    assert {one["renewed_contract_id"], one["salesforce_contract_id"]} <= set(held["Contract"]["Id"])
    lines = held["SBQQ__QuoteLine__c"].filter(SBQQ__Quote__c=quote["Id"])
    assert set(lines["SBQQ__RenewedSubscription__c"]) <= set(held["SBQQ__Subscription__c"]["Id"])
    assert lines["SBQQ__NetTotal__c"].sum() == quote["SBQQ__NetAmount__c"] == one["amount"]
    orders = netsuite.rows(world(), one["ordered_at"])["transaction"].filter(custbody_quote_id=one["quote_id"])
    assert orders["foreigntotal"].to_list() == [one["amount"]]


def test_one_that_goes_on_by_itself_is_known_to_billing_alone() -> None:
    one = renewed(is_automatic=True)
    assert one["deal_no"] not in set(world().deals["deal_no"])
    owners = world().invoices.filter(pl.col("service_start_on") >= one["start_on"], subscription_number=one["subscription_number"])
    assert set(owners["netsuite_order_id"]) == {one["netsuite_order_id"]}


def versions(one: dict[str, Any], at: datetime) -> pl.DataFrame:
    found: pl.DataFrame = zuora.rows(world(), at)["Subscription"].filter(name=one["subscription_number"]).sort("version")
    return found


@BOTH
def test_billing_carries_the_new_term_in_a_further_version(is_automatic: bool) -> None:
    one = renewed(is_automatic)
    before, after = (versions(one, moment) for moment in (one["carried_at"] - timedelta(seconds=1), one["carried_at"]))
    assert before["autoRenew"].to_list() == [is_automatic]
    assert after.select("version", "isLatestVersion", "status").rows() == [(1, False, "Expired"), (2, True, "Active")]
    ends = [one["start_on"], one["end_on"] + timedelta(days=1)]
    assert after["termEndDate"].to_list() == after["subscriptionEndDate"].to_list() == ends
    assert after["termStartDate"][1] == one["start_on"]
    assert after["subscriptionStartDate"].to_list() == [one["contract_start_on"]] * 2
    held = zuora.rows(world(), one["carried_at"])
    charges = held["RatePlanCharge"].filter(subscriptionId=one["zuora_renewed_id"])
    assert set(charges.filter(chargeType="Recurring")["effectiveEndDate"]) == {ends[1]}
    assert set(charges["ratePlanId"]) <= set(held["RatePlan"].filter(subscriptionId=one["zuora_renewed_id"])["id"])
    assert set(charges["id"]) <= set(held["RatePlanChargeTier"]["ratePlanChargeId"])


def test_notice_ends_what_goes_on_by_itself_before_its_second_term_is_over() -> None:
    one = renewed(is_automatic=True)
    assert one["carried_at"] < one["noticed_at"] < datetime.combine(one["end_on"], datetime.min.time(), one["noticed_at"].tzinfo)
    noticed = versions(one, one["noticed_at"])
    said = noticed.select("version", "isLatestVersion", "autoRenew").rows()
    assert said == [(1, False, True), (2, False, True), (3, True, False)]
    held = zuora.rows(world(), END + timedelta(days=900))
    for table in ("Subscription", "RatePlan", "RatePlanCharge", "RatePlanChargeTier", "Orders"):
        assert held[table]["id"].is_unique().all()
    assert held["Subscription"].filter("isLatestVersion")["name"].is_unique().all()


def test_only_a_renewal_that_billing_carries_can_be_broken_and_by_nothing_else() -> None:
    victims = [victim.facts for victim in candidates("renewed_deal", world(), END)]
    assert victims
    assert all(facts["renewal"]["carried_at"] <= END and facts["renewal"]["quote_id"] for facts in victims)
    renewed_deals = {*world().renewals["renewed_deal_no"], *world().renewals["deal_no"]}
    for kind in ("completed_deal", "amended_deal", "lost_deal"):
        assert not renewed_deals & {victim.facts["deal"]["deal_no"] for victim in candidates(kind, world(), END)}


def test_a_customer_is_broken_by_its_first_deal_whatever_became_of_that() -> None:
    won = world().deals.filter(pl.col("accepted_at").is_not_null(), pl.col("created_at") <= END)
    first = {each["customer_no"]: each["deal_no"] for each in won.sort("accepted_at", descending=True).iter_rows(named=True)}
    broken = [victim.facts["deal"] for victim in candidates("customer", world(), END)]
    assert len(broken) > 50
    assert [deal["deal_no"] for deal in broken] == [first[deal["customer_no"]] for deal in broken]
