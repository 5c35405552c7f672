"""How good a rule is on documents whose partners are known: what it finds without their references, held against them.

matches, labels (left, right) -> one row a pass, one for all of them
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ALL = "all passes"


@dataclass(frozen=True)
class Judged:
    """How one pass did. `recall` is its share of all labels, so that those of the passes come to that of all of them."""

    step: str
    found: int
    right: int
    precision: float
    recall: float
    f1: float


def judge(pairs: pl.DataFrame, labels: pl.DataFrame) -> list[Judged]:
    """One row a pass in their order, and one for all: pairs found, and how many of them the labels know."""
    true = labels.select("left", "right").unique().with_columns(pl.lit(value=True).alias("is_true"))
    held = pairs.join(true, on=["left", "right"], how="left", maintain_order="left").with_columns(
        pl.col("is_true").fill_null(value=False)
    )
    steps = held["step"].unique(maintain_order=True).to_list()
    return [*(_judged(step, held.filter(pl.col("step") == step), len(true)) for step in steps), _judged(ALL, held, len(true))]


def missed(pairs: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """What the labels know and was not found, and what was found that they do not know: `left`, `right`, `is_found`."""
    one, other = pairs.select("left", "right"), labels.select("left", "right").unique()
    wrong = one.join(other, on=["left", "right"], how="anti").with_columns(pl.lit(value=True).alias("is_found"))
    lacking = other.join(one, on=["left", "right"], how="anti").with_columns(pl.lit(value=False).alias("is_found"))
    return pl.concat([wrong, lacking]).sort("left", "right")


def _judged(step: str, held: pl.DataFrame, labels: int) -> Judged:
    good = held.filter(pl.col("is_true"))
    precision, recall = len(good) / len(held) if len(held) else 0.0, len(good) / labels if labels else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Judged(step, len(held), len(good), precision, recall, f1)
