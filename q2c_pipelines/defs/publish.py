"""Marts that passed their gates -> the published file that analysts read."""

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.gate import gated


def definitions(settings: Settings) -> dg.Definitions:
    """The publication, after every gated table."""

    @dg.asset(
        key=["published", "marts"],
        deps=list(gated(settings)),
        group_name="marts",
        owners=["team:finance-operations"],
        kinds={"duckdb"},
        description="What analysts read: all marts in one file, replaced whole, only after every gate.",
    )
    def published() -> dg.MaterializeResult:
        done = cycle.publication(settings)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": sum(done.rows.values()), "file": str(done.file), "bytes": done.size, "tables": done.rows}
        )

    return dg.Definitions(assets=[published])
