"""Copies of the ERP's invoices as sales sees them: made when the ERP posts one, paid when all of it is settled there."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from q2c_pipelines.platforms.dynamics365_sales import ids
from q2c_pipelines.platforms.dynamics365_sales.emulator import catalogue
from q2c_pipelines.platforms.dynamics365_sales.emulator.stamps import changed, existing, happened, stamps

_INVOICES = 32  # of one deal, at most


def invoices(made: pl.DataFrame, payments: pl.DataFrame, deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The invoices that were posted, each with its order."""
    settled = payments.group_by("invoice_no").agg(settled_at=pl.col("erp_applied_at").max(), settled=pl.col("amount").sum())
    posted = (
        existing(made, "posted_at", at)
        .join(settled, on="invoice_no", how="left", maintain_order="left")
        .join(deals.select("deal_no", "name", "opportunity_id"), on="deal_no", maintain_order="left")
        .with_columns(
            invoice_key=pl.col("deal_no") * _INVOICES + pl.col("sequence"),
            settled_at=pl.when(pl.col("settled") >= pl.col("amount")).then("settled_at"),
        )
    )
    own = {
        "invoiceid": ids.invoice_id(posted["invoice_key"].to_numpy()),
        "_salesorderid_value": ids.order_id(posted["deal_no"].to_numpy()),
    }
    paid = happened("settled_at", at)
    return posted.select(
        *(pl.Series(name, values, pl.String) for name, values in own.items()),
        *stamps("invoice_key", "posted_at", changed(at, "posted_at", "settled_at")),
        "name",
        invoicenumber="invoice_no",
        _customerid_value="crm_id",
        _opportunityid_value="opportunity_id",
        _pricelevelid_value=pl.lit(catalogue.PRICE_LIST),
        duedate=pl.col("due_on").cast(pl.Datetime("us", "UTC")),
        totalamountlessfreight="net_amount",
        totaltax="tax_amount",
        totalamount="amount",
        statecode=pl.when(paid).then(2).otherwise(0),
        statuscode=pl.when(paid).then(100001).otherwise(4),
    )
