"""Findings -> cases; action rows -> the outbox. Behind the publication, and so behind every gate."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from q2c_pipelines import following, news
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.project import Project

_PUBLISHED = dg.AssetKey(["published", "marts"])
FOLLOWED_UP = [dg.AssetKey(["operations", name]) for name in ("cases", "planned_actions")]
_FROM = {
    "cases": (
        "mismatches",
        "fct_mismatches",
        "operations_case",
        "One case a mismatch: owner, deadline, state, history. Closed when read healed.",
    ),
    "planned_actions": (
        "actions",
        "act_all",
        "operations_action",
        "What is to be written back: the outbox, each action once, approved as policy says.",
    ),
}


def definitions(settings: Settings, project: Project) -> dg.Definitions:
    """The operations store as two assets of one step."""
    specs = [
        dg.AssetSpec(
            ["operations", name],
            deps=[_PUBLISHED, dg.AssetKey([schema, table])],
            description=description,
            group_name="operations",
            owners=["team:revenue-operations"],
            kinds={"sqlalchemy", "postgres" if settings.operations_url.startswith("postgres") else "sqlite"},
            metadata={"dagster/column_schema": project.columns(read_back_as)},
        )
        for name, (schema, table, read_back_as, description) in _FROM.items()
    ]

    @dg.multi_asset(
        name="follow_up", specs=specs, pool="warehouse", description="Brings cases to the findings and the outbox to the plan."
    )
    def follow_up() -> Iterator[dg.MaterializeResult[None]]:
        done = following.follow_up(settings)
        news.finished(settings)
        planned = asdict(done.plan) | {"conflicts": len(done.plan.conflicts), "invalid": len(done.plan.invalid)}
        told = {f"told_{each.channel}": each.trouble or each.cases for each in done.alerts}
        yield dg.MaterializeResult(["operations", "cases"], metadata=asdict(done.cases) | told)
        yield dg.MaterializeResult(["operations", "planned_actions"], metadata=planned)

    return dg.Definitions(assets=[follow_up])
