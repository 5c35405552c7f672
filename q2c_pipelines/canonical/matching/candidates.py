"""Which records of two pools a pass has to look at: what its conditions leave, found by sorting, not by comparing all with all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from q2c_pipelines.canonical.matching.pool import SCALE
from q2c_pipelines.canonical.matching.rules import Apart, Drift, Equal, Pass

MOST = 500  # candidates of one record; with more, it is clear to nobody
_BETWEEN = "\x1f"
_LEAST = 4  # characters of what is looked for in a text; a shorter number stands in too many
_WORDS = 3  # a number that was written with blanks or strokes in it


@dataclass(frozen=True)
class Candidates:
    """Pairs of places in the pools, with the difference left - right; and the places that have too many to be clear."""

    pairs: pl.DataFrame  # left, right, block, difference, slack, apart
    crowded_left: set[int]
    crowded_right: set[int]


def candidates(left: pl.DataFrame, right: pl.DataFrame, step: Pass) -> Candidates:
    """What fits all conditions of the pass, of two pools' live records; a field or moment that is not known fits nothing."""
    ours, theirs = _blocked(left, step.equal, "left"), _blocked(right, step.equal, "right")
    place, low, high = _windows(ours, theirs, step.amount)
    count = high - low
    crowded = count > MOST
    covered = _covered(low[crowded], high[crowded], len(ours))
    crowded_right = theirs["index"].to_numpy()[crowded].tolist()
    low, count, theirs = low[~crowded], count[~crowded], theirs.filter(pl.Series(~crowded))
    at_right = np.repeat(np.arange(len(theirs)), count)
    at_left = place[np.arange(count.sum()) - np.repeat(count.cumsum() - count, count) + np.repeat(low, count)]
    one, other = ours[at_left], theirs[at_right]
    apart = _apart(one, other, step.date)
    fits = (one["rest"] > 0) == (other["rest"] > 0)
    for each in step.agree:
        fits &= _agree(one, other, each)
    if step.date:
        fits &= (apart <= step.date.microseconds).fill_null(value=False)
    pairs = pl.DataFrame(
        {
            "left": one["index"].cast(pl.Int64),
            "right": other["index"].cast(pl.Int64),
            "block": one["block"],
            "difference": one["rest"] - other["rest"],
            "slack": slack(other["rest"], step.settles or step.amount),
            "apart": apart,
        }
    ).filter(fits)
    pairs = pairs.unique(["left", "right"], keep="first", maintain_order=True).sort("left", "right")
    many = pairs.group_by("left").len().filter(pl.col("len") > MOST)["left"].to_list()
    return Candidates(pairs, {*many, *ours["index"].to_numpy()[place[covered]].tolist()}, set(crowded_right))


def slack_of(amount: int, drift: Drift | None) -> int:
    """The same for one amount."""
    units = 0 if drift is None else int(drift.by.scaleb(SCALE))
    return units if drift is None or drift.of == "currency_units" else abs(amount) * units // 10**SCALE


def _agree(one: pl.DataFrame, other: pl.DataFrame, each: Equal) -> pl.Series:
    """Which pairs say the same, or nothing, in these fields."""
    if each.left not in one.columns or each.right not in other.columns:
        return pl.Series(np.zeros(len(one), dtype=bool))
    said = [
        frame.select(_said(pl.col(name).cast(pl.String).str.to_uppercase().str.strip_chars(), each.how)).to_series()
        for frame, name in ((one, each.left), (other, each.right))
    ]
    return (said[0] == said[1]).fill_null(value=True)


def slack(amounts: pl.Series, drift: Drift | None) -> pl.Series:
    """How far from each amount another may be, in ten-thousandths, the bound included; without a drift nothing but the amount."""
    if drift is None or drift.of == "currency_units":
        units = 0 if drift is None else int(drift.by.scaleb(SCALE))
        return pl.Series("slack", np.full(len(amounts), units, dtype=np.int64))
    wide = [pl.lit(value, dtype=pl.Int128) for value in (int(drift.by.scaleb(SCALE)), 10**SCALE, 2**62)]
    far = pl.lit(amounts).abs().cast(pl.Int128) * wide[0] // wide[1]
    return pl.select(pl.min_horizontal(far, wide[2]).cast(pl.Int64).alias("slack")).to_series()


def _blocked(records: pl.DataFrame, equal: list[Equal], side: str) -> pl.DataFrame:
    """The records with the text by which two have to agree, in full; those that lack a part of it are left out."""
    if any(getattr(each, side) not in records.columns for each in equal):
        return records.clear().with_columns(pl.lit("").alias("block"))
    names = [f"_{place}" for place in range(len(equal))]
    found = records
    for name, each in zip(names, equal, strict=True):
        field = pl.col(getattr(each, side)).cast(pl.String).str.to_uppercase().str.strip_chars()
        if each.how == "contained" and side == "left":
            found = _worded(found.with_columns(field.alias(name)), name)
        else:
            found = found.with_columns(_said(field, each.how).alias(name))
    parts = [pl.col("scope"), pl.col("currency"), *(pl.when(pl.col(name) != "").then(pl.col(name)) for name in names)]
    return found.with_columns(pl.concat_str(parts, separator=_BETWEEN).alias("block")).drop_nulls("block")


def _said(field: pl.Expr, how: str) -> pl.Expr:
    if how == "digits":
        return field.str.replace_all(r"[^0-9]", "")
    letters = field.str.replace_all(r"[^\p{L}\p{N}]", "")
    if how == "contained":
        return pl.when(letters.str.len_chars() >= _LEAST).then(letters)
    return letters if how == "letters_and_digits" else field


def _worded(records: pl.DataFrame, name: str) -> pl.DataFrame:
    """A row for every word of the text, and for every two and three that follow each other."""
    words = records.with_columns(pl.col(name).str.extract_all(r"[\p{L}\p{N}]+")).explode(name)
    runs = [
        words.with_columns(pl.concat_str(*(pl.col(name).shift(-step).over("index") for step in range(count))).alias(name))
        for count in range(1, _WORDS + 1)
    ]
    return pl.concat(runs).drop_nulls(name).unique(["index", name], maintain_order=True)


def _windows(ours: pl.DataFrame, theirs: pl.DataFrame, drift: Drift | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order in which the left records lie, and for each right one from where to where in it its candidates are."""
    codes = pl.concat([ours["block"], theirs["block"]]).rank("dense").cast(pl.Int64).to_numpy()
    block, their_block = codes[: len(ours)], codes[len(ours) :]
    if drift is None:
        key, low, high = block, their_block, their_block
    else:
        rest, their_rest, far = ours["rest"].to_numpy(), theirs["rest"].to_numpy(), slack(theirs["rest"], drift).to_numpy()
        values = np.unique(np.concatenate([rest, their_rest - far, their_rest + far]))
        key, low, high = (
            codes * (len(values) + 1) + np.searchsorted(values, amounts)
            for codes, amounts in ((block, rest), (their_block, their_rest - far), (their_block, their_rest + far))
        )
    order = np.argsort(key, kind="stable")
    return order, np.searchsorted(key[order], low, "left"), np.searchsorted(key[order], high, "right")


def _covered(low: np.ndarray, high: np.ndarray, size: int) -> np.ndarray:
    """Which places lie in one of these windows."""
    steps = np.zeros(size + 1, dtype=np.int64)
    np.add.at(steps, low, 1)
    np.add.at(steps, high, -1)
    return steps.cumsum()[:size] > 0


def _apart(one: pl.DataFrame, other: pl.DataFrame, date: Apart | None) -> pl.Series:
    """Microseconds between the two moments; null where one is not known."""
    names = ("at", "at") if date is None else (date.left, date.right)
    if names[0] not in one.columns or names[1] not in other.columns:
        return pl.Series("apart", [None] * len(one), dtype=pl.Int64)
    moments = (frame[name].cast(pl.Datetime("us")).cast(pl.Int64) for frame, name in zip((one, other), names, strict=True))
    first, second = moments
    return (first - second).abs().alias("apart")
