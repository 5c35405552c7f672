"""How well the rules find what was planted: precision and recall by rule and company, against the sandbox's truth.

clean world -> cycle -> nothing; plant -> cycle -> exactly what was planted.  By rule, company, deal, platform, record, amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings

_FOUND = """
select rule, legal_entity, deal_key, platform, native_id, amount_at_risk from mismatches.fct_mismatches where state = 'break'
"""
Identity = tuple[str, str, str, str, str, Decimal]


@dataclass(frozen=True)
class Score:
    """One rule's score in one company. `missed` and `surplus` name the findings that differ."""

    rule: str
    chain: str
    planted: int
    found: int
    hits: int
    missed: tuple[Identity, ...]
    surplus: tuple[Identity, ...]

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.planted if self.planted else 1.0

    @property
    def is_perfect(self) -> bool:
        return not self.missed and not self.surplus


def score(settings: Settings, truth: Iterable[Mapping[str, Any]]) -> list[Score]:
    """One score a rule and company that planted or found something."""
    planted = Counter(_identity(each, each["chain"], "amount") for each in truth)
    chains = {each[:1] + each[2:]: each[1] for each in planted}
    found = Counter(_found(each, chains) for each in warehouse.query(settings, _FOUND))
    return [_score(*of, _of(of, planted), _of(of, found)) for of in sorted({each[:2] for each in planted | found})]


def explained(scores: Iterable[Score], silent: Collection[str]) -> Iterator[str]:
    """What differs, a sentence each. `silent` are the platforms that nothing was read from after the planting."""
    for each in scores:
        for one in each.missed:
            unread = f"; nothing was read from {one[3]} after the planting" if one[3] in silent else ""
            yield f"{each.rule} in {each.chain}: planted and not found: {_told(one)}{unread}."
        for one in each.surplus:
            yield f"{each.rule} in {each.chain}: found and not planted: {_told(one)}."


def _told(one: Identity) -> str:
    _, _, deal, platform, record, amount = one
    return f"record {record or 'none'} in {platform}, {amount:,} at risk, deal {deal or 'none'}"


def _score(rule: str, chain: str, planted: Counter[Identity], found: Counter[Identity]) -> Score:
    missed, surplus = planted - found, found - planted
    hits = (planted & found).total()
    return Score(
        rule, chain, planted.total(), found.total(), hits, tuple(sorted(missed.elements())), tuple(sorted(surplus.elements()))
    )


def _of(which: tuple[str, ...], counted: Counter[Identity]) -> Counter[Identity]:
    return Counter({each: count for each, count in counted.items() if each[:2] == which})


def _found(row: Mapping[str, Any], chains: Mapping[tuple[Any, ...], str]) -> Identity:
    """What was found, in the company of what was planted like it where the platform serves several and nobody knows whose it is."""
    one = _identity(row, row["legal_entity"] or "", "amount_at_risk")
    return one if one[1] else (one[0], chains.get(one[:1] + one[2:], ""), *one[2:])


def _identity(each: Mapping[str, Any], chain: str, amount: str) -> Identity:
    money = Decimal(str(each[amount] or 0)).quantize(Decimal("0.01"))
    return each["rule"], chain, each["deal_key"] or "", each["platform"], str(each["native_id"] or ""), money
