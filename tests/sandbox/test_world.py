"""The world keeps its promises: exact money, the timeline's order, ids of the right shape, and the same chunk in any size."""

from __future__ import annotations

import dataclasses
import itertools
import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from q2c_pipelines.platforms.salesforce import ids
from q2c_pipelines.sandbox.times import END, START
from q2c_pipelines.sandbox.world import World, chunk, chunks

FRAMES = [field.name for field in dataclasses.fields(World) if field.name not in ("chain", "number")]
worlds = st.builds(chunk, st.integers(0, 5000), st.integers(0, 900), st.sampled_from([1000, 2000, 50_000, 1_000_000]))
few = settings(max_examples=6, deadline=None, database=None)


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(42, 0, 2000)


def sums(frame: pl.DataFrame, by: str, column: str) -> pl.DataFrame:
    return frame.group_by(by).agg(pl.col(column).sum().alias("total"))


def differing(left: pl.DataFrame, right: pl.DataFrame, on: str, column: str) -> pl.DataFrame:
    return left.join(right, on=on, how="full").filter(pl.col("total").ne_missing(pl.col(column)))


def as_amended(agreed: pl.DataFrame, world: World) -> pl.DataFrame:
    """Amounts of deals with what amendments add to them, and what goes on by itself."""
    further = world.renewals.filter("is_automatic").select("amount", deal_no="renewed_deal_no")
    added = pl.concat([agreed, world.amendments.select("deal_no", "amount"), further], how="diagonal_relaxed")
    return added.group_by("deal_no").agg(pl.col("amount").sum())


@given(worlds)
@few
def test_amounts_of_every_level_add_up(world: World) -> None:
    won = world.deals.filter(pl.col("accepted_at").is_not_null())
    assert differing(sums(world.deal_lines, "deal_no", "net_total"), world.deals, "deal_no", "amount").is_empty()
    assert differing(sums(world.invoice_lines, "invoice_no", "amount"), world.invoices, "invoice_no", "amount").is_empty()
    agreed = as_amended(won.select("deal_no", "amount"), world)
    assert differing(sums(world.invoices, "deal_no", "amount"), agreed, "deal_no", "amount").is_empty()
    assert differing(sums(world.payments, "invoice_no", "amount"), world.invoices, "invoice_no", "amount").is_empty()
    assert (world.deals["amount"] > 0).all()


@given(worlds)
@few
def test_revenue_releases_come_to_what_recurs(world: World) -> None:
    recurring = world.deal_lines.filter(charge_type="recurring")
    released = world.postings.filter(kind="revenue_release")
    won = world.deals.filter(pl.col("accepted_at").is_not_null())
    agreed = recurring.join(won, on="deal_no", how="semi").group_by("deal_no").agg(amount=pl.col("net_total").sum())
    expected = as_amended(agreed, world)
    assert differing(sums(released, "deal_no", "amount"), expected, "deal_no", "amount").is_empty()
    assert released["journal_ref"].is_unique().all()


@given(worlds)
@few
def test_lines_multiply_exactly(world: World) -> None:
    line = pl.col
    wrong = world.deal_lines.filter(
        (line("net_price") != line("unit_price") * line("term_units"))
        | (line("net_total") != line("net_price") * line("quantity"))
        | (line("unit_price") > line("list_price"))
    )
    assert wrong.is_empty()
    assert world.invoice_lines.filter(line("amount") != line("unit_price") * line("quantity")).is_empty()


def test_the_processor_keeps_its_fee_rounded_half_to_even(world: World) -> None:
    for amount, fee in world.payments.select("amount", "fee").iter_rows():
        assert fee == (amount * Decimal("0.029") + Decimal("0.30")).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@given(worlds)
@few
def test_everything_happens_in_the_order_of_the_timeline(world: World) -> None:
    deal = world.deals
    assert_increasing(deal, "created_at", "quoted_at", "approved_at", "accepted_at", "ordered_at", "subscribed_at", "completed_at")
    assert_increasing(deal, "ordered_at", "crm_activated_at", "completed_at")
    assert_increasing(deal, "quoted_at", "lost_at", "completed_at")
    assert_increasing(deal.filter(pl.col("lost_at").is_not_null()), "approved_at", "lost_at")
    assert_increasing(world.customers, "created_at", "erp_created_at", "billing_created_at", "payments_created_at")
    invoices = world.invoices.join(deal.select("deal_no", "subscribed_at", "crm_activated_at"), on="deal_no")
    assert_increasing(invoices, "subscribed_at", "posted_at", "erp_created_at")
    assert_increasing(invoices, "crm_activated_at", "posted_at")
    payments = world.payments.join(world.invoices.select("invoice_no", "erp_created_at", "due_on"), on="invoice_no")
    assert_increasing(payments, "erp_created_at", "paid_at", "applied_at")
    assert_increasing(payments, "paid_at", "erp_applied_at")
    assert payments.filter(pl.col("paid_at").dt.date() >= pl.col("due_on")).is_empty()
    set_up = deal.join(world.customers.select("customer_no", "payments_created_at"), on="customer_no")
    assert_increasing(set_up, "payments_created_at", "ordered_at")


@given(worlds)
@few
def test_nothing_about_a_deal_happens_after_it_is_completed(world: World) -> None:
    for frame in (world.invoices, world.payments, world.postings):
        stamps = [name for name in frame.columns if name.endswith("_at")]
        late = frame.join(world.deals.select("deal_no", "completed_at"), on="deal_no").filter(
            pl.max_horizontal(stamps) > pl.col("completed_at")
        )
        assert late.is_empty()


def assert_increasing(frame: pl.DataFrame, *columns: str) -> None:
    for earlier, later in itertools.pairwise(columns):
        wrong = frame.filter(pl.col(earlier) > pl.col(later))
        assert wrong.is_empty(), f"{later} before {earlier}"


@given(st.integers(0, 99), st.integers(0, 50))
@few
def test_a_chunk_is_the_same_in_a_world_of_any_size_but_for_its_times(seed: int, number: int) -> None:
    small, large = chunk(seed, number, 2000), chunk(seed, number, 1_000_000)
    for name in FRAMES:
        one, other = (drop_times(getattr(world, name)) for world in (small, large))
        assert_frame_equal(one, other)
    assert_frame_equal(steps(small), steps(large))


def drop_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Without times, and without parents: which customer was there before another depends on them."""
    return frame.drop(pl.selectors.temporal() | pl.selectors.starts_with("parent_"))


def steps(world: World) -> pl.DataFrame:
    times = ("quoted_at", "approved_at", "accepted_at", "lost_at", "ordered_at", "crm_activated_at", "subscribed_at")
    return world.deals.select(pl.col(name) - pl.col("created_at") for name in times)


def test_same_seed_same_world_and_another_seed_another(world: World) -> None:
    again, other = chunk(42, 0, 2000), chunk(43, 0, 2000)
    for name in FRAMES:
        assert_frame_equal(getattr(world, name), getattr(again, name))
    assert world.deals["amount"].to_list() != other.deals["amount"].to_list()


UNIQUE = {
    "customers": ["customer_no", "name", "salesforce_account_id", "netsuite_customer_id", "zuora_account_id", "stripe_customer_id"],
    "deals": ["deal_no", "salesforce_opportunity_id", "salesforce_quote_id", "salesforce_order_id"],
    "renewals": ["deal_no", "renewed_deal_no", "zuora_renewed_id", "zuora_renewal_order_id", "zuora_subscription_id"],
    "deal_lines": ["salesforce_quote_line_id", "salesforce_order_item_id", "salesforce_subscription_id"],
    "amendments": ["deal_no", "amendment_number", "salesforce_amendment_id", "zuora_amended_id", "zuora_amendment_order_number"],
    "amendment_lines": ["salesforce_quote_line_id"],
    "invoices": ["invoice_no", "zuora_invoice_id"],
    "invoice_lines": ["zuora_invoice_item_id"],
    "payments": ["stripe_payment_intent_id", "stripe_charge_id", "stripe_balance_transaction_id", "zuora_payment_id"],
    "postings": ["journal_ref"],
}


def test_ids_are_unique_over_chunks() -> None:
    parts = [chunk(1, number, 10_000) for number in (0, 1, 2, 777)]
    for name, columns in UNIQUE.items():
        frame = pl.concat(getattr(part, name) for part in parts)
        for column in columns:
            assert frame[column].is_unique().all(), f"{name}.{column}"


def test_netsuite_ids_are_unique_over_all_transactions() -> None:
    parts = [chunk(1, number, 10_000) for number in (0, 1, 777)]
    transactions = [
        part
        for world in parts
        for part in (
            world.deals["netsuite_order_id"],
            world.invoices["netsuite_invoice_id"],
            world.payments["netsuite_payment_id"],
            world.postings["netsuite_journal_id"],
        )
    ]
    numbers = pl.concat([part.rename("id") for part in transactions])
    assert numbers.is_unique().all()
    assert (numbers < 10**12).all()


SHAPES = {
    "salesforce_account_id": r"001\w{15}",
    "salesforce_opportunity_id": r"006\w{15}",
    "salesforce_order_id": r"801\w{15}",
    "zuora_subscription_id": r"[0-9a-f]{32}",
    "stripe_customer_id": r"cus_[0-9A-Za-z]{24}",
    "quote_number": r"Q-\d{8}",
    "order_number": r"SO\d{8}",
    "subscription_number": r"A-S\d{8}",
}


@pytest.mark.parametrize("column", SHAPES)
def test_ids_look_as_the_vendor_makes_them(world: World, column: str) -> None:
    assert all(re.fullmatch(SHAPES[column], value) for value in world.deals[column])


@pytest.mark.parametrize(
    "id18", ["001A0000006Vm9rIAC", "000000000000000AAA", "AAAAAAAAAAAAAAA555", "AaaaaaAaaaaaAaaBCE", "aaaaAaaaaaAaaaaQAB"]
)
def test_salesforce_checksum_marks_the_upper_case_letters(id18: str) -> None:
    assert ids.checksum(id18[:15]) == id18[15:]


def test_salesforce_ids_carry_their_checksum(world: World) -> None:
    for column in ("salesforce_quote_id", "salesforce_account_id"):
        assert all(ids.checksum(value[:15]) == value[15:] for value in world.deals[column])


def test_the_default_history_is_two_chunks_and_reaches_from_start_to_end() -> None:
    parts = list(chunks(42, 2000, END - timedelta(seconds=1)))
    new = [part.deals.filter(pl.col("renewed_deal_no").is_null()) for part in parts]
    begun: list[datetime] = pl.concat(deals["created_at"] for deals in new).to_list()
    assert [part.number for part in parts] == [0, 1]
    assert START <= begun[0] < START + timedelta(days=1)
    assert END - timedelta(days=1) < begun[-1] < END
    assert begun == sorted(begun)


def test_later_chunks_appear_with_the_clock() -> None:
    assert [part.number for part in chunks(42, 2000, END + timedelta(days=1))] == [0, 1, 2]


def test_the_mix_of_deals_is_as_documented(world: World) -> None:
    share = world.deals["accepted_at"].is_not_null().mean()
    assert share == pytest.approx(0.6, abs=0.05)
    assert set(world.deals["term_months"]) == {6, 12, 24}
    assert world.deals.filter((pl.col("billing_period") == "Annual") & (pl.col("term_months") == 6)).is_empty()
    assert world.products.group_by("charge_type").len().sort("len")["len"].to_list() == [10, 30]
    assert world.rate_plans.height == 100
    assert world.deals["customer_no"].n_unique() == world.customers.height == 250
