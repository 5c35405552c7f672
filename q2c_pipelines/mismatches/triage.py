"""Whose a case is, by when it is to be resolved, how grave it has become, and who is told: `cases.yaml`, typed and checked.

finding -> the first owner, the first deadline, the most overdue rule that match -> what the case says
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from q2c_pipelines import declared
from q2c_pipelines.declared import Amount, Currency, Declared, PlatformName, Some
from q2c_pipelines.mismatches.rules import SEVERITIES, Severity, stages
from q2c_pipelines.outbox.persons import plain

Facts = Mapping[str, Any]
Hours = Annotated[int, Field(ge=0, le=24 * 366)]
Kind = Literal["mismatch", "gate", "action", "conflict", "invalid", "brake"]  # as Case.kind says


class InvalidTriage(ValueError):
    """A file that cannot be used; the message names it and the key."""


def _staged(stage: str) -> str:
    if stage not in stages():
        raise ValueError(f"there is no stage {stage!r}; known are {', '.join(stages())}")
    return stage


def _worded(name: str) -> str:
    if not plain(name):
        raise ValueError("a case is given to somebody: name them, or leave the key out")
    return name


Stage = Annotated[str, AfterValidator(_staged)]


class Matching(Declared):
    """Which cases are meant: those that are as everything it names; what it does not name matches all."""

    rule: Some[str] | None = None
    stage: Some[Stage] | None = None
    platform: Some[PlatformName] | None = None
    legal_entity: Some[str] | None = None
    severity: Some[Severity] | None = None
    currency: Some[Currency] | None = None
    amount_from: Amount | None = None

    @model_validator(mode="after")
    def _is_money(self) -> Matching:
        declared.in_one_currency("amount_from", self.amount_from, self.currency)
        return self

    def matches(self, facts: Facts) -> bool:
        """Whether it means a case with these facts."""
        named = ("rule", "stage", "platform", "legal_entity", "severity", "currency")
        is_enough = self.amount_from is None or Decimal(facts.get("amount_at_risk") or 0) >= self.amount_from
        return is_enough and all(facts.get(name) in wanted for name in named if (wanted := getattr(self, name)) is not None)


class Owner(Matching):
    """The team that a case goes to, and the person."""

    owner: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    assign_to: Annotated[str, AfterValidator(_worded)] | None = None


class Deadline(Matching):
    """How long a case may take."""

    hours: Hours


class Overdue(Matching):
    """What becomes of a case that takes longer."""

    after_hours: Hours = 0
    raise_to: Severity


class Alert(Matching):
    """Who is told. Besides what every rule can name: the kind of case, the customers, and how near its company's next close is."""

    channel: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    kind: Some[Kind] | None = None
    customer: Some[str] | None = None
    closes_within_days: Annotated[int, Field(ge=0, le=366)] | None = None

    def matches(self, facts: Facts) -> bool:
        """Whether it means a case with these facts; of a company whose next close is not known none is near."""
        days, customers = facts.get("closes_in_days"), self.customer and {name.casefold() for name in self.customer}
        is_near = self.closes_within_days is None or (days is not None and days <= self.closes_within_days)
        is_theirs = customers is None or (facts.get("customer") or "").casefold() in customers
        return is_near and is_theirs and (self.kind is None or facts.get("kind") in self.kind) and super().matches(facts)


Rule = TypeVar("Rule", bound=Matching)


class Triage(Declared):
    """All that `cases.yaml` says."""

    owners: Sequence[Owner] = ()
    deadlines: Sequence[Deadline] = ()
    overdue: Sequence[Overdue] = ()
    alerts: Sequence[Alert] = ()

    def owner(self, facts: Facts) -> tuple[str | None, str | None]:
        """The team of a case with these facts, and who takes it on at once."""
        found = _first(self.owners, facts)
        return (found.owner, found.assign_to) if found else (facts.get("owner"), None)

    def hours(self, facts: Facts) -> int | None:
        """Within how many hours such a case is to be resolved."""
        found = _first(self.deadlines, facts)
        return found.hours if found else facts.get("sla_hours")

    def severity(self, facts: Facts, resolve_by: datetime | None, now: datetime) -> str | None:
        """How grave it is by now: as the most hours say that have passed. What is overdue is never less grave for that."""
        late = [each for each in self.overdue if resolve_by and resolve_by + timedelta(hours=each.after_hours) < now]
        found = _first(sorted(late, key=lambda each: -each.after_hours), facts)
        given = facts.get("severity")
        return min(found.raise_to, given or found.raise_to, key=SEVERITIES.index) if found else given

    def channels(self, facts: Facts) -> list[str]:
        """Who is told of such a case."""
        return list(dict.fromkeys(each.channel for each in self.alerts if each.matches(facts)))


AS_THE_RULES_SAY = Triage()


def _first(rules: Sequence[Rule], facts: Facts) -> Rule | None:
    return next((each for each in rules if each.matches(facts)), None)


def load_triage(
    path: Path | str,
    companies: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    platforms: Collection[str] | None = None,
) -> Triage:
    """What this file says; where they are given, it names no other companies, rules and instances. Raises InvalidTriage."""
    triage = declared.load(Triage, Path(path), InvalidTriage, "whose the cases are")
    for place, each in _all(triage):
        if strange := declared.strangers(each.legal_entity or (), companies):
            raise InvalidTriage(f"{path}: {place}.legal_entity: there is no company {strange}")
        if strange := declared.strangers(each.rule or (), codes):
            raise InvalidTriage(f"{path}: {place}.rule: there is no rule {strange}")
        if strange := declared.strange_instances(each.platform or (), platforms):
            raise InvalidTriage(f"{path}: {place}.platform: no company has {strange}")
    return triage


def _all(triage: Triage) -> Iterator[tuple[str, Matching]]:
    for name in ("owners", "deadlines", "overdue", "alerts"):
        yield from ((f"{name}.{place}", each) for place, each in enumerate(getattr(triage, name)))
