"""What the seed's frames are made of: seconds, cents, midnights, ids, and the events that the stream still holds."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from q2c_pipelines.platforms.stripe.emulator.events import RETENTION, VERSION
from q2c_pipelines.platforms.stripe.ids import record_id

_NOT_ASKED = '{"id":null,"idempotency_key":null}'


def seconds(stamp: str) -> pl.Expr:
    """A time as Stripe counts it."""
    return pl.col(stamp).dt.epoch("s")


def midnight(day: str) -> pl.Expr:
    """The beginning of a day, as Stripe counts it."""
    return pl.col(day).cast(pl.Datetime("us")).dt.epoch("s")


def cents(amount: str) -> pl.Expr:
    """An amount in the smallest unit of a currency that has hundredths."""
    return (pl.col(amount) * 100).cast(pl.Int64)


def made(prefix: str, frame: pl.DataFrame, number: pl.Expr) -> pl.Series:
    """An id for each row, by its number."""
    numbers = frame.select(number.cast(pl.Int64)).to_series().to_numpy()
    return pl.Series(record_id(prefix, np.asarray(numbers, dtype=np.int64)), dtype=pl.String)


def told(
    frame: pl.DataFrame, kind: str, stamp: str, key: str, at: datetime, then: pl.Expr | None = None, of: str = ""
) -> pl.DataFrame:
    """The events of one kind. `then` is what the object was, where it changed since; it is named after `of`, else its object."""
    *_, table, what = kind.split(".")
    return frame.filter((pl.col(stamp) >= at - RETENTION) & (pl.col(stamp) <= at)).select(
        id=pl.format("evt_{}{}", pl.lit(f"{table[0]}{what[0]}"), pl.col(of or key).str.split("_").list.last()),
        created=seconds(stamp),
        type=pl.lit(kind),
        api_version=pl.lit(VERSION),
        request=pl.lit(_NOT_ASKED),
        _table=pl.lit(table),
        _object=key,
        **({"_then": then} if then is not None else {}),
    )
