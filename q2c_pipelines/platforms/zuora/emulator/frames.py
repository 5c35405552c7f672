"""What every part of the seeding says in the same way: what exists by a time, and who stamped it when."""

from __future__ import annotations

from datetime import datetime

import polars as pl

CHARGE_TYPES = {"one_time": "OneTime", "recurring": "Recurring"}
_USER = "8a000000000000000000000000000001"  # the tenant's API user


def existing(frame: pl.DataFrame, stamp: str, at: datetime) -> pl.DataFrame:
    """The rows that exist by then."""
    return frame.filter(pl.col(stamp) <= at)


def stamps(created: str, updated: pl.Expr | None = None) -> dict[str, pl.Expr]:
    """The audit fields of a record that was made then, and changed then or later."""
    changed = pl.col(created) if updated is None else updated
    return {
        "createdById": pl.lit(_USER),
        "createdDate": pl.col(created),
        "updatedById": pl.lit(_USER),
        "updatedDate": changed,
    }
