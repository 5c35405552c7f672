"""What the rules could tell in this build: that a finding is gone counts only where it was looked for.

Each company's rules hang on its own platforms, and nothing is known of a platform that is not enabled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self


@dataclass(frozen=True)
class Telling:
    """The rules' statuses by rule and company, and the platforms that are enabled."""

    statuses: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    platforms: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rule_status: Iterable[Mapping[str, Any]], dim_system: Iterable[Mapping[str, Any]]) -> Self:
        """As the rows of these two models say."""
        statuses = {(str(row["rule"]), row["legal_entity"]): str(row["status"]) for row in rule_status}
        return cls(statuses, frozenset(str(row["platform"]) for row in dim_system))

    @cached_property
    def rules(self) -> frozenset[str]:
        """The enabled rules."""
        return frozenset(rule for rule, _ in self.statuses)

    def could_tell(self, rule: str | None, company: str | None, platform: str | None) -> bool:
        """Whether the rule looked for what it finds of a company on a platform; of an unknown company, whether it did in all."""
        own = {status for (name, one), status in self.statuses.items() if name == rule and one == company}
        every = {status for (name, _), status in self.statuses.items() if name == rule}
        return platform in self.platforms and (own or every) - {"not_applicable"} == {"determinate"}
