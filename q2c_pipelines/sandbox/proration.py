"""What billing invoices of a change within a billing period: the rest of the period, given back as it was and billed as it is.

amendments -> one invoice each, of two lines.  By whole months, since changes begin with a month of the term.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox import billing
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.deals import netsuite_transaction, numbers_of
from q2c_pipelines.sandbox.times import DAY, HOUR, months_after

LINE = 6  # the number of the line that gives back; regular invoices have up to five


def invoices(rng: np.random.Generator, deals: pl.DataFrame, amendments: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """One row an amendment that takes effect within a period; counted after the deal's regular invoices."""
    within = amendments.filter("is_within_period").with_columns(sequence=pl.col("term_months") // pl.col("billing_months") + 1)
    deal_no, sequence = within["deal_no"].to_numpy(), within["sequence"].to_numpy()
    key = np.asarray(deal_no * billing.PERIODS + sequence, dtype=np.int64)
    price = pl.col("unit_price") * _months()
    before, now = price * pl.col("prior_quantity"), price * pl.col("quantity")
    return within.select(
        *numbers_of(deals),
        "sequence",
        invoice_no=billing.invoice_number(chain, key),
        net_amount=now - before,
        tax_amount=billing.taxed(now) + billing.taxed(-before),
        service_start_on="effective_on",
        service_end_on=months_after(pl.col("start_on"), pl.col("effective_month") + _months()).dt.offset_by("-1d"),
        to_erp=pl.Series(rng.integers(HOUR, 4 * HOUR, within.height)),
        to_pay=pl.Series(rng.integers(0, 5 * DAY, within.height)),
        zuora_invoice_id=pl.Series(zuora.record_id("invoice", key)),
        netsuite_invoice_id=pl.Series(netsuite_transaction(deal_no, sequence)),
    ).pipe(billing.posted)


def invoice_lines(invoices: pl.DataFrame, amendments: pl.DataFrame) -> pl.DataFrame:
    """The rest of the period at the old quantity, given back, and at the new one."""
    about = ("product_code", "charge_type", "netsuite_item_id", "zuora_product_id", "zuora_rate_plan_id", "zuora_charge_id")
    ids = ("zuora_sub_rate_plan_id", "zuora_sub_charge_id", "zuora_sub_charge_number")
    charges = amendments.select(
        "deal_no",
        "tax_percent",
        *about,
        *ids,
        unit_price=pl.col("unit_price") * _months(),
        before=-pl.col("prior_quantity"),
        now="quantity",
    )
    headers = invoices.drop("amount", "net_amount", "tax_amount", "paid_amount", "due_on", "paid_at", "invoiced_on")
    billed = headers.join(charges, on="deal_no", maintain_order="left")
    sides = [
        billed.with_columns(quantity=side, line_no=pl.lit(number, pl.Int64)).drop("before", "now")
        for number, side in enumerate(("before", "now"), start=LINE)
    ]
    return billing.extended(pl.concat(sides))


def _months() -> pl.Expr:
    """Months from the change to the end of the billing period it lies in."""
    return pl.col("billing_months") - pl.col("effective_month") % pl.col("billing_months")
