"""Gates on every arrow: a blocking check for each table that has expectations."""

from collections.abc import Iterator

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.project import Project
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.suites import Suite


def definitions(settings: Settings, project: Project) -> dg.Definitions:
    """One check a gated table; a critical expectation that does not hold blocks what comes after."""
    specs = [_spec(key, suite) for key, suite in project.gated.items()]

    @dg.multi_asset_check(
        name="gate", specs=specs, pool="warehouse", description="Great Expectations, run where the data is, in the warehouse."
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        verdicts = cycle.check(settings)
        for verdict in verdicts:
            if not verdict.passed:
                context.log.error(str(verdict)) if verdict.blocks else context.log.warning(str(verdict))
        for key, suite in project.gated.items():
            yield _result(key, suite, [each for each in verdicts if each.table == suite.table])

    return dg.Definitions(asset_checks=[check])


def _spec(key: dg.AssetKey, suite: Suite) -> dg.AssetCheckSpec:
    said = "\n".join(
        f"- {each.notes}" + ("" if each.severity == "critical" else f" ({each.severity})") for each in suite.expectations
    )
    return dg.AssetCheckSpec(f"{suite.layer}_gate", asset=key, blocking=True, description=said)


def _result(key: dg.AssetKey, suite: Suite, verdicts: list[Verdict]) -> dg.AssetCheckResult:
    failed = [verdict for verdict in verdicts if not verdict.passed]
    blocking = any(verdict.blocks for verdict in failed)
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=key,
        check_name=f"{suite.layer}_gate",
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{verdict.notes}: does not hold" for verdict in failed) or f"all {len(verdicts)} expectations hold",
        metadata={
            "expectations": len(verdicts),
            "failed": len(failed),
            "rows that fail": sum(verdict.failures for verdict in failed),
            **({"what fails": "\n".join(map(str, failed))} if failed else {}),
        },
    )
