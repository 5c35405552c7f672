"""One side of a link: its records in a total order, and what of each amount is still open, in ten-thousandths of the currency.

frame (key, scope, currency, amount, at, and fields that rules name) -> Pool. What cannot be compared is kept aside with the reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np
import polars as pl

SCALE = 4
MONEY = pl.Decimal(18, SCALE)
NEEDED = ("key", "scope", "currency", "amount", "at")


@dataclass
class Pool:
    """`rest` is what is open of each record; `partners`, how many it has already; `why`, of those that were clear to nobody."""

    frame: pl.DataFrame  # by `at` and `key`; `index` is the place
    rest: np.ndarray
    partners: np.ndarray
    aside: dict[str, str]  # key -> why it is compared with nothing
    why: dict[int, tuple[str, list[int]]] = field(default_factory=dict)  # index -> reason, candidates on the other side

    @cached_property
    def keys(self) -> list[str]:
        return self.frame["key"].to_list()

    @cached_property
    def currencies(self) -> list[str]:
        return self.frame["currency"].to_list()

    def live(self, *, alone: bool) -> pl.DataFrame:
        """The records with something open; `alone`: that have no partner yet."""
        is_live = (self.rest != 0) & ((self.partners == 0) | (not alone))
        return self.frame.filter(pl.Series(is_live)).with_columns(pl.Series("rest", self.rest[is_live]))


def pool(records: pl.DataFrame, currencies: Collection[str]) -> Pool:
    """Raises ValueError where a column lacks, a key is not there or there twice, or an amount is no decimal."""
    if missing := [name for name in NEEDED if name not in records.columns]:
        raise ValueError(f"the records have no {', '.join(missing)}")
    if not isinstance(records.schema["amount"], pl.Decimal):
        raise ValueError(f"an amount is decimal, and not {records.schema['amount']}")
    if records["key"].null_count() or records["key"].n_unique() < len(records):
        raise ValueError("a record has no key, or one that another has")
    exact = pl.col("amount").cast(MONEY, strict=False)
    judged = records.with_columns(
        pl.when(pl.col("currency").is_null() | ~pl.col("currency").is_in(list(currencies)))
        .then(pl.lit("unknown currency"))
        .when(
            pl.col("amount").is_null()
            | exact.is_null()
            | (exact.cast(pl.Decimal(38, 10)) != pl.col("amount").cast(pl.Decimal(38, 10)))
        )
        .then(pl.lit("no exact amount"))
        .when(exact == Decimal(0))
        .then(pl.lit("nothing open"))
        .when(pl.col("scope").is_null())
        .then(pl.lit("no scope"))
        .alias("aside")
    )
    aside = judged.filter(pl.col("aside").is_not_null())
    fit = judged.filter(pl.col("aside").is_null()).drop("aside").with_columns(exact).sort("at", "key", nulls_last=True)
    rest = fit["amount"].to_physical().cast(pl.Int64).to_numpy().copy()
    told = dict(zip(aside["key"].to_list(), aside["aside"].to_list(), strict=True))
    return Pool(fit.with_row_index("index"), rest, np.zeros(len(fit), dtype=np.int64), told)


def money(units: int) -> Decimal:
    """Ten-thousandths as the amount that they are."""
    return Decimal(units).scaleb(-SCALE)
