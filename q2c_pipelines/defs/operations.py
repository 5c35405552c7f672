"""Findings -> cases; action rows -> the outbox. Behind the gates of everything they are made of."""

from dataclasses import asdict

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.gate import gated


def definitions(settings: Settings) -> dg.Definitions:
    """The operations store as two assets of one step."""
    behind = [*gated(settings), dg.AssetKey(["published", "marts"])]
    stored = {"cases": "One case a mismatch: owner, deadline, state, history.", "planned_actions": "What is to be written back."}
    specs = [
        dg.AssetSpec(
            ["operations", name],
            deps=behind,
            description=description,
            group_name="operations",
            owners=["team:revenue-operations"],
            kinds={"sqlalchemy"},
        )
        for name, description in stored.items()
    ]

    @dg.multi_asset(
        name="follow_up",
        specs=specs,
        pool="operations",
    )
    def follow_up() -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
        cases, plan = cycle.follow_up(settings)
        cycle.finished(settings)
        planned = asdict(plan) | {"conflicts": len(plan.conflicts), "invalid": len(plan.invalid)}
        return (
            dg.MaterializeResult(["operations", "cases"], metadata=asdict(cases)),
            dg.MaterializeResult(["operations", "planned_actions"], metadata=planned),
        )

    return dg.Definitions(assets=[follow_up])
