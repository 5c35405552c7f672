"""When things run: reading every hour, reconciling after a reading that brought news, critical tables between the hours."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from q2c_pipelines import cycle, following, news
from q2c_pipelines.config import Settings
from q2c_pipelines.defs.operations import FOLLOWED_UP
from q2c_pipelines.defs.publish import PUBLISHED
from q2c_pipelines.defs.runs import WAITING, active

READINGS = ("ingest", "ingest_changes", "backfill")
_ENDS = {"after_reading": dg.DagsterRunStatus.SUCCESS, "after_failed_reading": dg.DagsterRunStatus.FAILURE}


def definitions(settings: Settings) -> dg.Definitions:
    """Jobs over the assets, the hourly schedule, and the sensors that join reading to reconciling."""
    lake = dg.AssetSelection.assets(*([platform.name, table] for platform in settings.enabled for table in platform.tables))
    ingest = _job("ingest", lake, "Reads everything new, changed or deleted on every platform. One that fails stops no other.")
    changes = _job("ingest_changes", lake, "Reads, between the hours, the platforms on which something critical has changed.")
    reconcile = _job("reconcile", dg.AssetSelection.all() - lake, "Builds, checks, publishes; brings cases and plan up to date.")
    backfill = _job("backfill", dg.AssetSelection.all(), "Reads everything and reconciles in one run: a first load, or by hand.")
    hourly = dg.ScheduleDefinition(
        name="hourly_ingest",
        job=ingest,
        cron_schedule="0 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Reads every platform, every hour.",
    )
    readings = [ingest, changes, backfill]
    sensors = [_after(settings, readings, reconcile, name, status) for name, status in _ENDS.items()]
    return dg.Definitions(jobs=[*readings, reconcile], schedules=[hourly], sensors=[*sensors, _change_feed(settings, changes)])


def _job(name: str, selection: dg.AssetSelection, description: str) -> Any:
    return dg.define_asset_job(name, selection=selection, description=description)


def _after(
    settings: Settings, monitored: Sequence[Any], reconcile: Any, name: str, status: dg.DagsterRunStatus
) -> dg.SensorDefinition:
    how = "whole" if status == dg.DagsterRunStatus.SUCCESS else "in part: a platform that cannot be read stops no other"

    @dg.run_status_sensor(
        name=f"reconcile_{name}",
        run_status=status,
        monitored_jobs=list(monitored),
        request_job=reconcile,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reconciles when a reading went well {how}. Only where there is news; without, what time has moved.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if active(context.instance, "reconcile", statuses=WAITING):
            return dg.SkipReason("a reconciliation is waiting to start and will see this, too")
        key, why = context.dagster_run.run_id, news.why(settings)
        if not why and cycle.must_republish(settings):
            again = "the published file is not as it was published"
            return dg.RunRequest(run_key=key, asset_selection=[PUBLISHED], tags={"news": again})
        if not why and (moved := following.why(settings)):
            return dg.RunRequest(run_key=key, asset_selection=FOLLOWED_UP, tags={"news": f"cases and plan: {moved}"})
        return dg.RunRequest(run_key=key, tags={"news": why}) if why else dg.SkipReason("no news, no build")

    return sensor


def _change_feed(settings: Settings, changes: Any) -> dg.SensorDefinition:
    @dg.sensor(
        name="change_feed",
        job=changes,
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks for quotes accepted, orders booked, payments made since the last read, and reads those platforms.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if active(context.instance, *READINGS):
            return dg.SkipReason("a reading is under way")
        changed = cycle.changed(settings)
        if not changed:
            return dg.SkipReason("nothing critical has changed since the last read")
        platforms = {name.partition(".")[0] for name in changed}
        tables = [dg.AssetKey([each.name, table]) for each in settings.enabled if each.name in platforms for table in each.tables]
        return dg.RunRequest(asset_selection=tables, tags={"changed": ", ".join(changed)})

    return sensor
