"""What an account that bills holds at a time: a catalogue, subscriptions, invoices with lines and tax, and what paid them.

world, time -> catalogue, agreed, asked for, paid -> frames of vendor rows, and what the stream tells of them
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.seed_catalogue import catalogue, priced
from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, seconds, told
from q2c_pipelines.platforms.stripe.emulator.seed_invoices import invoiced, with_ids
from q2c_pipelines.platforms.stripe.emulator.seed_subscriptions import subscribed


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table; of customers only what billing knows of them."""
    lines = priced(world)
    invoices = with_ids(world.invoices).join(_payments(world), on="invoice_no", how="left", maintain_order="left")
    parts = [catalogue(world, lines, at), subscribed(world, lines, invoices, at), invoiced(world, lines, invoices, at)]
    tables: dict[str, pl.DataFrame] = {}
    for part in [*parts, _collected(invoices, world.chain.currency.lower(), at)]:
        for table, frame in part.items():
            tables[table] = pl.concat([tables[table], frame], how="diagonal") if table in tables else frame
    return tables


def _payments(world: Any) -> pl.DataFrame:
    payments: pl.DataFrame = world.payments
    return payments.select("invoice_no", "stripe_payment_intent_id", "stripe_charge_id")


def _collected(invoices: pl.DataFrame, currency: str, at: datetime) -> dict[str, pl.DataFrame]:
    """The payment of each invoice: it waits from the day of the invoice, and is made by card."""
    asked = invoices.filter(pl.col("posted_at") <= at)
    is_paid = pl.col("paid_at") <= at
    intent = pl.struct(type=pl.lit("payment_intent"), payment_intent="stripe_payment_intent_id")
    waiting = pl.lit('{"status":"requires_payment_method","amount_received":0,"latest_charge":null}')
    intents = asked.select(
        id="stripe_payment_intent_id",
        created=seconds("posted_at"),
        amount=cents("amount"),
        amount_received=pl.when(is_paid).then(cents("amount")).otherwise(0),
        currency=pl.lit(currency),
        customer="stripe_customer_id",
        status=pl.when(is_paid).then(pl.lit("succeeded")).otherwise(pl.lit("requires_payment_method")),
        latest_charge=pl.when(is_paid).then("stripe_charge_id"),
        metadata=pl.lit("{}"),
    )
    payments = asked.select(
        id="invoice_payment_id",
        created=seconds("posted_at"),
        invoice="invoice_id",
        amount_requested=cents("amount"),
        amount_paid=pl.when(is_paid).then(cents("amount")),
        currency=pl.lit(currency),
        status=pl.when(is_paid).then(pl.lit("paid")).otherwise(pl.lit("open")),
        payment=intent.struct.json_encode(),
        _paid_at=pl.when(is_paid).then(seconds("paid_at")),
    )
    events = [
        told(asked, "payment_intent.created", "posted_at", "stripe_payment_intent_id", at, waiting),
        told(asked, "payment_intent.succeeded", "paid_at", "stripe_payment_intent_id", at),
        told(asked, "invoice_payment.paid", "paid_at", "invoice_payment_id", at),
    ]
    return {"payment_intent": intents, "invoice_payment": payments, "event": pl.concat(events, how="diagonal")}
