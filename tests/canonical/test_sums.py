"""Subset sums by meeting in the middle find what trying all would find."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as some

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
