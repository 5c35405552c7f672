"""What is changed of contracts that run: of a few won deals, the quantity of one recurring line from a day on.

(seed, chunk number), deals, lines -> amendments; money in cents.  A day on which a billing period begins, for most; for some the
first day of a later month of one: billing then gives back the rest of that period at the old quantity, and bills it at the new one.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.numbering import numbered
from q2c_pipelines.platforms.salesforce import ids as salesforce
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.deals import numbers_of
from q2c_pipelines.sandbox.times import DAY, HOUR, after, at_hour, months_after

SHARE = 0.05  # of won deals; three times that in a company that has few
_LATER = 900_000_000  # what the numbers of an amendment's documents are beyond the deal's
_PLATFORMS = {"crm": "salesforce", "billing": "zuora"}  # where a contract can be amended
_TAKES_LESS = "netsuite"  # the ERP whose documents have lines below zero; in the others contracts only grow, by whole periods
_KEPT = (
    *("legal_entity", "currency", "product_code", "charge_type", "billing_period", "billing_months", "term_months", "end_on"),
    "tax_percent",
    *("line_no", "added_line_no", "prior_quantity", "quantity", "delta", "list_price", "unit_price", "billing_price", "net_price"),
    *("amount", "start_on", "effective_on", "effective_month", "months_left", "is_within_period"),
    *("quoted_at", "approved_at", "approved_by", "accepted_at", "expires_on", "booked_at", "carried_at"),
)
_IDS = (
    *("netsuite_item_id", "zuora_product_id", "zuora_rate_plan_id", "zuora_charge_id"),
    *("zuora_sub_rate_plan_id", "zuora_sub_charge_id", "zuora_sub_charge_number"),
)


def amendments(seed: int, number: int, deals: pl.DataFrame, lines: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """One row a deal that is amended: which line, what it was and becomes, from when, and when each platform knows."""
    rng = np.random.default_rng((seed, number, 83, chain.first))
    count = deals.height
    drawn = deals.with_columns(
        is_amended=pl.Series(rng.random(count) < (3 * SHARE if chain.share > 1 else SHARE)),
        line_place=pl.Series(rng.random(count)),
        period_place=pl.Series(rng.random(count)),
        month_place=pl.Series(rng.random(count)),
        is_within=pl.Series(rng.random(count) < 0.3),
        is_raised=pl.Series(rng.random(count) < 0.6),
        seats=pl.Series(rng.choice([1, 2, 5, 10, 25], count)),
        lead=pl.Series(rng.integers(8 * DAY, 20 * DAY, count)),
        to_book=pl.Series(rng.integers(HOUR, 6 * HOUR, count)),
        to_carry=pl.Series(rng.integers(HOUR, 12 * HOUR, count)),
    )
    periods = pl.col("term_months") // pl.col("billing_months")
    takes_less = pl.lit(chain.systems.get("erp") == _TAKES_LESS)
    drawn = drawn.with_columns(is_within=pl.col("is_within") & takes_less, is_raised=pl.col("is_raised") | ~takes_less)
    offers = all(chain.systems.get(role) == platform for role, platform in _PLATFORMS.items())
    chosen = drawn.filter(pl.col("accepted_at").is_not_null() & pl.col("is_amended") & (periods > 1) & pl.lit(offers))
    return _numbered(_timed(_agreed(chosen.drop("amount"), lines)), deals)


def _agreed(chosen: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """One of the recurring lines of each deal, with its quantity before and after, and the month of the term it changes in."""
    own = set(chosen.columns) - {"deal_no"}
    counted = lines.with_columns(added_line_no=pl.len().over("deal_no").cast(pl.Int64) + 1)
    recurring = counted.filter(charge_type="recurring").select(pl.exclude(own))
    recurring = recurring.with_columns(place=pl.int_range(pl.len()).over("deal_no"), count=pl.len().over("deal_no"))
    whole_months = (pl.col("period_place") * (pl.col("term_months") // pl.col("billing_months") - 1)).cast(pl.Int64) + 1
    months = pl.col("billing_months")
    is_within = pl.col("is_within") & pl.col("is_raised") & (months > 1)
    within = (1 + (pl.col("month_place") * (months - 1)).cast(pl.Int64)) * is_within
    less = pl.max_horizontal(pl.lit(1), pl.col("prior_quantity") // 2)
    is_raised = pl.col("is_raised") | (pl.col("prior_quantity") == 1)
    return (
        chosen.join(recurring.rename({"quantity": "prior_quantity"}), on="deal_no", maintain_order="left")
        .filter(pl.col("place") == (pl.col("line_place") * pl.col("count")).cast(pl.Int64))
        .with_columns(effective_month=whole_months * months + within)
        .with_columns(quantity=pl.when(is_raised).then(pl.col("prior_quantity") + pl.col("seats")).otherwise(less))
        .with_columns(
            is_within_period=pl.col("effective_month") % months != 0,
            months_left=pl.col("term_months") - pl.col("effective_month"),
            effective_on=months_after(pl.col("start_on"), pl.col("effective_month")),
        )
        .with_columns(delta=pl.col("quantity") - pl.col("prior_quantity"), net_price=pl.col("unit_price") * pl.col("months_left"))
        .with_columns(amount=pl.col("net_price") * pl.col("delta"))
    )


def _timed(agreed: pl.DataFrame) -> pl.DataFrame:
    """Accepted some weeks before it takes effect; booked and carried by billing within the day."""
    return (
        agreed.with_columns(accepted_at=after(at_hour(pl.col("effective_on"), 0), -pl.col("lead")))
        .with_columns(
            quoted_at=after(pl.col("accepted_at"), pl.lit(-3 * DAY)),
            approved_at=after(pl.col("accepted_at"), pl.lit(-DAY)),
            booked_at=after(pl.col("accepted_at"), pl.col("to_book")),
            expires_on=pl.col("accepted_at").dt.date().dt.offset_by("30d"),
        )
        .with_columns(carried_at=after(pl.col("booked_at"), pl.col("to_carry")))
    )


def _numbered(timed: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """The numbers and ids of what an amendment brings; those of its deal, line and customer are there already."""
    deal_no = timed["deal_no"].to_numpy()
    beyond = deal_no + _LATER
    return timed.select(*numbers_of(deals), *_KEPT, *_IDS).with_columns(
        amendment_number=pl.Series(numbered("Q-", beyond)),
        salesforce_amendment_id=pl.Series(salesforce.record_id("a0q", beyond)),
        salesforce_amendment_opportunity_id=pl.Series(salesforce.record_id("006", beyond)),
        zuora_amendment_order_id=pl.Series(zuora.record_id("amendment order", deal_no)),
        zuora_amendment_order_number=pl.Series(numbered("O-", beyond)),
        zuora_amended_id=pl.Series(zuora.record_id("amended subscription", deal_no)),
    )


def quoted(amendments: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of amendments' quotes: all that recurs in the deal, each with its quantity before and after."""
    changed = amendments.select("deal_no", "months_left", "quoted_at", changed_line="line_no", amended_quantity="quantity")
    recurring = lines.filter(charge_type="recurring").join(changed, on="deal_no", maintain_order="left")
    is_changed = pl.col("line_no") == pl.col("changed_line")
    key = recurring["deal_no"].to_numpy() * 8 + recurring["line_no"].to_numpy() + 8 * _LATER
    return (
        recurring.with_columns(
            prior_quantity="quantity",
            quantity=pl.when(is_changed).then("amended_quantity").otherwise("quantity"),
            net_price=pl.col("unit_price") * pl.col("months_left"),
            salesforce_amended_line_id="salesforce_quote_line_id",
            salesforce_quote_line_id=pl.Series(salesforce.record_id("a0r", key)),
        )
        .with_columns(delta=pl.col("quantity") - pl.col("prior_quantity"))
        .with_columns(net_total=pl.col("net_price") * pl.col("delta"))
        .drop("changed_line", "amended_quantity")
    )
