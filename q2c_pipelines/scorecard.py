"""How well the rules find what was planted: precision and recall by rule, against the sandbox's truth.

clean world -> cycle -> nothing; plant -> cycle -> exactly what was planted.  Matched by rule, deal, platform, record and amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings

_FOUND = "select rule, deal_key, platform, native_id, amount_at_risk, currency from mismatches.fct_mismatches where state = 'break'"
Identity = tuple[str, str, str, str, Decimal]


@dataclass(frozen=True)
class Score:
    """One rule's score. `missed` and `surplus` name the findings that differ."""

    rule: str
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
    """One score a rule that planted or found something."""
    planted = Counter(_identity(each, "amount") for each in truth)
    found = Counter(_identity(each, "amount_at_risk") for each in warehouse.query(settings, _FOUND))
    rules = sorted({each[0] for each in planted | found})
    return [_score(rule, _of(rule, planted), _of(rule, found)) for rule in rules]


def explained(scores: Iterable[Score], silent: Collection[str]) -> Iterator[str]:
    """What differs, a sentence each. `silent` are the platforms that nothing was read from after the planting."""
    for each in scores:
        for one in each.missed:
            unread = f"; nothing was read from {one[2]} after the planting" if one[2] in silent else ""
            yield f"{each.rule}: planted and not found: {_told(one)}{unread}."
        for one in each.surplus:
            yield f"{each.rule}: found and not planted: {_told(one)}."


def _told(one: Identity) -> str:
    _, deal, platform, record, amount = one
    return f"record {record or 'none'} in {platform}, {amount:,} at risk, deal {deal or 'none'}"


def _score(rule: str, planted: Counter[Identity], found: Counter[Identity]) -> Score:
    missed, surplus = planted - found, found - planted
    hits = (planted & found).total()
    return Score(rule, planted.total(), found.total(), hits, tuple(sorted(missed.elements())), tuple(sorted(surplus.elements())))


def _of(rule: str, counted: Counter[Identity]) -> Counter[Identity]:
    return Counter({each: count for each, count in counted.items() if each[0] == rule})


def _identity(each: Mapping[str, Any], amount: str) -> Identity:
    money = Decimal(str(each[amount] or 0)).quantize(Decimal("0.01"))
    return each["rule"], each["deal_key"] or "", each["platform"], str(each["native_id"] or ""), money
