"""Contracts that go on after their term: a few by themselves, some by a renewal quote that the customer accepts.

(seed, chunk number), deals, lines -> renewals and their lines, in the columns of deals and deal lines; money in cents.  A renewal
has a number of its own, by which its documents are numbered, and goes on in the subscription of the deal that it renews, at the
same terms and for as long as before.  One by itself has no quote and no order: what billing makes of it belongs to the deal.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.salesforce import ids as salesforce
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox import deals
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.times import DAY, HOUR, after, at_hour, months_after

SHARE = 0.08  # of won deals of a year and less; twice that in a company that has few
QUOTED = 0.6  # of those, the rest goes on by itself
LONGEST = 12  # months of a term that is renewed
_LATER = 5_000_000  # what the number of a renewal is beyond the deal's
_PLATFORMS = {"crm": "salesforce", "billing": "zuora"}  # where a contract can be renewed
_KEPT = ("zuora_subscription_id", "subscription_number")  # of the deal that is renewed


def renewals(
    seed: int, number: int, sold: pl.DataFrame, lines: pl.DataFrame, amendments: pl.DataFrame, chain: Chain
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row a deal that is renewed, and the lines that go on: all that recurs."""
    rng = np.random.default_rng((seed, number, 86, chain.first))
    count = sold.height
    drawn = sold.with_columns(
        is_renewed=pl.Series(rng.random(count) < (2 * SHARE if chain.share > 1 else SHARE)),
        is_automatic=pl.Series(rng.random(count) >= QUOTED),
        lead=pl.Series(rng.integers(45 * DAY, 110 * DAY, count)),
        to_quote=pl.Series(rng.integers(5 * DAY, 15 * DAY, count)),
        to_accept=pl.Series(rng.integers(DAY, 5 * DAY, count)),
        to_order=pl.Series(rng.integers(HOUR, 6 * HOUR, count)),
        to_activate=pl.Series(rng.integers(60, 2 * HOUR, count)),
        to_carry=pl.Series(rng.integers(HOUR, 12 * HOUR, count)),
        notice=pl.Series(rng.integers(30 * DAY, 60 * DAY, count)),
    )
    offers = all(chain.systems.get(role) == platform for role, platform in _PLATFORMS.items())
    chosen = drawn.filter(pl.col("accepted_at").is_not_null() & pl.col("is_renewed") & (pl.col("term_months") <= LONGEST))
    chosen = chosen.filter(pl.lit(offers)).join(amendments, on="deal_no", how="anti", maintain_order="left")
    renewed = _timed(_numbered(chosen, chain), chain)
    own = _lines(renewed, lines)
    amounts = own.group_by("deal_no").agg(amount=pl.col("net_total").sum())
    return renewed.drop("amount", "is_renewed").join(amounts, on="deal_no", maintain_order="left"), own


def quoted(renewals: pl.DataFrame) -> pl.DataFrame:
    """Those with a quote and an order of their own; billing makes no subscription of them, it renews the one there is."""
    return renewals.filter(~pl.col("is_automatic")).with_columns(subscribed_at=deals.NEVER)


def billed(renewals: pl.DataFrame) -> pl.DataFrame:
    """Renewals as billing counts them: from the first day of the contract, after so many months."""
    return renewals.with_columns(start_on="contract_start_on", months_before="term_months")


def to_deals(documents: pl.DataFrame, renewals: pl.DataFrame) -> pl.DataFrame:
    """Documents of renewals; of one that came by itself they are the deal's that it renews."""
    of_deal = renewals.filter("is_automatic").select("deal_no", own_deal_no="renewed_deal_no")
    joined = documents.join(of_deal, on="deal_no", how="left", maintain_order="left")
    return joined.with_columns(deal_no=pl.coalesce("own_deal_no", "deal_no")).drop("own_deal_no")


def _numbered(chosen: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Renewals with the ids of what they bring; one that comes by itself keeps those of the deal."""
    kept = chosen.with_columns(
        renewed_deal_no="deal_no",
        renewed_contract_id="salesforce_contract_id",
        contract_start_on="start_on",
        deal_no=pl.col("deal_no") + _LATER,
    )
    named = deals.identified(kept, chain)
    own = [name for name in named.columns if name in deals.IDS and name not in _KEPT]
    ids = {name: pl.when("is_automatic").then(kept[name]).otherwise(named[name]) for name in own}
    key = kept["deal_no"].to_numpy()
    return named.with_columns(**ids, **{name: kept[name] for name in _KEPT}).with_columns(
        name=pl.format("{} renewal", "name"),
        zuora_renewed_id=pl.Series(zuora.record_id("renewed subscription", key)),
        zuora_renewal_order_id=pl.Series(zuora.record_id("renewal order", key)),
        zuora_noticed_id=pl.Series(zuora.record_id("subscription under notice", key)),
        zuora_notice_order_id=pl.Series(zuora.record_id("notice order", key)),
    )


def _timed(numbered: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """A quote is accepted some months before the new term, and carried within the day; what goes on by itself does on that day."""
    is_automatic, start = pl.col("is_automatic"), pl.col("contract_start_on")
    return (
        numbered.with_columns(start_on=months_after(start, pl.col("term_months")))
        .with_columns(end_on=months_after(start, 2 * pl.col("term_months")).dt.offset_by("-1d"))
        .with_columns(begins_at=at_hour(pl.col("start_on"), 0))
        .with_columns(accepted_at=after(pl.col("begins_at"), -pl.col("lead")))
        .with_columns(approved_at=after(pl.col("accepted_at"), -pl.col("to_accept")))
        .with_columns(quoted_at=after(pl.col("approved_at"), -pl.col("to_quote")))
        .with_columns(
            created_at=after(pl.col("quoted_at"), pl.lit(-DAY)),
            ordered_at=after(pl.col("accepted_at"), pl.col("to_order")),
            expires_on=pl.col("accepted_at").dt.date().dt.offset_by("30d"),
            **deals.enveloped(chain),
        )
        .with_columns(
            crm_activated_at=after(pl.col("ordered_at"), pl.col("to_activate")),
            carried_at=pl.when(is_automatic)
            .then(after(pl.col("begins_at"), pl.lit(2 * HOUR)))
            .otherwise(after(pl.col("ordered_at"), pl.col("to_carry"))),
            noticed_at=pl.when(is_automatic).then(after(at_hour(pl.col("end_on"), 9), -pl.col("notice"))),
        )
        .drop("begins_at", "lead", "notice")
    )


def _lines(renewed: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """All that recurs in the deals, at the same price, as lines of the renewals."""
    own = [name for name in deals.numbers_of(renewed) if name in lines.columns or name == "renewed_deal_no"]
    recurring = lines.filter(charge_type="recurring").rename({"deal_no": "renewed_deal_no"})
    recurring = recurring.drop([name for name in own if name in recurring.columns and name != "renewed_deal_no"])
    joined = recurring.join(renewed.select(own), on="renewed_deal_no", maintain_order="left")
    key = joined["deal_no"].to_numpy() * 8 + joined["line_no"].to_numpy()
    ids = {name: pl.Series(salesforce.record_id(prefix, key)) for name, prefix in deals.LINE_IDS.items()}
    return joined.with_columns(renewed_subscription_id="salesforce_subscription_id").with_columns(**ids)
