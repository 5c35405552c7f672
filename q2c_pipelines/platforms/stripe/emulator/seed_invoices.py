"""What is asked for: invoices, finalised as they are made, their lines and the tax on each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.seed_catalogue import tax_rates
from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, made, midnight, seconds, told

_DAY = 86_400


def with_ids(invoices: pl.DataFrame) -> pl.DataFrame:
    """Invoices of the world with their ids, that of the one before, and that of the payment that they wait for."""
    key = pl.col("deal_no") * 24 + pl.col("sequence")
    named = invoices.with_columns(invoice_id=made("in", invoices, key), invoice_payment_id=made("inpay", invoices, key))
    return named.with_columns(previous_invoice_id=pl.col("invoice_id").shift().over("deal_no", order_by="sequence"))


def invoiced(world: Any, lines: pl.DataFrame, invoices: pl.DataFrame, at: datetime) -> dict[str, pl.DataFrame]:
    """Invoices with their lines, what customers are billed in, and what the stream tells."""
    currency, rate = world.chain.currency.lower(), tax_rates(world)["id"][0]
    asked = invoices.filter(pl.col("posted_at") <= at)
    is_unpaid = (pl.col("paid_at") > at).fill_null(value=True)
    unpaid = pl.struct(
        status=pl.lit("open"),
        amount_paid=pl.lit(0),
        amount_remaining=cents("amount"),
        attempted=pl.lit(value=False),
        _paid_at=pl.lit(None, pl.Int64),
    ).struct.json_encode()
    events = [
        told(asked, "invoice.created", "posted_at", "invoice_id", at, unpaid),
        told(asked, "invoice.finalized", "posted_at", "invoice_id", at, unpaid),
        told(asked, "invoice.paid", "paid_at", "invoice_id", at),
    ]
    return {
        "customer": asked.select(id="stripe_customer_id", currency=pl.lit(currency)).unique(maintain_order=True),
        "invoice": _invoices(asked, is_unpaid, currency, rate),
        "line_item": _lines(world, lines, asked, currency, rate),
        "event": pl.concat(events, how="diagonal"),
    }


def _invoices(asked: pl.DataFrame, is_unpaid: pl.Expr, currency: str, rate: str) -> pl.DataFrame:
    posted, total = seconds("posted_at"), cents("amount")
    return asked.select(
        id="invoice_id",
        created=posted,
        customer="stripe_customer_id",
        number="invoice_no",
        status=pl.when(is_unpaid).then(pl.lit("open")).otherwise(pl.lit("paid")),
        billing_reason=pl.lit("subscription_cycle"),
        collection_method=pl.lit("send_invoice"),
        currency=pl.lit(currency),
        auto_advance=pl.lit(value=True),
        due_date=midnight("due_on"),
        effective_at=posted,
        period_start=midnight("service_start_on"),
        period_end=midnight("service_end_on") + _DAY,
        subtotal=cents("net_amount"),
        total=total,
        ending_balance=pl.lit(0),
        amount_due=total,
        amount_paid=pl.when(is_unpaid).then(0).otherwise(total),
        amount_remaining=pl.when(is_unpaid).then(total).otherwise(0),
        attempted=~is_unpaid,
        _finalized_at=posted,
        _paid_at=pl.when(~is_unpaid).then(seconds("paid_at")),
        total_taxes=_tax("tax_amount", "net_amount", rate),
        _automatic_tax=pl.lit(value=True),
        _subscription="subscription_number",
    )


def _lines(world: Any, lines: pl.DataFrame, asked: pl.DataFrame, currency: str, rate: str) -> pl.DataFrame:
    """A line of each price; what is billed once has no period but the moment that the service begins."""
    by = ["deal_no", "line_no"]
    sold = lines.select(*by, "price_id", "item_id", "invoiceitem_id", "product_name")
    billed: pl.DataFrame = world.invoice_lines.join(
        asked.select("invoice_no", "invoice_id"), on="invoice_no", maintain_order="left"
    )
    billed = billed.join(sold, on=by, maintain_order="left")
    once, start = pl.col("charge_type") == "one_time", midnight("service_start_on")
    end = pl.when(once).then(start).otherwise(midnight("service_end_on") + _DAY)
    pricing = pl.struct(
        type=pl.lit("price_details"),
        price_details=pl.struct(price="price_id", product="product_code"),
        unit_amount_decimal=cents("unit_price").cast(pl.String),
    )
    key = (pl.col("deal_no") * 24 + pl.col("sequence")) * 8 + pl.col("line_no")
    return billed.select(
        made("il", billed, key).alias("id"),
        invoice="invoice_id",
        amount=cents("amount"),
        currency=pl.lit(currency),
        description=pl.format("{} × {}", "quantity", "product_name"),
        quantity="quantity",
        period=pl.struct(start=start, end=end).struct.json_encode(),
        pricing=pricing.struct.json_encode(),
        subscription="subscription_number",
        _invoice_item=pl.when(once).then("invoiceitem_id"),
        _subscription_item=pl.when(~once).then("item_id"),
        taxes=_tax("tax_amount", "amount", rate),
    )


def _tax(amount: str, base: str, rate: str) -> pl.Expr:
    """The one tax on an amount, as a list of one."""
    tax = pl.struct(
        amount=cents(amount),
        tax_behavior=pl.lit("exclusive"),
        tax_rate_details=pl.struct(tax_rate=pl.lit(rate)),
        taxability_reason=pl.lit("standard_rated"),
        taxable_amount=cents(base),
        type=pl.lit("tax_rate_details"),
    )
    return pl.format("[{}]", tax.struct.json_encode())
