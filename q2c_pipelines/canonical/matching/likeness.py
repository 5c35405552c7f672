"""How alike two documents are, in ten-thousandths: texts by rapidfuzz, amounts and moments by how near they are in the bound."""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from q2c_pipelines.canonical.matching.rules import Alike, Pass

WHOLE = 10_000
_LIKE = {"whole": fuzz.ratio, "part": fuzz.partial_ratio, "words": fuzz.token_set_ratio}


def scored(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, step: Pass) -> pl.DataFrame:
    """The candidates with their `score`; of a tolerance pass it is how near they are, of a reference 1."""
    near_amount = (
        pl.when(pl.col("slack") > 0)
        .then(WHOLE - (pl.col("difference").abs().cast(pl.Int128) * WHOLE // pl.col("slack")).cast(pl.Int64))
        .otherwise(WHOLE)
    )
    bound = step.date.microseconds if step.date else 0
    near_date = WHOLE - pl.col("apart") * WHOLE // bound if bound else pl.lit(WHOLE)
    if step.score is None:
        by_date, by_amount = step.date is not None, step.amount is not None and step.amount.by > 0
        score = (near_date + near_amount) // 2 if by_date and by_amount else near_date if by_date else near_amount
        return pairs.with_columns(_sure(score if step.method == "tolerance" else pl.lit(WHOLE), step))
    texts = [(_alike(pairs, left, right, each) * each.weight) for each in step.score.texts]
    weights = sum(each.weight for each in step.score.texts) + step.score.amount + step.score.date
    summed = sum(texts, pl.Series(np.zeros(len(pairs), dtype=np.int64)))
    total = pairs.with_columns(summed.alias("_texts")).with_columns(
        _sure((pl.col("_texts") + near_amount * step.score.amount + near_date * step.score.date) // weights, step)
    )
    return total.drop("_texts").filter(pl.col("score") >= int(step.score.at_least * WHOLE))


def _sure(nearness: pl.Expr, step: Pass) -> pl.Expr:
    return (nearness * int(step.sure * WHOLE) // WHOLE).cast(pl.Int64).alias("score")


def _alike(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, each: Alike) -> pl.Series:
    """Nothing where a text is not known."""
    if each.left not in left.columns or each.right not in right.columns:
        return pl.Series(np.zeros(len(pairs), dtype=np.int64))
    one, other = (
        frame[pairs[side]][name].cast(pl.String).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
        for frame, side, name in ((left, "left", each.left), (right, "right", each.right))
    )
    if each.how != "words":
        one, other = one.str.replace_all(" ", ""), other.str.replace_all(" ", "")
    known = (one.fill_null("") != "") & (other.fill_null("") != "")
    likeness = process.cpdist(one.fill_null(""), other.fill_null(""), scorer=_LIKE[each.how]) if len(pairs) else np.zeros(0)
    return pl.Series(np.rint(likeness * (WHOLE // 100)).astype(np.int64)) * known.cast(pl.Int64)
