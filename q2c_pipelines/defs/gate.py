"""Gates on every arrow: a blocking check for each table that has expectations."""

from collections.abc import Iterator

import dagster as dg

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.quality import suites
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.suites import Suite


def gated(settings: Settings) -> dict[dg.AssetKey, Suite]:
    """The gated tables of the enabled platforms, by asset."""
    nodes = warehouse.manifest(settings)["nodes"].values()
    schemas = {node["name"]: node["schema"] for node in nodes if node["resource_type"] == "model" and node["config"]["enabled"]}
    declared = suites.load(cycle.EXPECTATIONS)
    return {dg.AssetKey([schemas[suite.table], suite.table]): suite for suite in declared if suite.table in schemas}


def definitions(settings: Settings) -> dg.Definitions:
    """One check a gated table; a critical expectation that does not hold blocks what comes after."""
    assets = gated(settings)
    specs = [
        dg.AssetCheckSpec(
            f"{suite.layer}_gate", asset=key, blocking=True, description="; ".join(each.notes for each in suite.expectations)
        )
        for key, suite in assets.items()
    ]

    @dg.multi_asset_check(name="gate", specs=specs, description="Great Expectations, run inside the warehouse.")
    def check() -> Iterator[dg.AssetCheckResult]:
        verdicts = cycle.check(settings)
        for key, suite in assets.items():
            yield _result(key, suite, [each for each in verdicts if each.table == suite.table])

    return dg.Definitions(asset_checks=[check])


def _result(key: dg.AssetKey, suite: Suite, verdicts: list[Verdict]) -> dg.AssetCheckResult:
    failed = [verdict for verdict in verdicts if not verdict.passed]
    blocking = any(verdict.blocks for verdict in failed)
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=key,
        check_name=f"{suite.layer}_gate",
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "expectations": len(verdicts),
            "failed": dg.MetadataValue.md("\n".join(f"- {each}" for each in failed) or "none"),
        },
    )
