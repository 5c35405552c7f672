"""How well the rules find what was planted: precision and recall by company and by cause, against the sandbox's truth.

clean world -> cycle -> nothing; plant -> cycle -> exactly what was planted.  By rule, company, deal, platform, record, amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings

_FOUND = """
select rule, legal_entity, deal_key, platform, native_id, amount_at_risk, cause from mismatches.fct_mismatches where state = 'break'
"""
Identity = tuple[str, str, str, str, str, Decimal | None]  # the amount is null where it is not compared
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """One rule's score in one company, or of one cause. `missed` and `surplus` name the findings that differ."""

    rule: str
    of: str
    planted: int
    found: int
    hits: int
    missed: tuple[Identity, ...] = ()
    surplus: tuple[Identity, ...] = ()

    @property
    def precision(self) -> float:
        """Of what was found, the share that was planted."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of what was planted, the share that was found."""
        return self.hits / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.hits / (self.planted + self.found) if self.planted + self.found else 1.0

    @property
    def is_perfect(self) -> bool:
        return self.hits == self.planted == self.found


@dataclass(frozen=True)
class Scores:
    """What one look at a broken group came to. Of causes, only of what was planted with one."""

    by_company: list[Score]
    by_cause: list[Score]


def score(settings: Settings, truth: Iterable[Row]) -> Scores:
    """The score of every rule that planted or found something, by company and by cause."""
    planted, found = list(truth), [dict(each) for each in warehouse.query(settings, _FOUND)]
    twice = _broken_twice(planted)
    chains = {_identity(each, "", twice): each["chain"] for each in planted}
    for each in found:
        # of a platform that serves several companies nobody may know whose a record is: then it is of what was planted like it
        each["chain"] = each["legal_entity"] or chains.get(_identity(each, "", twice), "")
    said = {_identity(each, each["chain"], twice): each["cause"] for each in planted if each.get("cause")}
    causes = Counter((one, cause) for one, cause in said.items())
    told = Counter((one, each["cause"]) for each in found if (one := _identity(each, each["chain"], twice)) in said)
    return Scores(
        _scored(_counted(planted, twice), _counted(found, twice), lambda one: one[:2]),
        _scored(causes, told, lambda one: (one[0][0], one[1])),
    )


def added(scores: Iterable[Score]) -> list[Score]:
    """The scores of several looks as one, by rule and company or cause."""
    together: dict[tuple[str, str], list[Score]] = {}
    for each in scores:
        together.setdefault((each.rule, each.of), []).append(each)
    return [_sum(each) for _, each in sorted(together.items())]


def by_rule(scores: Iterable[Score]) -> list[Score]:
    """The scores of each rule in all companies together."""
    return added(Score(each.rule, "", each.planted, each.found, each.hits, each.missed, each.surplus) for each in scores)


def explained(scores: Iterable[Score], silent: Collection[str]) -> Iterator[str]:
    """What differs, a sentence each. `silent` are the platforms that nothing was read from after the planting."""
    for each in scores:
        for one in each.missed:
            unread = f"; nothing was read from {one[3]} after the planting" if one[3] in silent else ""
            yield f"{each.rule} in {each.of}: planted and not found: {_told(one)}{unread}."
        for one in each.surplus:
            yield f"{each.rule} in {each.of}: found and not planted: {_told(one)}."


def _broken_twice(planted: Iterable[Row]) -> set[str]:
    """The deals that were broken in more than one way: what one does to an amount the other does not know."""
    ways = {(each["deal_key"], each["serial"]) for each in planted}
    return {deal for deal, count in Counter(deal for deal, _ in ways).items() if count > 1}


def _told(one: Identity) -> str:
    _, _, deal, platform, record, amount = one
    money = "" if amount is None else f", {amount:,} at risk"
    return f"record {record or 'none'} in {platform}{money}, deal {deal or 'none'}"


def _scored(planted: Counter[Any], found: Counter[Any], of: Any) -> list[Score]:
    groups = sorted({of(one) for one in planted | found})
    return [_score(group, _only(group, planted, of), _only(group, found, of)) for group in groups]


def _score(group: tuple[str, str], planted: Counter[Any], found: Counter[Any]) -> Score:
    missed, surplus = planted - found, found - planted
    differing = (tuple(sorted((_plain(one) for one in each.elements()), key=str)) for each in (missed, surplus))
    return Score(*group, planted.total(), found.total(), (planted & found).total(), *differing)


def _plain(one: Any) -> Identity:
    """The finding, without the cause it was given."""
    identity: Identity = one[0] if isinstance(one[0], tuple) else one
    return identity


def _only(group: tuple[str, str], counted: Counter[Any], of: Any) -> Counter[Any]:
    return Counter({one: count for one, count in counted.items() if of(one) == group})


def _sum(scores: Sequence[Score]) -> Score:
    planted, found, hits = (sum(getattr(each, name) for each in scores) for name in ("planted", "found", "hits"))
    missed, surplus = (tuple(one for each in scores for one in getattr(each, name)) for name in ("missed", "surplus"))
    return Score(scores[0].rule, scores[0].of, planted, found, hits, missed, surplus)


def _counted(rows: Iterable[Row], twice: Collection[str]) -> Counter[Identity]:
    return Counter(_identity(each, each["chain"], twice) for each in rows)


def _identity(each: Row, chain: str, twice: Collection[str]) -> Identity:
    deal = each["deal_key"] or ""
    money = Decimal(str(each.get("amount_at_risk", each.get("amount")) or 0)).quantize(Decimal("0.01"))
    return each["rule"], chain, deal, each["platform"], str(each["native_id"] or ""), None if deal in twice else money
