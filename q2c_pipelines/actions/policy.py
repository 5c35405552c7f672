"""What may go unattended, what needs a person, and what is never sent: `policy.yaml`, typed and checked.

action -> the first rule that matches -> unattended | approve | never, and why
          where ownership asks for a person: unattended -> approve
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from q2c_pipelines import declared
from q2c_pipelines.actions.rows import Planned
from q2c_pipelines.declared import Amount, Currency, Declared, PlatformName, Some, exact
from q2c_pipelines.mismatches.rules import Severity
from q2c_pipelines.outbox.keys import kinds

Decision = Literal["unattended", "approve", "never"]


@dataclass(frozen=True)
class Ruling:
    """What is decided on an action, and why, for the person who looks at it."""

    decision: Decision | Literal["held"]
    reason: str


class InvalidPolicy(ValueError):
    """A policy that cannot be used; the message names the file and the key."""


def _known(command: str) -> str:
    if command not in kinds():
        raise ValueError(f"there is no command {command!r}; known are {', '.join(sorted(kinds()))}")
    return command


CommandName = Annotated[str, AfterValidator(_known)]


class Rule(Declared):
    """What is decided for the actions that match everything it names; what it does not name matches all."""

    command: Some[CommandName] | None = None
    platform: Some[PlatformName] | None = None
    legal_entity: Some[str] | None = None
    severity: Some[Severity] | None = None
    currency: Some[Currency] | None = None
    amount_up_to: Amount | None = None
    booked_before: date | None = None
    decide: Decision

    @model_validator(mode="after")
    def _is_money(self) -> Rule:
        declared.in_one_currency("amount_up_to", self.amount_up_to, self.currency)
        return self

    def matches(self, action: Planned) -> bool:
        """Whether it says anything about this action. Without money in it an action has no currency to match, and what books
        nothing is not booked before any day.
        """
        pairs = [
            (self.command, action.kind),
            (self.platform, action.command.platform),
            (self.legal_entity, action.command.legal_entity),
            (self.severity, action.severity),
            (self.currency if action.amount else None, action.currency),
        ]
        within = self.amount_up_to is None or action.amount <= self.amount_up_to
        early = self.booked_before is None or (action.booked_on is not None and action.booked_on < self.booked_before)
        return within and early and all(wanted is None or has in wanted for wanted, has in pairs)

    def __str__(self) -> str:
        named = {name: value for name, value in self if value is not None and name != "decide"}
        told = [f"{name} {' or '.join(value) if isinstance(value, list) else value}" for name, value in named.items()]
        return ", ".join(told) or "every action"


class Limit(Declared):
    """How much may be planned at once."""

    share_of_population: Annotated[Decimal, BeforeValidator(exact), Field(gt=0, le=1)]
    from_actions: int = Field(ge=1)
    amount: Amount


class Brake(Limit):
    """The limit, and those of commands that have their own."""

    commands: Mapping[CommandName, Limit] = {}

    def limit(self, kind: str) -> Limit:
        """The limit of one command."""
        return self.commands.get(kind, self)


class Policy(Declared):
    """All that `policy.yaml` says."""

    rules: Sequence[Rule] = ()
    otherwise: Decision = "approve"
    brake: Brake

    def decide(self, action: Planned) -> Ruling:
        """What the first matching rule says, or `otherwise`; never unattended where a person has to look at it."""
        for number, rule in enumerate(self.rules, 1):
            if rule.matches(action):
                return self._ruled(action, rule.decide, f"by rule {number} of the policy ({rule})")
        return self._ruled(action, self.otherwise, "as no rule of the policy matches")

    def _ruled(self, action: Planned, decided: Decision, why: str) -> Ruling:
        if decided == "unattended" and action.was_undone:
            return Ruling("approve", f"approve as the same was delivered once and undone since; else {decided} {why}")
        if decided == "unattended" and not action.is_unattended_allowed:
            return Ruling("approve", f"approve as the seed ownership keeps it for a person; else {decided} {why}")
        return Ruling(decided, f"{decided} {why}")


def load_policy(path: Path | str, companies: Collection[str] | None = None, platforms: Collection[str] | None = None) -> Policy:
    """The policy of this file; where they are given, it names no other companies and instances. Raises InvalidPolicy."""
    policy = declared.load(Policy, Path(path), InvalidPolicy, "the policy")
    for place, rule in enumerate(policy.rules):
        if strange := declared.strangers(rule.legal_entity or (), companies):
            raise InvalidPolicy(f"{path}: rules.{place}.legal_entity: there is no company {strange}")
        if strange := declared.strange_instances(rule.platform or (), platforms):
            raise InvalidPolicy(f"{path}: rules.{place}.platform: no company has {strange}")
    return policy
