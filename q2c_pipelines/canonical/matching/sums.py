"""Which of several amounts add up to one: exactly, by meeting in the middle, in whole numbers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import combinations


def subsets(amounts: Sequence[int], target: int, slack: int, parts: int, enough: int = 2) -> list[tuple[int, ...]]:
    """The places of two to `parts` amounts whose sum is within `slack` of the target; ends when it has found `enough`.

    With n amounts it looks at no more than 2 ** (n / 2) sums of each half, and at the pairs of them that fit.
    """
    middle = len(amounts) // 2
    second = sorted((total, places) for total, places in _sums(amounts, range(middle, len(amounts)), parts))
    totals = [total for total, _ in second]
    found: list[tuple[int, ...]] = []
    for total, places in _sums(amounts, range(middle), parts):
        low, high = bisect_left(totals, target - slack - total), bisect_right(totals, target + slack - total)
        for _, others in second[low:high]:
            if 2 <= len(places) + len(others) <= parts:
                found.append(places + others)
                if len(found) == enough:
                    return found
    return found


def _sums(amounts: Sequence[int], places: range, parts: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Every choice of at most `parts` places, none among them, with its sum."""
    for count in range(parts + 1):
        for chosen in combinations(places, count):
            yield sum(amounts[place] for place in chosen), chosen
