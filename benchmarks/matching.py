"""Matching: so many payments against as many invoices, of customers that buy again and again; most payments name no invoice.

made pools -> match by the shipped rules -> seconds, and how much was found
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks import measure
from q2c_pipelines.canonical.matching.backtest import judge
from q2c_pipelines.canonical.matching.match import match
from q2c_pipelines.canonical.matching.rules import load

RULES = Path(__file__).parent.parent / "matching.yaml"
FIRST = datetime(2025, 1, 1)  # noqa: DTZ001 as the warehouse has it


def pools(count: int, customers: int, seed: int = 7) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Payments and invoices of the same key: a third names its invoice, a tenth misspells it, a third pays less a fee."""
    chance = np.random.default_rng(seed)
    cents, days = chance.integers(5_000, 100_000_000, count), chance.integers(0, 365, count)
    keys, customer = [f"k{place}" for place in range(count)], [f"c{place}" for place in chance.integers(0, customers, count)]
    numbers = [f"INV{place:08d}" for place in range(count)]
    kinds, late = chance.random(count), chance.integers(-5, 5, count)
    texts = [
        f"payment {number}" if kind < 0.33 else f"payment {number[:5]}{number[6:]}" if kind < 0.43 else None
        for number, kind in zip(numbers, kinds, strict=True)
    ]
    fee = np.where(kinds > 0.7, 750, 0) * (cents > 100_000)
    due = [FIRST + timedelta(days=int(day)) for day in days]
    paid = [day + timedelta(days=int(shift)) for day, shift in zip(due, late, strict=True)]

    def frame(units: Any, at: list[datetime], **more: Any) -> pl.DataFrame:
        amount = (pl.Series(units).cast(pl.Decimal(18, 4)) / 100).cast(pl.Decimal(18, 4))
        return pl.DataFrame(
            {"key": keys, "scope": "US", "currency": "USD", "amount": amount, "at": at, "customer": customer, **more}
        )

    return frame(cents - fee, paid, text=texts), frame(cents, due, due_at=due, number=numbers)


def matching(count: int) -> Mapping[str, Any]:
    """How much is found, and rightly."""
    payments, invoices = pools(count, max(count // 20, 1))
    labels = pl.DataFrame({"left": payments["key"], "right": payments["key"]})
    done = match(load(RULES)["payment_to_invoice"], payments, invoices, {"USD"})
    whole = judge(done.pairs, labels)[-1]
    return {"payments": count, "found": whole.found, "precision": whole.precision, "recall": whole.recall}


if __name__ == "__main__":
    measure.report(lambda: matching(int(sys.argv[1])))
