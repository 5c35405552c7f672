"""platform -> lake: one asset a table, one step a platform, so that one that is down stops no other."""

from collections.abc import Iterator

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.runs import after_others
from q2c_pipelines.lake import reads
from q2c_pipelines.platforms.spec import Platform, Table, lake_name

OWNERS = ["team:data-engineering"]


def definitions(settings: Settings) -> dg.Definitions:
    """The lake's assets."""
    return dg.Definitions(assets=[_platform(settings, platform) for platform in settings.enabled])


def _platform(settings: Settings, platform: Platform) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"read_{platform.name}",
        specs=[_spec(platform, table) for table in platform.tables.values()],
        can_subset=True,
        pool=f"ingest_{platform.name}",
        description=f"Reads {platform.title} into the lake.",
    )
    def read(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        wanted = {key.path[-1] for key in context.selected_asset_keys}
        with after_others():
            done = cycle.read(settings, platform, only=wanted)
        held = reads.totals(settings.lake_store, platform.name)
        for table, rows in done.tables.items():
            if table in wanted and table not in done.failed_tables:
                yield dg.MaterializeResult(
                    [platform.name, table], metadata={"dagster/row_count": held.get(table, rows), "new_rows": rows}
                )
        if done.note:
            context.log.warning(f"{platform.title}: {done.note}")
        if done.new_columns:
            context.log.warning(f"{platform.title} sends fields that are not declared: {', '.join(done.new_columns)}")
        if done.rejected:
            context.log.warning(f"{platform.title}: {done.rejected} records were refused; q2c quarantine shows them and why")
        if done.failed_tables:
            raise dg.Failure(_failure(platform, done), allow_retries=False)

    return read


def _failure(platform: Platform, done: cycle.Ingested) -> str:
    tables = "it" if len(done.failed_tables) == len(platform.tables) else ", ".join(done.failed_tables)
    return f"{platform.title}: could not read {tables}: {done.error}. Everything else goes on; q2c doctor says what is missing."


def _spec(platform: Platform, table: Table) -> dg.AssetSpec:
    columns = [
        dg.TableColumn(lake_name(name), column.type, column.doc, dg.TableColumnConstraints(nullable=column.required is not True))
        for name, column in table.columns.items()
    ]
    return dg.AssetSpec(
        [platform.name, table.name],
        description=f"{table.doc} ({platform.title}: {table.object})",
        group_name=f"lake_{platform.name}",
        owners=OWNERS,
        kinds={"dlt", "parquet", platform.name},
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "key": ", ".join(table.key),
            "read by": table.cursor or "the whole table; only what changed is kept",
            "protocol": platform.protocol,
        },
    )
