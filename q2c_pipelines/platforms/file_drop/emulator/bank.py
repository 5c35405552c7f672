"""The bank of a company: what was paid in on a day, in one file the morning after.

payments of the world -> value days -> files by name, each with the control total of its amounts. What was paid before the bank
began to leave files it left by month, at the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from q2c_pipelines.platforms.file_drop.emulator.partner import drop

ENCODING = "cp1252"
_ZONE, _OPENS = "Europe/London", "6h"  # by then all of yesterday is booked
_HEADER = "Payment reference;Invoice number;Customer number;Value date;Gross amount;Bank fee;Currency"


@dataclass(frozen=True)
class Statement:
    """One file of the bank."""

    name: str
    text: str
    total: Decimal

    def leave(self, folder: Path) -> None:
        """Put it into the folder with its manifest, unless it was left before: the bank rewrites nothing."""
        if not (folder / self.name).exists():
            drop(folder, self.name, self.text, encoding=ENCODING, sums={"Gross amount": str(self.total)})


def statements(worlds: Iterable[Any], began: datetime, now: datetime) -> Iterator[Statement]:
    """The files that the bank has left by now."""
    paid = [_paid(world) for world in worlds]
    if not paid:
        return
    left = pl.concat(paid).with_columns(file=_last_day(began)).filter(_left_at(began) <= now).sort("paid_at", "payment_ref")
    for (day,), payments in left.group_by("file", maintain_order=True):
        yield _statement(f"payments_{day:%Y%m%d}.csv", payments)


def _paid(world: Any) -> pl.DataFrame:
    customers: pl.DataFrame = world.customers.select("customer_no", "crm_id")
    payments: pl.DataFrame = world.payments.join(world.deals.select("deal_no", "customer_no"), on="deal_no")
    return payments.join(customers, on="customer_no").select(
        *("payment_ref", "invoice_no", "crm_id", "paid_at", "amount", "fee"),
        value_date=pl.col("paid_at").dt.convert_time_zone(_ZONE).dt.date(),
        currency=pl.lit(world.chain.currency),
    )


def _last_day(began: datetime) -> pl.Expr:
    """The last day that a payment's file is about."""
    return pl.when(pl.col("paid_at") < began).then(pl.col("value_date").dt.month_end()).otherwise("value_date")


def _left_at(began: datetime) -> pl.Expr:
    morning = pl.col("file").cast(pl.Datetime("us")).dt.offset_by("1d").dt.offset_by(_OPENS).dt.replace_time_zone(_ZONE)
    return pl.when(pl.col("paid_at") < began).then(pl.lit(began)).otherwise(morning.dt.convert_time_zone("UTC"))


def _statement(name: str, payments: pl.DataFrame) -> Statement:
    rows = payments.select("payment_ref", "invoice_no", "crm_id", "value_date", "amount", "fee", "currency").iter_rows()
    lines = [
        f"{ref};{invoice};{customer};{day:%d/%m/%Y};{_written(amount)};{_written(fee)};{currency}"
        for ref, invoice, customer, day, amount, fee, currency in rows
    ]
    return Statement(name, "".join(f"{line}\n" for line in [_HEADER, *lines]), sum(payments["amount"].to_list(), Decimal(0)))


def _written(amount: Decimal) -> str:
    """As the bank writes money: 1.234,56."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
