"""lake -> staging -> canonical -> mismatches -> actions -> marts: the dbt project, one invocation in this process."""

import textwrap
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from q2c_pipelines import cycle, facts
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.ingest import OWNERS
from q2c_pipelines.defs.project import Project
from q2c_pipelines.defs.runs import after_others

_OWNERS = {"mismatches": ["team:revenue-operations"], "actions": ["team:revenue-operations"], "marts": ["team:finance-operations"]}
_TOLD = 20  # models between two words of progress
_GROUPS = {"lake": "lake", "crosswalk": "entities"}  # below canonical/; the others are called as their folder


class Translator(DagsterDbtTranslator):
    """Groups follow the folders, so that the graph reads from left to right; a source is the lake's asset of the same name."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The folder below models/: with the platform for staging, the stage for canonical."""
        match dbt_resource_props["fqn"][1:-1]:
            case ["staging", platform, *_]:
                return f"staging_{platform}"
            case ["canonical", stage, *_]:
                return _GROUPS.get(stage, str(stage))
            case [folder, *_]:
                return str(folder)
        return "seeds"

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the model says of itself, a rule what it looks for first; the SQL is in the metadata."""
        said = (_declared(dbt_resource_props).get("says"), dbt_resource_props["description"])
        return "\n\n".join(str(each).strip() for each in said if each)

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Columns as declared, the file, and the SQL as written."""
        sql = dbt_resource_props.get("raw_code")
        written = {"sql": dg.MetadataValue.md(f"```sql\n{textwrap.dedent(sql)}\n```")} if sql else {}
        return {**super().get_metadata(dbt_resource_props), "file": dbt_resource_props["original_file_path"], **written}


def _declared(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model says under `config.meta`."""
    meta: Mapping[str, Any] = node["config"].get("meta") or {}
    return meta


def definitions(settings: Settings, project: Project) -> dg.Definitions:
    """One asset a model and seed; a rule's belongs to who owns the rule."""
    nodes = project.manifest["nodes"].values()
    named = {node["name"]: _declared(node).get("owner") for node in nodes}
    passing = {node["name"] for node in nodes if node["config"].get("materialized") == "passing"}  # gone when the build is over
    owners = {name: [f"team:{owner.replace('_', '-')}"] for name, owner in named.items() if owner}
    specs = [
        spec.replace_attributes(
            kinds={"csv" if spec.group_name == "seeds" else "dbt", "duckdb"},
            owners=owners.get(spec.key.path[-1]) or _OWNERS.get(spec.group_name or "", OWNERS),
            deps=[dep for dep in spec.deps if dep.asset_key.path[-1] not in passing],
        )
        for spec in build_dbt_asset_specs(manifest=project.manifest, dagster_dbt_translator=Translator())
        if spec.key.path[-1] not in passing
    ]
    keys = {spec.key.path[-1]: spec.key for spec in specs}
    parents = {spec.key: [dep.asset_key for dep in spec.deps] for spec in specs}
    order = [key.path[-1] for key in TopologicalSorter(parents).static_order() if key in parents]

    @dg.multi_asset(
        name="build_warehouse", specs=specs, pool="warehouse", description="Brings the warehouse up to date with the lake."
    )
    def build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        def told(model: str, index: int, total: int) -> None:
            if index % _TOLD == 0 or index == total:
                context.log.info(f"{index} of {total} models, now {model.split()[-1]}")

        with after_others():
            done = cycle.build(settings, told)
        held = facts.of(settings)
        for name in order:
            took = {"seconds": round(done.seconds[name], 3)} if name in done.seconds else {}
            yield dg.MaterializeResult(keys[name], metadata={**took, **held.get(name, {})})

    return dg.Definitions(assets=[build])
