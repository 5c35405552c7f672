"""When a seeded record was made and last changed, and the row version that follows from it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES, USER
from q2c_pipelines.platforms.dynamics365_sales.emulator.versions import A_SECOND, START, WORLDS


def existing(frame: pl.DataFrame, stamp: str, at: datetime) -> pl.DataFrame:
    """The rows whose time has come."""
    return frame.filter(pl.col(stamp) <= at)


def happened(stamp: str, at: datetime) -> pl.Expr:
    """Whether a time has come; one that never comes has not."""
    return (pl.col(stamp) <= at).fill_null(value=False)


def changed(at: datetime, created: str, *later: str) -> pl.Expr:
    """The newest of the times that have come."""
    come = [pl.when(happened(name, at)).then(pl.col(name)) for name in later]
    return pl.max_horizontal(pl.col(created), *come)


def stamps(number: str, created: str, changed: pl.Expr | None = None) -> list[pl.Expr]:
    """Created, changed, and the version of that change."""
    newest = pl.col(created) if changed is None else changed
    return [pl.col(created).alias("createdon"), newest.alias("modifiedon"), version(number, newest)]


def version(number: str, changed: pl.Expr) -> pl.Expr:
    """The row version of a change in the simulated company."""
    seconds = (changed - START).dt.total_seconds()
    return (seconds * A_SECOND + pl.col(number) % WORLDS).alias("versionnumber")


def complete(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table's rows with what every record has: who made it, flags that are not set, amounts in the environment's own currency."""
    table = TABLES[name]
    unset = [
        pl.lit(0).alias(each.name) for each in table.columns.values() if each.type == "bool" and each.name not in frame.columns
    ]
    bases = [pl.col(each).alias(f"{each}_base") for each in table.money if each in frame.columns]
    rate = [pl.lit(1.0).alias("exchangerate")] if "exchangerate" in table.columns else []
    makers = [pl.lit(USER).alias(f"_{who}_value") for who in ("createdby", "modifiedby", "ownerid")]
    return frame.with_columns(*unset, *bases, *rate, *makers)
