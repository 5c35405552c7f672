"""The simulated company's own truth: who bought what, when, and every document that follows from it, on every platform.

(seed, chunk number) -> deals -> billing -> World.  Chunks of 1,000 deals are independent of each other; a chunk is the same in a
world of any size, but for the times its deals begin. `docs/architecture.md` lists the frames and the timeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from q2c_pipelines.sandbox import amendments, billing, catalog, deals, proration, renewals
from q2c_pipelines.sandbox.chains import US, Chain
from q2c_pipelines.sandbox.money import in_cents
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.times import SECONDS, START

_WORKING = ("begun", "outcome", "reviewed")


@dataclass(frozen=True)
class World:
    """One chunk of the company, whole: past and future. Products, rate plans and bundles are the same in every chunk."""

    chain: Chain
    number: int
    customers: pl.DataFrame
    products: pl.DataFrame
    rate_plans: pl.DataFrame
    bundles: pl.DataFrame
    deals: pl.DataFrame
    deal_lines: pl.DataFrame
    amendments: pl.DataFrame
    amendment_lines: pl.DataFrame
    renewals: pl.DataFrame
    invoices: pl.DataFrame
    invoice_lines: pl.DataFrame
    payments: pl.DataFrame
    postings: pl.DataFrame

    def ordered(self, at: datetime) -> pl.DataFrame:
        """The deals that are ordered by then, with the amount as amended by then, and since when it is that (`changed_at`)."""
        booked = self.amendments.filter(pl.col("booked_at") <= at).select("deal_no", "booked_at", more="amount")
        joined = self.deals.filter(pl.col("ordered_at") <= at).join(booked, on="deal_no", how="left", maintain_order="left")
        amount = (pl.col("amount") + pl.col("more").fill_null(0)).cast(pl.Decimal(18, 2))
        return joined.with_columns(amount=amount, changed_at=pl.max_horizontal("ordered_at", "booked_at")).drop("more")

    def ordered_lines(self, at: datetime) -> pl.DataFrame:
        """The lines of their orders: what was quoted, and one more for what an amendment adds or, below zero, takes away."""
        booked = self.amendments.filter(pl.col("booked_at") <= at).select("deal_no", "booked_at", "added_line_no")
        added = self.amendment_lines.filter(pl.col("delta") != 0).join(booked, on="deal_no", maintain_order="left")
        kept = pl.selectors.by_name(*self.deal_lines.columns, "booked_at", require_all=False)
        added = added.with_columns(line_no="added_line_no", quantity="delta").select(kept)
        return pl.concat([self.deal_lines, added], how="diagonal_relaxed")


def chunk(seed: int = Size.seed, number: int = 0, deals_in_history: int = Size.deals, chain: Chain = US) -> World:
    """The deals `1000 * number + 1` to `1000 * number + 1000` of a chain and all that follows from them."""
    customers, sold, lines = deals.agreed(seed, number, deals_in_history // chain.share, chain)
    rng = np.random.default_rng((seed, number, 1))
    amended = amendments.amendments(seed, number, sold, lines, chain)
    renewed, renewed_lines = renewals.renewals(seed, number, sold, lines, amended, chain)
    first = _first(rng, seed, number, sold, lines, amended, chain)
    further = _further(seed, number, renewed, renewed_lines, amended, chain)
    invoices, invoice_lines, payments, postings = (pl.concat(both, how="diagonal") for both in zip(first, further, strict=True))
    quoted = renewals.quoted(renewed)
    agreed_lines = renewed_lines.join(quoted, on="deal_no", how="semi", maintain_order="left")
    return World(
        chain=chain,
        number=number,
        customers=customers,
        products=catalog.priced(catalog.products(seed, chain), "list_price"),
        rate_plans=catalog.priced(catalog.rate_plans(seed, chain), "price"),
        bundles=catalog.bundles(seed, chain),
        deals=_completed(pl.concat([sold, quoted], how="diagonal"), payments, postings).with_columns(in_cents("amount")),
        deal_lines=deals.in_money(pl.concat([lines, agreed_lines], how="diagonal")),
        amendments=amended.with_columns(in_cents("list_price", "unit_price", "billing_price", "net_price", "amount")),
        amendment_lines=deals.in_money(amendments.quoted(amended, lines)),
        renewals=renewed.pipe(_without_working).with_columns(in_cents("amount")),
        invoices=invoices.with_columns(in_cents("amount", "net_amount", "tax_amount", "paid_amount")),
        invoice_lines=invoice_lines.with_columns(in_cents("unit_price", "amount", "tax_amount")),
        payments=payments.with_columns(in_cents("amount", "fee")),
        postings=postings.with_columns(in_cents("amount")),
    )


def _first(
    rng: np.random.Generator,
    seed: int,
    number: int,
    sold: pl.DataFrame,
    lines: pl.DataFrame,
    amended: pl.DataFrame,
    chain: Chain,
) -> tuple[pl.DataFrame, ...]:
    """What follows from deals in their first term: invoices, their lines, payments and postings."""
    regular = billing.invoices(rng, sold, lines, amended, chain)
    within = proration.invoices(np.random.default_rng((seed, number, 84, chain.first)), sold, amended, chain)
    invoices = pl.concat([regular, within], how="diagonal")
    paid_within = billing.payments(np.random.default_rng((seed, number, 85, chain.first)), within, chain)
    payments = pl.concat([billing.payments(rng, regular, chain), paid_within], how="diagonal")
    invoice_lines = [billing.invoice_lines(regular, lines, amended), proration.invoice_lines(within, amended)]
    postings = billing.postings(sold, lines, amended, payments, chain)
    return invoices, pl.concat(invoice_lines, how="diagonal"), payments, postings


def _further(
    seed: int, number: int, renewed: pl.DataFrame, lines: pl.DataFrame, amended: pl.DataFrame, chain: Chain
) -> Iterator[pl.DataFrame]:
    """The same of renewals."""
    rng, billed = np.random.default_rng((seed, number, 87, chain.first)), renewals.billed(renewed)
    invoices = billing.invoices(rng, billed, lines, amended, chain)
    payments = billing.payments(rng, invoices, chain)
    documents = (
        invoices,
        billing.invoice_lines(invoices, lines, amended),
        payments,
        billing.postings(billed, lines, amended, payments, chain),
    )
    return (renewals.to_deals(each, renewed) for each in documents)


def chunks(seed: int, deals_in_history: int, until: datetime, chain: Chain = US) -> Iterator[World]:
    """Every chunk of a chain in which some deal has begun by that time, one after the other."""
    return (chunk(seed, number, deals_in_history, chain) for number in numbers(deals_in_history, until, chain))


def numbers(deals_in_history: int, until: datetime, chain: Chain = US) -> range:
    """The numbers of the chunks of a chain in which some deal has begun by that time."""
    begun = max(0, (until - START).total_seconds()) * (deals_in_history // chain.share) / SECONDS
    return range(int(begun // deals.DEALS) + 1)


def _completed(sold: pl.DataFrame, payments: pl.DataFrame, postings: pl.DataFrame) -> pl.DataFrame:
    """Deals with the time of their last change: lost, or the last payment applied and the last journal posted."""
    moments = [
        payments.select("deal_no", at=pl.max_horizontal("applied_at", "erp_applied_at")),
        postings.select("deal_no", at="posted_at"),
        sold.select("deal_no", at="lost_at"),
    ]
    last = pl.concat(moments).group_by("deal_no").agg(completed_at=pl.col("at").max())
    return _without_working(sold).join(last, on="deal_no", how="left", maintain_order="left")


def _without_working(drawn: pl.DataFrame) -> pl.DataFrame:
    """Without what times and outcomes were drawn as."""
    return drawn.drop(pl.selectors.by_name(*_WORKING) | pl.selectors.starts_with("to_"))
