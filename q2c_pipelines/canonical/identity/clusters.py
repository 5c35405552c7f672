"""Which accounts are one customer, by their references, by what people decided and by the links between them: pure functions.

accounts by reference -> merges -> splits -> links, the strongest first -> clusters -> the key of each account's customer
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

_CLEAR = 1.0  # by so much (a match weight) has the likeliest customer to be ahead of the next: twice the odds


@dataclass(frozen=True)
class Account:
    """An account as the platforms' own references have it: `key` is its customer's, none where it names no customer of the CRM."""

    name: str
    key: str | None
    created_at: str = ""


@dataclass(frozen=True)
class Link:
    """Two accounts that may be one customer; `weight` is the base-2 logarithm of the odds that they are."""

    account: str
    other: str
    weight: float
    score: float


class Decided(Protocol):
    """What a person has decided of two accounts."""

    @property
    def action(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def other(self) -> str: ...


@dataclass(frozen=True)
class Assigned:
    """Whose customer an account is, where its own reference does not say so: `linked`, or `merged` or `split` by a person."""

    account: str
    key: str
    method: str
    score: float


Cluster = frozenset[str]
Clusters = dict[str, Cluster]  # by each of its accounts


def joined(
    links: Iterable[Link],
    may_join: Callable[[Cluster, Cluster], bool] = lambda *_: True,
    begun: Mapping[str, Cluster] | None = None,
) -> Clusters:
    """The clusters that the links make, the strongest first; a link that would join what may not be joined makes none."""
    clusters: Clusters = dict(begun or {})
    for link in sorted(links, key=lambda each: (-each.weight, each.account, each.other)):
        one, other = (clusters.get(name, frozenset([name])) for name in (link.account, link.other))
        if one != other and may_join(one, other):
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


def resolve(
    accounts: Sequence[Account], links: Sequence[Link], decided: Sequence[Decided], before: Mapping[str, str]
) -> list[Assigned]:
    """Whose customer each account is whose own reference does not say so. `before`: the keys that were assigned last.

    Two customers of the CRM are made one by a person alone. An account that might be of either of two is of neither.
    """
    known = {each.name: each for each in accounts}
    keys = {each.name: each.key for each in accounts if each.key}
    merges = [
        Link(each.account, each.other, 0, 1)
        for each in decided
        if each.action == "merge" and {each.account, each.other} <= known.keys()
    ]
    merged = joined(merges, begun=_by_key(accounts))
    leaving = _leaving(decided, merged, keys)
    keys = {name: key for name, key in keys.items() if name not in leaving}
    begun = {name: cluster - leaving for name, cluster in merged.items() if name not in leaving}
    apart = {frozenset([each.account, each.other]) for each in decided if each.action == "split"}

    def may_join(one: Cluster, other: Cluster) -> bool:
        both_known = any(name in keys for name in one) and any(name in keys for name in other)
        return not both_known and not any(pair <= one | other for pair in apart)

    clusters = joined(_clear(links, keys), may_join, begun)
    named = _named(
        {*map(frozenset, clusters.values()), *(frozenset([name]) for name in leaving - clusters.keys())}, known, keys, before
    )
    return sorted(_assigned(named, known, links, leaving), key=lambda each: each.account)


def _by_key(accounts: Iterable[Account]) -> Clusters:
    by_key: dict[str, set[str]] = {}
    for each in accounts:
        if each.key:
            by_key.setdefault(each.key, set()).add(each.name)
    return {name: frozenset(names) for names in by_key.values() for name in names}


def _leaving(decided: Iterable[Decided], merged: Clusters, keys: Mapping[str, str]) -> frozenset[str]:
    """The accounts that a split takes out of a customer: the first of the two, unless that is the CRM's own record."""
    together = [each for each in decided if each.action == "split" and each.other in merged.get(each.account, ())]
    return frozenset(each.other if keys.get(each.account) == each.account else each.account for each in together)


def _clear(links: Iterable[Link], keys: Mapping[str, str]) -> list[Link]:
    """The links without those of an account that is as likely of one customer as of another."""
    best: dict[str, dict[str, float]] = {}
    listed = list(links)
    for link in listed:
        for one, other in ((link.account, link.other), (link.other, link.account)):
            if one not in keys and other in keys:
                weights = best.setdefault(one, {})
                weights[keys[other]] = max(link.weight, weights.get(keys[other], link.weight))
    unclear = {name for name, weights in best.items() if len(weights) > 1 and _lead(weights.values()) < _CLEAR}
    return [each for each in listed if not ({each.account, each.other} & unclear and {each.account, each.other} & keys.keys())]


def _lead(weights: Iterable[float]) -> float:
    first, second = sorted(weights, reverse=True)[:2]
    return first - second


def _named(
    clusters: Iterable[Cluster], known: Mapping[str, Account], keys: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str]:
    """By account, its cluster's key: the CRM's, of several the eldest; else the one it had, as long as it shares an account."""
    named: dict[str, str] = {}
    taken: set[str] = set()
    for cluster in sorted(clusters, key=lambda each: (_eldest(each, known), sorted(each))):
        held = {keys[name] for name in cluster if name in keys}
        had = {before[name] for name in cluster if name in before} - taken
        own = {key for key in had if key in cluster or key not in known}
        key = _eldest(held, known) if held else _eldest(own or cluster, known)
        taken.add(key)
        named |= dict.fromkeys(cluster, key)
    return named


def _eldest(names: Iterable[str], known: Mapping[str, Account]) -> str:
    return min(names, key=lambda name: (known[name].created_at or "9" if name in known else "", name))


def _assigned(
    named: Mapping[str, str], known: Mapping[str, Account], links: Iterable[Link], leaving: frozenset[str]
) -> Iterable[Assigned]:
    scores: dict[str, float] = {}
    for link in links:
        if named.get(link.account) == named.get(link.other, ""):
            scores |= {name: max(link.score, scores.get(name, 0.0)) for name in (link.account, link.other)}
    for name, key in named.items():
        own = known[name].key
        if name in leaving:
            yield Assigned(name, key, "split", 1.0)
        elif key != (own or name):
            by_link = own is None and name in scores
            yield Assigned(name, key, "linked" if by_link else "merged", scores[name] if by_link else 1.0)
