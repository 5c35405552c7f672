"""Subset sums by meeting in the middle find what trying all would find."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as some

from q2c_pipelines.canonical.matching.candidates import slack, slack_of
from q2c_pipelines.canonical.matching.rules import Drift
from q2c_pipelines.canonical.matching.sums import subsets


@settings(max_examples=80, deadline=None)
@given(some.lists(some.integers(1, 30), max_size=9), some.integers(1, 60), some.integers(0, 2), some.integers(2, 4))
def test_the_sets_found_are_those_of_trying_all(amounts: list[int], target: int, slack: int, parts: int) -> None:
    tried = {
        chosen
        for count in range(2, parts + 1)
        for chosen in combinations(range(len(amounts)), count)
        if abs(sum(amounts[place] for place in chosen) - target) <= slack
    }
    found = subsets(amounts, target, slack, parts, enough=10_000)
    assert len(found) == len(set(found))
    assert set(found) == tried


@given(some.integers(-(10**18), 10**18), some.integers(0, 10_000))
def test_the_slack_of_one_amount_is_that_of_many(amount: int, share: int) -> None:
    drift = Drift(by=Decimal(share).scaleb(-4))
    assert slack(pl.Series([amount, 7]), drift)[0] == slack_of(amount, drift)
