"""The brake: a plan that would touch too much of a population, or move too much money, is held as a whole.

A plan here is what is new for one command, one kind of record and one platform: an upstream mistake looks like that, and the rest
may go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from q2c_pipelines.actions.policy import Brake
from q2c_pipelines.actions.rows import Planned


@dataclass(frozen=True)
class Held:
    """A plan that is stopped, under the fingerprint of its one case."""

    fingerprint: str
    platform: str
    entity: str
    reason: str
    actions: tuple[Planned, ...]

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.actions), Decimal(0))


def held(actions: Iterable[Planned], brake: Brake, populations: Mapping[tuple[str, str], int]) -> list[Held]:
    """The plans among these new actions that go beyond their limit."""
    plans: dict[tuple[str, str, str], list[Planned]] = defaultdict(list)
    for action in actions:
        plans[action.kind, action.command.platform, action.entity].append(action)
    stopped = []
    for (kind, platform, entity), members in sorted(plans.items()):
        if reason := _beyond(members, brake, kind, populations.get((entity, platform), 0)):
            stopped.append(Held(f"brake:{kind}:{platform}:{entity}", platform, entity, reason, tuple(members)))
    return stopped


def _beyond(members: list[Planned], brake: Brake, kind: str, population: int) -> str:
    limit = brake.limit(kind)
    touched = len(members)
    if touched >= limit.from_actions and touched > limit.share_of_population * population:
        return f"{touched} actions would touch {population} records, more than {limit.share_of_population:.0%} of them"
    money: dict[str, Decimal] = defaultdict(Decimal)
    for one in members:
        money[one.currency or ""] += one.amount
    over = {currency: total for currency, total in money.items() if total > limit.amount}
    return "; ".join(f"{total} {currency} is more than the limit of {limit.amount}" for currency, total in sorted(over.items()))
