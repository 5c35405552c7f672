"""Pass after pass over two pools: which records belong together, with how much money, and why the others have no partner.

rule, left records, right records -> Matched
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from q2c_pipelines.canonical.matching.candidates import Candidates, candidates, slack_of
from q2c_pipelines.canonical.matching.likeness import WHOLE, scored
from q2c_pipelines.canonical.matching.pool import MONEY, Pool, money, pool
from q2c_pipelines.canonical.matching.rules import Pass, Rule
from q2c_pipelines.canonical.matching.sums import subsets

PAIR: dict[str, Any] = {
    "left": pl.String,
    "right": pl.String,
    "currency": pl.String,
    "amount": MONEY,  # of both
    "difference": MONEY,  # what the left has beyond the right, where that settles both
    "step": pl.String,  # the pass
    "method": pl.String,
    "score": pl.Decimal(5, 4),
    "evidence": pl.String,
}
UNMATCHED: dict[str, Any] = {
    "side": pl.String,
    "key": pl.String,
    "currency": pl.String,
    "rest": MONEY,
    "why": pl.String,
    "candidates": pl.List(pl.String),
}
_TOLD = 5  # candidates that are named of one record


@dataclass(frozen=True)
class Matched:
    """Pairs in the order of the passes; every record with something open, on either side, with the reason and its candidates."""

    pairs: pl.DataFrame
    unmatched: pl.DataFrame


@dataclass(frozen=True)
class _Pair:
    left: int
    right: int
    score: int
    slack: int
    apart: int | None


def match(rule: Rule, left: pl.DataFrame, right: pl.DataFrame, currencies: Collection[str]) -> Matched:
    """Raises ValueError where the records are none that can be matched. The order of the records is of no consequence."""
    ours, theirs = pool(left, currencies), pool(right, currencies)
    many_left, many_right = rule.cardinality[0] == "N", rule.cardinality[2] != "1"
    rows: list[dict[str, object]] = []
    for step in rule.passes:
        one, other = ours.live(alone=not many_right), theirs.live(alone=not many_left)
        if step.sum:
            found = _added(step, ours, theirs, one, other)
        elif step.method == "reference":
            found = _referred(step, ours, theirs, candidates(one, other, step), many_left, many_right)
        else:
            found = _nearest(step, ours, theirs, candidates(one, other, step))
        rows += [_settle(step, ours, theirs, pair) for pair in found if ours.rest[pair.left] and theirs.rest[pair.right]]
    told = [*_unmatched("left", ours, theirs), *_unmatched("right", theirs, ours)]
    return Matched(pl.DataFrame(rows, PAIR, orient="row"), pl.DataFrame(told, UNMATCHED, orient="row"))


def _settle(step: Pass, ours: Pool, theirs: Pool, pair: _Pair) -> dict[str, object]:
    """Take from both what they have in common: all, where they are near enough to settle each other."""
    one, other = int(ours.rest[pair.left]), int(theirs.rest[pair.right])
    is_near = abs(one - other) <= pair.slack
    amount = min(one, other, key=abs)
    for side, place in ((ours, pair.left), (theirs, pair.right)):
        side.rest[place] = 0 if is_near else side.rest[place] - amount
        side.partners[place] += 1
        side.why.pop(place, None)
    difference = one - other if is_near else 0
    return {
        "left": ours.keys[pair.left],
        "right": theirs.keys[pair.right],
        "currency": ours.currencies[pair.left],
        "amount": money(amount),
        "difference": money(difference),
        "step": step.name,
        "method": step.method,
        "score": Decimal(pair.score) / WHOLE,
        "evidence": _evidence(step, ours, theirs, pair, one, other),
    }


def _evidence(step: Pass, ours: Pool, theirs: Pool, pair: _Pair, one: int, other: int) -> str:
    same = [f"{each.left} has {each.right} {theirs.frame[each.right][pair.right]}" for each in step.equal]
    apart = [] if pair.apart is None else [f"{pair.apart / 86_400_000_000:.1f} days apart"]
    return ", ".join([*same, f"{money(one).normalize():f} of {money(other).normalize():f}", *apart])


def _referred(step: Pass, ours: Pool, theirs: Pool, found: Candidates, many_left: bool, many_right: bool) -> list[_Pair]:
    """What names each other, the oldest first. One word that names several is clear to nobody."""
    pairs = found.pairs
    named = pairs.with_columns(pl.len().over("left", "block").alias("_named"))
    unclear = pl.col("_named") > 1
    if not many_right:
        unclear |= pl.len().over("left") > 1
    if not many_left:
        unclear |= pl.len().over("right") > 1
    unclear |= pl.col("left").is_in(list(found.crowded_left)) | pl.col("right").is_in(list(found.crowded_right))
    judged = named.with_columns(unclear.alias("_unclear"))
    _tell(ours, theirs, judged.filter(pl.col("_unclear")), found, "ambiguous")
    return _listed(scored(judged.filter(~pl.col("_unclear")), ours.frame, theirs.frame, step).sort("left", "right"))


def _nearest(step: Pass, ours: Pool, theirs: Pool, found: Candidates) -> list[_Pair]:
    """What is nearest to each other, both ways and by the lead; with those settled, again, until nothing more is clear."""
    open_pairs = scored(found.pairs, ours.frame, theirs.frame, step)
    lead = max(int(step.lead * WHOLE), 1)
    chosen: list[_Pair] = []
    while len(open_pairs):
        is_clear = _leads(open_pairs, "left", lead) & _leads(open_pairs, "right", lead)
        is_told = ~open_pairs["left"].is_in(list(found.crowded_left)) & ~open_pairs["right"].is_in(list(found.crowded_right))
        taken = open_pairs.filter(is_clear & is_told)
        if not len(taken):
            break
        chosen += _listed(taken)
        open_pairs = open_pairs.join(taken, on="left", how="anti").join(taken, on="right", how="anti")
    _tell(ours, theirs, open_pairs, found, "ambiguous")
    return chosen


def _leads(pairs: pl.DataFrame, side: str, lead: int) -> pl.Series:
    """Which pairs are the best of their record, by at least the lead over its second best."""
    best = pairs.group_by(side).agg(pl.col("score").max().alias("_best"), pl.col("score").top_k(2).min().alias("_next"), pl.len())
    joined = pairs.select(side, "score").join(best, on=side, how="left", maintain_order="left")
    is_best = (joined["score"] == joined["_best"]) & ((joined["len"] == 1) | (joined["_best"] - joined["_next"] >= lead))
    return is_best.alias(side)


def _added(step: Pass, ours: Pool, theirs: Pool, one: pl.DataFrame, other: pl.DataFrame) -> list[_Pair]:
    """Records whose sum is a record on the other side; or all of one customer, where both sides sum up to the same."""
    whole = Pass.model_construct(**(dict(step) | {"amount": None, "score": None}))
    pairs = candidates(one, other, whole).pairs
    if step.sum and step.sum.side == "both":
        return list(_totalled(step, ours, theirs, pairs))
    is_right = bool(step.sum and step.sum.side == "right")
    many, single = ("right", "left") if is_right else ("left", "right")
    parts, anchors = (theirs, ours) if is_right else (ours, theirs)
    sets = {anchor: _parts_of(step, anchor, anchors, parts, places) for anchor, places in _by(pairs, single, many)}
    claims: dict[int, int] = {}
    for found in sets.values():
        for place in {place for chosen in found for place in chosen}:
            claims[place] = claims.get(place, 0) + 1
    result = []
    for anchor, found in sets.items():
        if len(found) == 1 and all(claims[place] == 1 for place in found[0]):
            amount = abs(int(anchors.rest[anchor]))
            result += list(_paired(step, found[0], anchor, is_right, _slack(step, anchors, anchor, parts, found[0]), amount))
        elif found:
            anchors.why[anchor] = ("ambiguous sum", sorted({place for chosen in found for place in chosen}))
    return result


def _parts_of(step: Pass, anchor: int, anchors: Pool, parts: Pool, places: list[int]) -> list[tuple[int, ...]]:
    """Up to two sets of places that add up to the anchor; none where there are more than may be looked at."""
    assert step.sum
    target = int(anchors.rest[anchor])
    fitting = [place for place in sorted(places) if abs(int(parts.rest[place])) < abs(target) + slack_of(target, step.amount)]
    if len(fitting) > step.sum.among:
        anchors.why[anchor] = ("too many candidates to add up", fitting[:_TOLD])
        return []
    amounts = [int(parts.rest[place]) for place in fitting]
    found = subsets(amounts, target, slack_of(target, step.amount), step.sum.parts)
    return [tuple(fitting[place] for place in chosen) for chosen in found]


def _slack(step: Pass, anchors: Pool, anchor: int, parts: Pool, places: tuple[int, ...]) -> int:
    """What the sum differs by: the last part and the anchor settle each other in spite of it."""
    return abs(int(anchors.rest[anchor]) - sum(int(parts.rest[place]) for place in places))


def _paired(step: Pass, places: tuple[int, ...], anchor: int, is_right: bool, difference: int, amount: int) -> Iterator[_Pair]:
    score = (WHOLE - min(difference * WHOLE // amount, WHOLE)) * int(step.sure * WHOLE) // WHOLE
    for number, place in enumerate(sorted(places), 1):
        left, right = (anchor, place) if is_right else (place, anchor)
        yield _Pair(left, right, score, difference if number == len(places) else 0, None)


def _totalled(step: Pass, ours: Pool, theirs: Pool, pairs: pl.DataFrame) -> Iterator[_Pair]:
    """All that is open in a block, where both sides of it come to the same; what is older is settled first."""
    blocks = zip(_by(pairs, "block", "left"), _by(pairs, "block", "right"), strict=True)
    for (_, lefts), (_, rights) in blocks:
        left, right = sorted(set(lefts)), sorted(set(rights))
        one, other = sum(int(ours.rest[place]) for place in left), sum(int(theirs.rest[place]) for place in right)
        if len(left) * len(right) == len(lefts) and len(left) + len(right) > 2 and abs(one - other) <= slack_of(other, step.amount):
            yield from _across(step, ours, theirs, left, right, abs(one - other))


def _across(step: Pass, ours: Pool, theirs: Pool, left: list[int], right: list[int], difference: int) -> Iterator[_Pair]:
    """The pairs in which two lists of the same sum settle each other, place by place."""
    one, other = [int(ours.rest[place]) for place in left], [int(theirs.rest[place]) for place in right]
    here = there = 0
    while here < len(left) and there < len(right):
        is_last = here == len(left) - 1 and there == len(right) - 1
        yield _Pair(left[here], right[there], int(step.sure * WHOLE), difference if is_last else 0, None)
        amount = min(one[here], other[there], key=abs)
        one[here], other[there] = one[here] - amount, other[there] - amount
        here, there = here + (one[here] == 0), there + (other[there] == 0)


def _by(pairs: pl.DataFrame, name: str, other: str) -> Iterator[tuple[int, list[int]]]:
    """Each value of a column, in order, with the values of another."""
    for value, group in groupby(pairs.sort(name, "left", "right").select(name, other).iter_rows(), key=lambda row: row[0]):
        yield value, [row[1] for row in group]


def _listed(pairs: pl.DataFrame) -> list[_Pair]:
    columns = (pairs[name].to_list() for name in ("left", "right", "score", "slack", "apart"))
    return [_Pair(*row) for row in zip(*columns, strict=True)]


def _tell(ours: Pool, theirs: Pool, pairs: pl.DataFrame, found: Candidates, why: str) -> None:
    """Remember what kept these records from a partner."""
    for side, other, at, crowded in ((ours, "right", "left", found.crowded_left), (theirs, "left", "right", found.crowded_right)):
        for place, group in groupby(pairs.sort(at, other).select(at, other).iter_rows(), key=lambda row: row[0]):
            side.why[place] = (why, [row[1] for row in group][:_TOLD])
        for place in crowded:
            side.why[place] = ("too many candidates", [])


def _unmatched(name: str, side: Pool, other: Pool) -> Iterator[dict[str, object]]:
    keys, theirs, currencies = side.keys, other.keys, side.currencies
    for place in side.rest.nonzero()[0].tolist():
        why, named = side.why.get(place, ("rest" if side.partners[place] else "no candidate", []))
        rest = money(int(side.rest[place]))
        row = {"side": name, "key": keys[place], "currency": currencies[place], "rest": rest, "why": why}
        yield row | {"candidates": [theirs[each] for each in named]}
    for key, why in sorted(side.aside.items()):
        yield {"side": name, "key": key, "currency": None, "rest": None, "why": why, "candidates": []}
