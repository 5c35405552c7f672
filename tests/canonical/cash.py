"""The simulated company's own cash as a bank would tell of it: without references, misspelt, in parts, several at once, less a fee.

world (invoices, payments) -> open invoices, noisy payments, and which belongs to which
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from q2c_pipelines.sandbox.world import World

CENT = Decimal("0.01")
_MONEY = pl.Decimal(18, 4)
_LIKE = {"0": "O", "1": "I", "8": "B", "5": "S", "2": "Z"}
_PHRASES = ("payment {}", "RE: {} thank you", "{}", "invoice no. {} as agreed", "/INV/{}/")


@dataclass(frozen=True)
class Cash:
    """`labels` has a row for each payment and invoice that belong together."""

    payments: pl.DataFrame
    invoices: pl.DataFrame
    labels: pl.DataFrame


def noisy(world: World, seed: int) -> Cash:
    """Of the payments about half keep a text, one in six of these misspelt; one in eight is in parts, one in eight less a fee; one
    in six customers pays two or three of its invoices at once.
    """
    chance = random.Random(seed)
    paid = world.payments.join(world.invoices.select("invoice_no", "due_on"), on="invoice_no").sort(
        "customer_no", "paid_at", "invoice_no"
    )
    rows = list(_transfers(paid.to_dicts(), chance, world.chain.currency))
    labels = [(row["key"], number) for row in rows for number in row["paid"]]
    invoices = world.invoices.select(
        pl.col("invoice_no").alias("key"),
        pl.lit(world.chain.name).alias("scope"),
        pl.lit(world.chain.currency).alias("currency"),
        pl.col("amount").cast(_MONEY),
        pl.col("invoiced_on").cast(pl.Datetime("us")).alias("at"),
        pl.col("due_on").cast(pl.Datetime("us")).alias("due_at"),
        pl.col("invoice_no").alias("number"),
        pl.col("customer_no").cast(pl.String).alias("customer"),
    )
    kept = ("key", "scope", "currency", "amount", "at", "text", "customer")
    shape = dict.fromkeys(kept, pl.String) | {"amount": _MONEY, "at": pl.Datetime("us")}
    scoped = [{name: row.get(name, world.chain.name) for name in kept} for row in rows]
    return Cash(pl.DataFrame(scoped, shape), invoices, pl.DataFrame(labels, ["left", "right"], orient="row"))


def _transfers(paid: list[dict[str, Any]], chance: random.Random, currency: str) -> Iterator[dict[str, Any]]:
    """What comes in: each payment whole, in parts, less a fee, or two or three of a customer's in one."""
    waiting = paid[::-1]
    while waiting:
        bundle = [waiting.pop()]
        if chance.random() < 0.08:
            while len(bundle) < 3 and waiting and _goes_with(bundle, waiting[-1]):
                bundle.append(waiting.pop())
        total = sum((each["amount"] for each in bundle), Decimal(0))
        kind = chance.random() if len(bundle) == 1 else 1.0
        amounts = [total]
        if kind < 0.125 and total > 10:
            first = (total * Decimal(chance.randint(20, 80)) / 100).quantize(CENT)
            amounts = [first, total - first]
        elif kind < 0.25 and total > 2000:
            amounts = [total - Decimal(chance.choice(["7.50", "15.00", "25.00"]))]
        for place, amount in enumerate(amounts):
            first = bundle[0]
            yield {
                "key": f"{first['payment_ref']}/{place}",
                "currency": currency,
                "amount": amount,
                "at": max(each["paid_at"] for each in bundle).replace(tzinfo=None),
                "customer": str(first["customer_no"]) if chance.random() < 0.95 or len(bundle) + len(amounts) > 2 else None,
                "text": _text([each["invoice_no"] for each in bundle], chance),
                "paid": [each["invoice_no"] for each in bundle],
            }


def _goes_with(bundle: list[dict[str, Any]], other: dict[str, Any]) -> bool:
    near = abs((other["paid_at"] - bundle[0]["paid_at"]).days) <= 40
    return near and bool(other["customer_no"] == bundle[0]["customer_no"])


def _text(numbers: list[str], chance: random.Random) -> str | None:
    """Nothing for half of them; else the numbers in a phrase, now and then with a blank in them or misspelt."""
    if chance.random() < 0.5:
        return None
    return chance.choice(_PHRASES).format(" + ".join(_written(number, chance) for number in numbers))


def _written(number: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 1 / 6:
        return _misspelt(number, chance)
    return f"{number[:3]} {number[3:]}" if kind < 1 / 3 else number


def _misspelt(number: str, chance: random.Random) -> str:
    place = chance.randrange(len(number))
    other = _LIKE.get(number[place]) or chance.choice(string.digits)
    return chance.choice(
        [
            number[:place] + other + number[place + 1 :],
            number[:place] + number[place + 1 :],
            number[:place] + other + number[place:],
        ]
    )
