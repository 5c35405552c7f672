"""Quotes and orders of the simulated company with their lines, each as it is at a time."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from q2c_pipelines.platforms.dynamics365_sales import ids
from q2c_pipelines.platforms.dynamics365_sales.emulator import catalogue
from q2c_pipelines.platforms.dynamics365_sales.emulator.stamps import changed, happened, stamps, version
from q2c_pipelines.platforms.numbering import uuids

_FREQUENCY = {"Month": 100000000, "Quarter": 100000001, "Annual": 100000002}


def quotes(deals: pl.DataFrame, lines: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The quotes of deals that were quoted."""
    won, lost, active = happened("accepted_at", at), happened("lost_at", at), happened("approved_at", at)
    approved = active & pl.col("approved_by").is_not_null()
    newest = changed(at, "quoted_at", "approved_at", "accepted_at", "lost_at")
    return _totalled(deals, lines).select(
        *stamps("deal_no", "quoted_at", newest),
        *_document_columns(),
        quoteid="quote_id",
        quotenumber="quote_number",
        revisionnumber=pl.lit(0),
        effectivefrom="quoted_at",
        effectiveto=pl.col("expires_on").cast(pl.Datetime("us", "UTC")),
        new_approvedon=pl.when(approved).then("approved_at"),
        new_approvedby=pl.when(approved).then("approved_by"),
        closedon=pl.when(won).then("accepted_at").when(lost).then("lost_at"),
        new_termmonths="term_months",
        new_billingfrequency=pl.col("billing_period").replace_strict(_FREQUENCY),
        new_acceptedon=pl.when(won).then("accepted_at"),
        statecode=_quote_state(at),
        statuscode=pl.when(won).then(4).when(lost).then(5).when(active).then(2).otherwise(1),
    )


def quote_lines(lines: pl.DataFrame, deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The lines of these quotes."""
    newest = changed(at, "quoted_at", "approved_at", "accepted_at", "lost_at")
    return _with_deal(lines, deals).select(
        *_line_columns(),
        *_line_stamps("quoted_at", newest),
        quotedetailid="quote_line_id",
        quotedetailname="product_code",
        _quoteid_value="quote_id",
        quotestatecode=_quote_state(at),
    )


def orders(deals: pl.DataFrame, lines: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The orders of deals that were won."""
    submitted = happened("crm_activated_at", at)
    numbers = deals["deal_no"].to_numpy()
    own = {"order_id": ids.order_id(numbers), "crm_order_number": ids.crm_order_number(numbers)}
    return (
        _totalled(deals, lines)
        .with_columns(pl.Series(name, values, pl.String) for name, values in own.items())
        .select(
            *stamps("deal_no", "accepted_at", changed(at, "accepted_at", "crm_activated_at")),
            *_document_columns(),
            salesorderid="order_id",
            ordernumber="crm_order_number",
            _quoteid_value="quote_id",
            submitdate=pl.when(submitted).then("crm_activated_at"),
            lastbackofficesubmit=pl.when(submitted).then("crm_activated_at"),
            new_erpordernumber=pl.when(submitted).then("order_number"),
            statecode=submitted.cast(pl.Int64),
            statuscode=pl.when(submitted).then(3).otherwise(1),
        )
    )


def order_lines(lines: pl.DataFrame, deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The lines of these orders."""
    orders = deals.with_columns(pl.Series("order_id", ids.order_id(deals["deal_no"].to_numpy()), pl.String))
    return _with_deal(lines, orders, "order_id").select(
        *_line_columns(),
        *_line_stamps("accepted_at", changed(at, "accepted_at", "crm_activated_at")),
        salesorderdetailid="order_line_id",
        salesorderdetailname="product_code",
        _salesorderid_value="order_id",
        _quotedetailid_value="quote_line_id",
        salesorderstatecode=happened("crm_activated_at", at).cast(pl.Int64),
    )


def _quote_state(at: datetime) -> pl.Expr:
    won, lost, active = happened("accepted_at", at), happened("lost_at", at), happened("approved_at", at)
    return pl.when(won).then(2).when(lost).then(3).when(active).then(1).otherwise(0)


def _totalled(deals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    sums = lines.group_by("deal_no").agg(pl.col("tax").sum(), discount=_discount().sum())
    return deals.join(sums, on="deal_no", how="left", maintain_order="left")


def _discount() -> pl.Expr:
    return pl.col("list_price") * pl.col("term_units") * pl.col("quantity") - pl.col("net_total")


def _document_columns() -> list[pl.Expr]:
    """What quotes and orders have alike."""
    return [
        pl.col("name"),
        pl.col("crm_id").alias("_customerid_value"),
        pl.col("opportunity_id").alias("_opportunityid_value"),
        pl.lit(catalogue.PRICE_LIST).alias("_pricelevelid_value"),
        pl.lit(1).alias("paymenttermscode"),
        pl.col("start_on").alias("new_startdate"),
        pl.col("end_on").alias("new_enddate"),
        pl.col("amount").alias("totallineitemamount"),
        pl.col("discount").alias("totallineitemdiscountamount"),
        pl.lit(0.0).alias("totaldiscountamount"),
        pl.col("amount").alias("totalamountlessfreight"),
        pl.col("tax").alias("totaltax"),
        (pl.col("amount") + pl.col("tax")).alias("totalamount"),
    ]


def _with_deal(lines: pl.DataFrame, deals: pl.DataFrame, *more: str) -> pl.DataFrame:
    """The lines of these deals, with their own ids and the times of their deal."""
    times = deals.select("deal_no", "quoted_at", "approved_at", "accepted_at", "lost_at", "crm_activated_at", *more)
    found = lines.join(times, on="deal_no", maintain_order="left")
    key = found["deal_no"].to_numpy() * 8 + found["line_no"].to_numpy()
    product = found["product_code"].str.tail(4).cast(pl.Int64).to_numpy()
    own = {
        "quote_line_id": uuids("quotedetail", key),
        "order_line_id": uuids("salesorderdetail", key),
        "product_id": uuids("product", product),
    }
    return found.with_columns(pl.Series("line_key", key), *(pl.Series(name, values, pl.String) for name, values in own.items()))


def _line_stamps(created: str, newest: pl.Expr) -> list[pl.Expr]:
    """A line that is told its document's state has a new version; its own stamp stays."""
    return [pl.col(created).alias("createdon"), pl.col(created).alias("modifiedon"), version("line_key", newest)]


def _line_columns() -> list[pl.Expr]:
    """What the lines of quotes and orders have alike: priced for the whole term, the discount on the line."""
    gross = pl.col("list_price") * pl.col("term_units")
    return [
        pl.col("product_id").alias("_productid_value"),
        pl.lit(catalogue.UNIT).alias("_uomid_value"),
        pl.lit(1).alias("ispriceoverridden"),
        pl.col("quantity"),
        gross.alias("priceperunit"),
        (gross * pl.col("quantity")).alias("baseamount"),
        _discount().alias("manualdiscountamount"),
        pl.col("tax"),
        (pl.col("net_total") + pl.col("tax")).alias("extendedamount"),
        pl.col("line_no").alias("lineitemnumber"),
        pl.col("line_no").alias("sequencenumber"),
    ]
