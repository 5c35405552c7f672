"""The sandbox's calendar: the months of history, and times as the frames keep them (UTC, to the second)."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

START = datetime(2024, 11, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)  # where the clock stands after a reset
CATALOG_AT = datetime(2024, 10, 1, tzinfo=UTC)  # products and prices are older than every deal
SECONDS = int((END - START).total_seconds())
HOUR, DAY = 3600, 86400


def at_second(seconds: pl.Expr) -> pl.Expr:
    """The time so many seconds after 1970."""
    return (seconds.cast(pl.Int64) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def at_hour(day: pl.Expr, hour: int) -> pl.Expr:
    """The full hour of a date."""
    return day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.offset_by(f"{hour}h")


def after(start: pl.Expr, seconds: pl.Expr) -> pl.Expr:
    """So many seconds later."""
    return start + pl.duration(seconds=seconds)


def months_after(day: pl.Expr, months: pl.Expr) -> pl.Expr:
    """The same day of a later month, or that month's last."""
    return day.dt.offset_by(pl.format("{}mo", months))
