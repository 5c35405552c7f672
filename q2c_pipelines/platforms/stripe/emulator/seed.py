"""The world as the account holds it at a time: customers, their card payments, and the events of the last thirty days.

world, time -> frames of vendor rows.  Where the account bills too, `seed_billing` has what it sells, asks for and collects.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator import seed_billing, seed_payouts
from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, seconds, told

_AVAILABLE_AFTER = 2 * 86_400
_ADDRESS = {"city": "city", "country": "country", "line1": "street", "postal_code": "postal_code", "state": "state"}


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    customers = world.customers.filter(pl.col("payments_created_at") <= at)
    payments = world.payments.filter(pl.col("paid_at") <= at)
    currency = world.chain.currency.lower()
    sent = seed_payouts.sent(payments, world, at)
    paid_out = seed_payouts.rows(sent, currency)
    collected = {
        "customer": _customers(customers),
        "payment_intent": _payment_intents(payments, currency),
        "charge": _charges(payments, currency),
        "balance_transaction": pl.concat([_balance_transactions(payments, sent, currency), paid_out["balance_transaction"]]),
        "payout": paid_out["payout"],
        "event": pl.concat([_events(customers, payments, at), seed_payouts.events(sent, at)]),
    }
    if not str(world.chain.systems.get("billing")).startswith("stripe"):
        return collected
    return collected | _billed(collected, seed_billing.rows(world, at))


def _billed(collected: dict[str, pl.DataFrame], billed: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """What billing knows of customers and charges too: a charge names no invoice, it is known by its invoice payment."""
    of_charges = collected["event"].filter(~pl.col("type").str.starts_with("payment_intent"))
    return billed | {
        "customer": collected["customer"].join(billed["customer"], on="id", how="left", maintain_order="left"),
        "charge": collected["charge"].with_columns(metadata=pl.lit("{}")),
        "event": pl.concat([of_charges, billed["event"]], how="diagonal"),
    }


def _customers(customers: pl.DataFrame) -> pl.DataFrame:
    parts = [pl.col(column).alias(part) for part, column in _ADDRESS.items()]
    address = pl.struct(*parts, pl.lit(None, pl.String).alias("line2"))
    return customers.select(
        id="stripe_customer_id",
        created=seconds("payments_created_at"),
        name="name",
        email="email",
        phone="phone",
        address=address.struct.json_encode(),
        metadata=pl.struct(crm_id="crm_id").struct.json_encode(),
        invoice_prefix=pl.format("Q{}", pl.col("customer_no").cast(pl.String).str.zfill(7)),
    )


def _payment_intents(payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    return payments.select(
        id="stripe_payment_intent_id",
        created=seconds("paid_at"),
        amount=cents("amount"),
        amount_received=cents("amount"),
        currency=pl.lit(currency),
        customer="stripe_customer_id",
        status=pl.lit("succeeded"),
        latest_charge="stripe_charge_id",
        metadata=_invoice_number(),
    )


def _charges(payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    return payments.select(
        id="stripe_charge_id",
        created=seconds("paid_at"),
        amount=cents("amount"),
        amount_captured=cents("amount"),
        currency=pl.lit(currency),
        customer="stripe_customer_id",
        status=pl.lit("succeeded"),
        captured=pl.lit(True),
        paid=pl.lit(True),
        balance_transaction="stripe_balance_transaction_id",
        payment_intent="stripe_payment_intent_id",
        metadata=_invoice_number(),
    )


def _balance_transactions(payments: pl.DataFrame, sent: pl.DataFrame, currency: str) -> pl.DataFrame:
    payouts = sent.select("stripe_charge_id", _payout="payout")
    return payments.join(payouts, on="stripe_charge_id", how="left", maintain_order="left").select(
        id="stripe_balance_transaction_id",
        created=seconds("paid_at"),
        amount=cents("amount"),
        fee=cents("fee"),
        net=cents("amount") - cents("fee"),
        currency=pl.lit(currency),
        type=pl.lit("charge"),
        source="stripe_charge_id",
        available_on=seconds("paid_at") + _AVAILABLE_AFTER,
        _payout="_payout",
    )


def _events(customers: pl.DataFrame, payments: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """What the stream still holds of them. These carry no snapshot: nothing has changed their object since."""
    return pl.concat(
        [
            told(customers, "customer.created", "payments_created_at", "stripe_customer_id", at),
            told(payments, "payment_intent.created", "paid_at", "stripe_payment_intent_id", at),
            told(payments, "payment_intent.succeeded", "paid_at", "stripe_payment_intent_id", at),
            told(payments, "charge.succeeded", "paid_at", "stripe_charge_id", at),
        ]
    )


def _invoice_number() -> pl.Expr:
    return pl.struct(invoice_number="invoice_no").struct.json_encode()
