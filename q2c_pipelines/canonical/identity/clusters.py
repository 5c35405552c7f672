"""Which accounts are one customer, by the links between them: pure functions.

links, the strongest first -> clusters, in which no two accounts are that must be kept apart
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """Two accounts that may be one customer; `weight` is the base-2 logarithm of the odds that they are."""

    account: str
    other: str
    weight: float
    score: float


Clusters = dict[str, frozenset[str]]  # by each of its accounts


def joined(links: Iterable[Link], may_join: Callable[[frozenset[str], frozenset[str]], bool] = lambda *_: True) -> Clusters:
    """The clusters that the links make, the strongest first; a link that would join what may not be joined makes none."""
    clusters: Clusters = {}
    for link in sorted(links, key=lambda each: (-each.weight, each.account, each.other)):
        one, other = (clusters.get(name, frozenset([name])) for name in (link.account, link.other))
        if one is not other and may_join(one, other):
            clusters |= dict.fromkeys(one | other, one | other)
    return clusters


def one_to_one(links: Iterable[Link]) -> list[Link]:
    """Of links between two sets without duplicates: each account's strongest, where it is the strongest of both."""
    met: set[str] = set()
    kept = []
    for link in sorted(links, key=lambda each: (-each.weight, each.account, each.other)):
        if not {link.account, link.other} & met:
            met |= {link.account, link.other}
            kept.append(link)
    return kept
