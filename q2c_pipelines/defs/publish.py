"""Marts that passed their gates -> the published file that analysts read."""

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.project import Project

PUBLISHED = dg.AssetKey(["published", "marts"])


def definitions(settings: Settings, project: Project) -> dg.Definitions:
    """The publication: of the marts and mismatches, behind every gated table."""

    @dg.asset(
        key=PUBLISHED,
        deps=sorted({*project.in_schemas("marts", "mismatches"), *project.gated}),
        group_name="published",
        owners=["team:finance-operations"],
        kinds={"duckdb"},
        pool="warehouse",
        description="What analysts read: all marts in one file, replaced whole, only after every gate.",
    )
    def published() -> dg.MaterializeResult[None]:
        done = cycle.publication(settings)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(done.rows.values()),
                "file": dg.MetadataValue.path(str(done.file)),
                "bytes": done.size,
                "tables": dg.MetadataValue.md(_table(done.rows)),
            }
        )

    return dg.Definitions(assets=[published])


def _table(rows: dict[str, int]) -> str:
    return "\n".join(["| table | rows |", "|---|--:|", *(f"| {name} | {count:,} |" for name, count in rows.items())])
