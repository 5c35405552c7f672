"""What was agreed: subscriptions, on trial until their term begins, their items, and what is billed once with the first invoice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, midnight, seconds, told

_DAY = 86_400
_TRIAL = '{"status":"trialing","latest_invoice":null,"ended_at":null}'


def subscribed(world: Any, lines: pl.DataFrame, invoices: pl.DataFrame, at: datetime) -> dict[str, pl.DataFrame]:
    """Subscriptions, their items and the items of invoices that belong to them."""
    currency, now = world.chain.currency.lower(), int(at.timestamp())
    deals = _in_period(world.deals.filter(pl.col("subscribed_at") <= at), invoices, now)
    current = deals.select("deal_no", "period_start", "period_end")
    agreed = lines.filter(pl.col("subscribed_at") <= at).join(current, on="deal_no", maintain_order="left")
    recurring, once = (agreed.filter(pl.col("charge_type") == kind) for kind in ("recurring", "one_time"))
    return {
        "subscription": _subscriptions(deals, currency, now),
        "subscription_item": _items(recurring),
        "invoiceitem": _once(once, _first(invoices, at), currency),
        "event": _events(deals, once, invoices, at),
    }


def _in_period(deals: pl.DataFrame, invoices: pl.DataFrame, now: int) -> pl.DataFrame:
    """Subscribed deals with the period that is going on, and with their latest invoice."""
    begun = invoices.filter(midnight("service_start_on") <= now).group_by("deal_no").agg(pl.all().sort_by("sequence").last())
    period = begun.select(
        "deal_no",
        begun_at=midnight("service_start_on"),
        over_at=midnight("service_end_on") + _DAY,
        latest_invoice=pl.when(seconds("posted_at") <= now).then("invoice_id").otherwise("previous_invoice_id"),
    )
    return deals.join(period, on="deal_no", how="left", maintain_order="left").with_columns(
        period_start=pl.col("begun_at").fill_null(seconds("subscribed_at")),
        period_end=pl.col("over_at").fill_null(midnight("start_on")),
        ends_at=midnight("end_on") + _DAY,
    )


def _subscriptions(deals: pl.DataFrame, currency: str, now: int) -> pl.DataFrame:
    created, start = seconds("subscribed_at"), midnight("start_on")
    over, trial = pl.col("ends_at") <= now, start > now
    status = pl.when(over).then(pl.lit("canceled")).when(trial).then(pl.lit("trialing")).otherwise(pl.lit("active"))
    return deals.select(
        id="subscription_number",
        created=created,
        customer="stripe_customer_id",
        status=status,
        collection_method=pl.lit("send_invoice"),
        days_until_due=pl.lit(30),
        currency=pl.lit(currency),
        start_date=created,
        billing_cycle_anchor=start,
        latest_invoice="latest_invoice",
        cancel_at="ends_at",
        canceled_at=created,
        ended_at=pl.when(over).then("ends_at"),
        trial_start=created,
        trial_end=start,
        _automatic_tax=pl.lit(True),
        metadata=pl.struct("quote_number", "order_number").struct.json_encode(),
    )


def _items(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        id="item_id",
        created=seconds("subscribed_at"),
        subscription="subscription_number",
        price="price_id",
        quantity="quantity",
        current_period_start="period_start",
        current_period_end="period_end",
    )


def _first(invoices: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return invoices.filter((pl.col("sequence") == 1) & (pl.col("posted_at") <= at)).select("deal_no", "invoice_id")


def _once(lines: pl.DataFrame, first: pl.DataFrame, currency: str) -> pl.DataFrame:
    pricing = pl.struct(
        type=pl.lit("price_details"),
        price_details=pl.struct(price="price_id", product="product_code"),
        unit_amount_decimal=cents("billing_price").cast(pl.String),
    )
    period = pl.struct(start=midnight("start_on"), end=midnight("start_on"))
    return lines.join(first, on="deal_no", how="left", maintain_order="left").select(
        id="invoiceitem_id",
        date=seconds("subscribed_at"),
        customer="stripe_customer_id",
        invoice="invoice_id",
        amount=cents("billing_price") * pl.col("quantity"),
        currency=pl.lit(currency),
        description="product_name",
        quantity="quantity",
        period=period.struct.json_encode(),
        pricing=pricing.struct.json_encode(),
        _subscription="subscription_number",
    )


def _events(deals: pl.DataFrame, once: pl.DataFrame, invoices: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Made, billed for each period, ended."""
    ended = deals.with_columns(ended=pl.from_epoch("ends_at").dt.cast_time_unit("us").dt.replace_time_zone("UTC"))
    billed = pl.struct(status=pl.lit("active"), latest_invoice="invoice_id", ended_at=pl.lit(None, pl.Int64))
    kind, key = "customer.subscription", "subscription_number"
    return pl.concat(
        [
            told(deals, f"{kind}.created", "subscribed_at", key, at, pl.lit(_TRIAL)),
            told(invoices, f"{kind}.updated", "posted_at", key, at, billed.struct.json_encode(), of="invoice_id"),
            told(ended, f"{kind}.deleted", "ended", key, at),
            told(once, "invoiceitem.created", "subscribed_at", "invoiceitem_id", at, pl.lit('{"invoice":null}')),
        ],
        how="diagonal",
    )
