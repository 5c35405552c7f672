"""What the definitions know of the dbt project and of the expectations, read once when they are loaded."""

from dataclasses import dataclass
from typing import Any, Self

import dagster as dg

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.quality import suites
from q2c_pipelines.quality.suites import Suite


@dataclass(frozen=True)
class Project:
    """The manifest, the asset key of each enabled model, and the suite of each gated one."""

    manifest: dict[str, Any]
    models: dict[str, dg.AssetKey]
    gated: dict[dg.AssetKey, Suite]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As it is on disk now; suites of models that are not enabled are left out."""
        manifest = warehouse.manifest(settings)
        nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["config"]["enabled"]]
        models = {node["name"]: dg.AssetKey([node["schema"], node["name"]]) for node in nodes}
        declared = suites.in_force(suites.EXPECTATIONS, settings.enabled)
        return cls(manifest, models, {models[suite.table]: suite for suite in declared if suite.table in models})

    def in_schemas(self, *schemas: str) -> list[dg.AssetKey]:
        """The models of these schemas."""
        return [key for key in self.models.values() if key.path[0] in schemas]

    def columns(self, model: str) -> dg.TableSchema:
        """A model's columns as declared."""
        declared = self.manifest["nodes"][f"model.q2c.{model}"]["columns"].values()
        return dg.TableSchema([dg.TableColumn(each["name"], each["data_type"], each["description"]) for each in declared])
