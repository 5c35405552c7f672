"""The world as the account holds it at a time: customers, their card payments, and the events of the last thirty days.

world, time -> frames of vendor rows.  An event of the world carries no snapshot: nothing has changed its object since.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.events import RETENTION, VERSION

_AVAILABLE_AFTER = 2 * 86_400
_ADDRESS = {"city": "city", "country": "country", "line1": "street", "postal_code": "postal_code", "state": "state"}
_NOT_ASKED = '{"id":null,"idempotency_key":null}'


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    customers = world.customers.filter(pl.col("payments_created_at") <= at)
    payments = world.payments.filter(pl.col("paid_at") <= at)
    return {
        "customer": _customers(customers),
        "payment_intent": _payment_intents(payments),
        "charge": _charges(payments),
        "balance_transaction": _balance_transactions(payments),
        "event": _events(customers, payments, at),
    }


def _customers(customers: pl.DataFrame) -> pl.DataFrame:
    parts = [pl.col(column).alias(part) for part, column in _ADDRESS.items()]
    address = pl.struct(*parts, pl.lit(None, pl.String).alias("line2"))
    return customers.select(
        id="stripe_customer_id",
        created=_seconds("payments_created_at"),
        name="name",
        email="email",
        phone="phone",
        address=address.struct.json_encode(),
        metadata=pl.struct(crm_id="salesforce_account_id").struct.json_encode(),
        invoice_prefix=pl.format("Q{}", pl.col("customer_no").cast(pl.String).str.zfill(7)),
    )


def _payment_intents(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        id="stripe_payment_intent_id",
        created=_seconds("paid_at"),
        amount=_cents("amount"),
        amount_received=_cents("amount"),
        currency=pl.lit("usd"),
        customer="stripe_customer_id",
        status=pl.lit("succeeded"),
        latest_charge="stripe_charge_id",
        metadata=_invoice_number(),
    )


def _charges(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        id="stripe_charge_id",
        created=_seconds("paid_at"),
        amount=_cents("amount"),
        amount_captured=_cents("amount"),
        currency=pl.lit("usd"),
        customer="stripe_customer_id",
        status=pl.lit("succeeded"),
        captured=pl.lit(True),
        paid=pl.lit(True),
        balance_transaction="stripe_balance_transaction_id",
        payment_intent="stripe_payment_intent_id",
        metadata=_invoice_number(),
    )


def _balance_transactions(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        id="stripe_balance_transaction_id",
        created=_seconds("paid_at"),
        amount=_cents("amount"),
        fee=_cents("fee"),
        net=_cents("amount") - _cents("fee"),
        currency=pl.lit("usd"),
        type=pl.lit("charge"),
        source="stripe_charge_id",
        available_on=_seconds("paid_at") + _AVAILABLE_AFTER,
    )


def _events(customers: pl.DataFrame, payments: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """What the stream still holds of them."""
    told = [
        _told(customers, "customer.created", "payments_created_at", "stripe_customer_id", at),
        _told(payments, "payment_intent.created", "paid_at", "stripe_payment_intent_id", at),
        _told(payments, "payment_intent.succeeded", "paid_at", "stripe_payment_intent_id", at),
        _told(payments, "charge.succeeded", "paid_at", "stripe_charge_id", at),
    ]
    return pl.concat(told)


def _told(frame: pl.DataFrame, kind: str, stamp: str, key: str, at: datetime) -> pl.DataFrame:
    table, _, what = kind.partition(".")
    return frame.filter(pl.col(stamp) >= at - RETENTION).select(
        id=pl.format("evt_{}{}", pl.lit(f"{table[0]}{what[0]}"), pl.col(key).str.split("_").list.last()),
        created=_seconds(stamp),
        type=pl.lit(kind),
        api_version=pl.lit(VERSION),
        request=pl.lit(_NOT_ASKED),
        _table=pl.lit(table),
        _object=key,
    )


def _invoice_number() -> pl.Expr:
    return pl.struct(invoice_number="invoice_no").struct.json_encode()


def _seconds(stamp: str) -> pl.Expr:
    return pl.col(stamp).dt.epoch("s")


def _cents(amount: str) -> pl.Expr:
    return (pl.col(amount) * 100).cast(pl.Int64)
