"""Findings -> cases; action rows -> the outbox. Behind the gates of everything they are made of."""

from __future__ import annotations

from dataclasses import asdict

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.gate import gated


def definitions(settings: Settings) -> dg.Definitions:
    """The operations store as two assets of one step."""
    behind = [*gated(settings), dg.AssetKey(["published", "marts"])]
    common = {"deps": behind, "group_name": "operations", "owners": ["team:revenue-operations"], "kinds": {"sqlalchemy"}}

    @dg.multi_asset(
        name="follow_up",
        specs=[
            dg.AssetSpec(["operations", "cases"], description="One case a mismatch: owner, deadline, state, history.", **common),
            dg.AssetSpec(["operations", "planned_actions"], description="What is to be written back, as policy decides.", **common),
        ],
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
