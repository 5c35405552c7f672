"""Outbox -> platforms: one platform a run, started by a sensor that asks the outbox what is due."""

import time
from collections.abc import Iterator

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.runs import ACTIVE, active
from q2c_pipelines.outbox.claims import platforms_ready
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.verdicts import GateClosed

REST = 600  # seconds that a platform is left alone after a delivery to it failed as a whole
TAG = "platform"  # instance.yaml lets one run at a time have each of its values


class Target(dg.Config):
    """Which platform to deliver to."""

    platform: str


def definitions(settings: Settings) -> dg.Definitions:
    """The delivery job and its sensor."""

    @dg.op(description="Looks, writes, reads back and records each due action of one platform.")
    def deliver_due(context: dg.OpExecutionContext, config: Target) -> None:
        for done in cycle.deliver(settings, config.platform):
            counted = {name: count for name, count in done.items() if isinstance(count, int)}
            context.add_output_metadata({name: value for name, value in done.items() if value})
            context.log.info(
                f"{config.platform}: " + (", ".join(f"{n} {name}" for name, n in counted.items()) or "nothing was due")
            )
            if done["waiting"] and not counted:
                raise dg.Failure(f"{config.platform}: nothing could be delivered: {done['waiting']}")

    @dg.job(description="Delivers what is due on one platform; each action exactly once.")
    def deliver() -> None:
        deliver_due()

    @dg.sensor(
        name="due_actions",
        job=deliver,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks the outbox what is due, and starts one run a platform. No cursor: a retry is a run like any other.",
    )
    def due_actions(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            verdicts.require_passed(settings)
        except GateClosed as closed:
            yield dg.SkipReason(str(closed))
            return
        due = _due(settings)
        waits = {name: why for name in due if (why := _why_not_now(context.instance, name))}
        for name in due:
            if name not in waits:
                config = dg.RunConfig({"deliver_due": Target(platform=name)})
                yield dg.RunRequest(run_config=config, tags={TAG: name})
        if len(waits) == len(due):
            yield dg.SkipReason("; ".join(f"{name}: {why}" for name, why in waits.items()) or "nothing is due")

    return dg.Definitions(jobs=[deliver], sensors=[due_actions])


def _due(settings: Settings) -> list[str]:
    with cycle.operations(settings) as store:
        return platforms_ready(store)


def _why_not_now(instance: dg.DagsterInstance, platform: str) -> str:
    """Why no delivery to a platform is started: one is under way, or the last one failed just now. Empty: start."""
    if active(instance, "deliver", statuses=ACTIVE, tags={TAG: platform}):
        return "a delivery is under way"
    last = instance.get_run_records(dg.RunsFilter(job_name="deliver", tags={TAG: platform}), limit=1)
    failed = bool(last) and last[0].dagster_run.status == dg.DagsterRunStatus.FAILURE
    return "the last delivery failed; tried again soon" if failed and time.time() - (last[0].end_time or 0) < REST else ""
