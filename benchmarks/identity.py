"""How well records of one and the same are found: F1 over pairs, on other people's persons and on made companies.

Nothing is learnt from what is true, and no threshold is chosen by it: persons are linked from even odds on, companies as
customers are.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import identity_companies, identity_persons
from q2c_pipelines.canonical.identity import accounts, clusters, customers, linkage
from q2c_pipelines.canonical.identity.clusters import Link

_EVEN = 0.0  # match weight at which it is as likely as not
_SEEDS = (101, 102, 103)  # none that anything was tried on


@dataclass(frozen=True)
class Found:
    """How well it went on one set of records: of the pairs found how many are right, and of the right ones how many were found."""

    records: int
    pairs: int
    precision: float
    recall: float
    seconds: float = 0.0

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0


def judge(found: Iterable[tuple[str, str]], truth: Mapping[str, int], seconds: float = 0.0) -> Found:
    """The pairs found, held against all pairs of records of one and the same."""
    pairs = list(found)
    right = sum(truth[one] == truth[other] for one, other in pairs)
    there = sum(math.comb(count, 2) for count in Counter(truth.values()).values())
    return Found(len(truth), there, right / len(pairs) if pairs else 1.0, right / there, seconds)


def persons(home: Path, name: str) -> Found:
    """One set of Febrl: the duplicates in a table, or what two tables without duplicates have in common, one to one."""
    tables, began = identity_persons.load(home, name), time.perf_counter()
    kind = identity_persons.persons(tables)
    links = _links(linkage.score(kind, linkage.train(kind, tables), tables, _EVEN), "rec_id")
    pairs = [(each.account, each.other) for each in clusters.one_to_one(links)] if len(tables) > 1 else _pairs(links)
    return judge(pairs, identity_persons.truth(tables), time.perf_counter() - began)


def companies(count: int, seed: int, *, learning: bool = False) -> Found:
    """Made companies, by the weights that q2c comes with, or by what is learnt from the records themselves."""
    rows, truth = identity_companies.made(count, seed)
    began = time.perf_counter()
    records = accounts.table(rows)
    weights = linkage.train(customers.CUSTOMERS, [records]) if learning else customers.shipped()
    links = _links(linkage.score(customers.CUSTOMERS, weights, [records], customers.THRESHOLD), "account")
    return judge(_pairs(links), truth, time.perf_counter() - began)


def measured(home: Path, count: int) -> dict[str, Found]:
    """Every set by what it is called."""
    people = {f"persons, {name}": persons(home, name) for name in identity_persons.SETS}
    shipped = {f"companies {seed}, shipped weights": companies(count, seed) for seed in _SEEDS}
    return people | shipped | {f"companies {seed}, learnt weights": companies(count, seed, learning=True) for seed in _SEEDS}


def _links(rows: Iterable[Mapping[str, object]], key: str) -> list[Link]:
    return [
        Link(str(row[f"{key}_l"]), str(row[f"{key}_r"]), float(str(row["match_weight"])), float(str(row["match_probability"])))
        for row in rows
    ]


def _pairs(links: Iterable[Link]) -> list[tuple[str, str]]:
    """All pairs of what is linked, also by way of others."""
    found = {frozenset(cluster) for cluster in clusters.joined(links).values()}
    return [pair for cluster in sorted(map(sorted, found)) for pair in itertools.combinations(cluster, 2)]
