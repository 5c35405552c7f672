"""lake -> staging -> canonical -> mismatches -> actions -> marts: the dbt project, one invocation in this process."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.ingest import OWNERS

_OWNERS = {"mismatches": ["team:revenue-operations"], "actions": ["team:revenue-operations"], "marts": ["team:finance-operations"]}


class Translator(DagsterDbtTranslator):
    """dbt folder = schema = Dagster group; a source is the lake's asset of the same name."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder below models/, with the platform for staging."""
        path = dbt_resource_props["fqn"][1:-1]
        return "_".join(path[:2]) if path and path[0] == "staging" else (path[0] if path else "seeds")


def definitions(settings: Settings) -> dg.Definitions:
    """One asset a model and seed."""
    manifest = warehouse.manifest(settings)
    specs = [
        spec.replace_attributes(kinds={"dbt", "duckdb"}, owners=_OWNERS.get(spec.group_name or "", OWNERS))
        for spec in build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=Translator())
    ]
    keys = {spec.key.path[-1]: spec.key for spec in specs}

    @dg.multi_asset(
        name="build_warehouse", specs=specs, pool="warehouse", description="Brings the warehouse up to date with the lake."
    )
    def build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        done = warehouse.build(settings, lambda model, index, total: context.log.info(f"{index}/{total} {model}"))
        facts = warehouse.facts(settings)
        for name, seconds in done.seconds.items():
            yield dg.MaterializeResult(keys[name], metadata={"seconds": round(seconds, 3), **facts.get(name, {})})

    return dg.Definitions(assets=[build])
