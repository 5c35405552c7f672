"""Breaks a share of every company's finished deals, in all the ways that the rules know, many of them in two ways at once.

ways to break, victims in a drawn order -> Planting.  The same company, clock and share break the same deals.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain as joined
from pathlib import Path
from typing import Any

import numpy as np

from q2c_pipelines.sandbox import plants
from q2c_pipelines.sandbox.breakable import Breakable, breakables
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.plants import Broken, Planting
from q2c_pipelines.sandbox.victims import NOBODY, Key, Victim, candidates

DEALS = ("completed_deal", "amended_deal", "lost_deal")  # the kinds of victims that make up all finished deals
TWICE = 3  # every third broken deal is broken twice


def spread(company: Company, rules: Path, share: float) -> list[dict[str, Any]]:
    """Break deals until this share of each company's finished ones is broken, and return what must be found of the new breaks.

    What is no deal's (a product, a file) is broken once. Raises SandboxError, with nothing changed.
    """
    if not 0 < share <= 0.5:
        raise SandboxError("the share of deals that are broken is above 0 and at most 0.5")
    ways = breakables(company, rules)
    with plants.planting(company) as made:
        broken = [each for name in sorted({way.chain for way in ways}) for each in _in_company(made, name, ways, share)]
    return [finding for each in broken for finding in each.findings]


def _in_company(made: Planting, name: str, ways: list[Breakable], share: float) -> Iterator[Broken]:
    company = made.company
    rng = np.random.default_rng((company.size.seed, round(share * 10_000), sum(map(ord, name))))
    own = [way for way in ways if way.chain == name]
    yield from _single(made, [way for way in own if _is_single(way)])
    pools = {kind: _drawn(rng, company, name, kind) for kind in (*DEALS, "renewed_deal", "customer")}
    planted = {row["victim"] for row in company.memory.select("select victim from plants")}
    everyone = {victim.name for pool in pools.values() for victim in pool}
    wanted = round(share * sum(len(pools[kind]) for kind in DEALS)) - len(everyone & planted)
    yield from _broken(made, [way for way in own if not _is_single(way)], pools, wanted, rng)


def _is_single(way: Breakable) -> bool:
    return way.example.once or way.example.victim in (NOBODY, "product")


def _single(made: Planting, ways: list[Breakable]) -> Iterator[Broken]:
    """What is broken once, where it is not yet."""
    sql = "select distinct rule, chain from findings"
    there = {(row["rule"], row["chain"]) for row in made.company.memory.select(sql)}
    for way in ways:
        if (way.rule, way.chain) not in there:
            yield made.plant(way, plants.chosen(made.company, way))


def _drawn(rng: np.random.Generator, company: Company, name: str, kind: str) -> list[Victim]:
    worlds = company.worlds(company.now, name)
    found = list(joined.from_iterable(candidates(kind, world, company.now) for world in worlds))
    return [found[place] for place in rng.permutation(len(found))]


def _broken(
    made: Planting, ways: list[Breakable], pools: dict[str, list[Victim]], wanted: int, rng: np.random.Generator
) -> Iterator[Broken]:
    """Each way in turn, in another order each round, until enough deals are broken or no way finds another victim."""
    taken, count, had_one = plants.already_broken(made.company), 0, True
    while had_one:
        had_one = False
        for place in rng.permutation(len(ways)):
            way = ways[place]
            if count >= wanted:
                return
            if (victim := _next(way, pools[way.example.victim], taken)) is None:
                continue
            had_one, count = True, count + 1
            taken |= victim.taken | victim.near
            first = made.plant(way, victim)
            yield first
            if count % TWICE == 0:
                yield from _again(made, way, first, victim, [ways[each] for each in rng.permutation(len(ways))])


def _next(way: Breakable, pool: list[Victim], taken: set[Key]) -> Victim | None:
    free = (victim for is_free in (plants.is_far, plants.is_unbroken) for victim in pool if is_free(victim, taken))
    return next((victim for victim in free if plants.fits(way, victim)), None)


def _again(made: Planting, way: Breakable, first: Broken, victim: Victim, ways: list[Breakable]) -> Iterator[Broken]:
    """The same victim, broken in the first other way that leaves alone what was touched and does not hide the other."""
    for other in ways:
        if other.rule == way.rule or other.example.victim != way.example.victim or _hides(way, other) or _hides(other, way):
            continue
        if not plants.fits(other, victim):
            continue
        with suppress(SandboxError):
            yield made.plant(other, victim, apart_from=first.records)
            return


def _hides(one: Breakable, other: Breakable) -> bool:
    return not {other.rule, other.example.stage}.isdisjoint(one.example.hides)
