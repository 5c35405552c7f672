"""What the account sends to the bank: a payout a week, of all that has cleared by then, less what it cost.

payments of the world -> weeks -> payouts, their own balance transactions, and the payout that each charge is in

The schedule is weekly: Monday's to Sunday's charges have cleared by Tuesday night, and go on Wednesday morning.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, made, seconds, told

_SENT_AFTER = "9d4h"  # the beginning of the week
_ARRIVES_AFTER = 86_400
_WEEKS = 10_000  # more than a company lives
_MOVEMENTS = 10**10  # beyond the number of every charge


def sent(payments: pl.DataFrame, world: Any, at: datetime) -> pl.DataFrame:
    """The payments that are in a payout by that time, each with its payout."""
    week = pl.col("paid_at").dt.truncate("1w")
    known = payments.with_columns(sent_at=week.dt.offset_by(_SENT_AFTER), week=week.dt.epoch("d") // 7).filter(
        pl.col("sent_at") <= at
    )
    number = pl.lit(world.number * _WEEKS) + pl.col("week")
    return known.with_columns(payout=made("po", known, number), movement=made("txn", known, number + _MOVEMENTS))


def rows(sent: pl.DataFrame, currency: str) -> dict[str, pl.DataFrame]:
    """The payouts, and the transactions by which they leave the balance."""
    net = (cents("amount") - cents("fee")).sum()
    payouts = sent.group_by("payout", maintain_order=True).agg(
        net=net, created=seconds("sent_at").first(), movement=pl.col("movement").first()
    )
    return {
        "payout": payouts.select(
            id="payout",
            created="created",
            amount="net",
            arrival_date=pl.col("created") + _ARRIVES_AFTER,
            balance_transaction="movement",
            currency=pl.lit(currency),
            status=pl.lit("paid"),
        ),
        "balance_transaction": payouts.select(
            id="movement",
            created="created",
            amount=-pl.col("net"),
            fee=pl.lit(0, pl.Int64),
            net=-pl.col("net"),
            currency=pl.lit(currency),
            type=pl.lit("payout"),
            source="payout",
            available_on="created",
            _payout="payout",
        ),
    }


def events(sent: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """That they were made; that they arrive changes nothing in the sandbox."""
    return told(sent.unique("payout", maintain_order=True), "payout.created", "sent_at", "payout", at)
