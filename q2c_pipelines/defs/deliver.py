"""Outbox -> platforms: one platform a run, started by a sensor that asks the outbox what is due."""

from collections.abc import Iterator

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.outbox.claims import platforms_due


class Target(dg.Config):
    """Which platform to deliver to."""

    platform: str


def definitions(settings: Settings) -> dg.Definitions:
    """The delivery job and its sensor."""

    @dg.op(description="Looks, writes, reads back and records each due action of one platform.", pool="deliver")
    def deliver_due(context: dg.OpExecutionContext, config: Target) -> None:
        for done in cycle.deliver(settings, config.platform):
            context.add_output_metadata(done)

    @dg.job(executor_def=dg.in_process_executor, description="Delivers what is due on one platform; each action exactly once.")
    def deliver() -> None:
        deliver_due()

    @dg.sensor(job=deliver, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
    def due_actions(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Asks the outbox what is due; never a cursor, so that a retry is a run like any other."""
        if any(verdict.blocks for verdict in cycle.verdicts(settings)):
            yield dg.SkipReason("a gate is closed: nothing is written back")
            return
        busy = {run.tags.get("platform") for run in _running(context)}
        store = cycle.operations(settings)
        due = platforms_due(store)
        store.close()
        for platform in due:
            if platform not in busy:
                config = dg.RunConfig({"deliver_due": Target(platform=platform)})
                yield dg.RunRequest(run_config=config, tags={"platform": platform})
        if not due:
            yield dg.SkipReason("nothing is due")

    return dg.Definitions(jobs=[deliver], sensors=[due_actions])


def _running(context: dg.SensorEvaluationContext) -> list[dg.DagsterRun]:
    active = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    return list(context.instance.get_runs(dg.RunsFilter(job_name="deliver", statuses=active)))
