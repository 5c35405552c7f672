"""When things run: reading every hour, reconciling after a reading that brought news, critical tables between the hours."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from q2c_pipelines import cycle
from q2c_pipelines.config import Settings

_ACTIVE = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
_ENDS = {"after_reading": dg.DagsterRunStatus.SUCCESS, "after_failed_reading": dg.DagsterRunStatus.FAILURE}


def definitions(settings: Settings) -> dg.Definitions:
    """Jobs over the assets, the hourly schedule, and the sensors that join reading to reconciling."""
    lake = dg.AssetSelection.assets(*([platform.name, table] for platform in settings.enabled for table in platform.tables))
    critical = [
        [platform.name, table.name] for platform in settings.enabled for table in platform.tables.values() if table.is_critical
    ]
    ingest = _job("ingest", lake, "Reads everything new, changed or deleted on every platform. One that fails stops no other.")
    changes = _job("ingest_changes", dg.AssetSelection.assets(*critical), "Reads the tables of critical transitions.")
    reconcile = _job("reconcile", dg.AssetSelection.all() - lake, "Builds, checks, publishes; brings cases and plan up to date.")
    backfill = _job("backfill", dg.AssetSelection.all(), "Reads everything and reconciles in one run: a first load, or by hand.")
    hourly = dg.ScheduleDefinition(
        name="hourly_ingest", job=ingest, cron_schedule="0 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
    )
    sensors = [_after(settings, [ingest, changes], reconcile, name, status) for name, status in _ENDS.items()]
    return dg.Definitions(
        jobs=[ingest, changes, reconcile, backfill], schedules=[hourly], sensors=[*sensors, _change_feed(settings, changes)]
    )


def _job(name: str, selection: dg.AssetSelection, description: str) -> Any:
    return dg.define_asset_job(name, selection=selection, description=description, executor_def=dg.in_process_executor)


def _after(
    settings: Settings, monitored: Sequence[Any], reconcile: Any, name: str, status: dg.DagsterRunStatus
) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=f"reconcile_{name}",
        run_status=status,
        monitored_jobs=list(monitored),
        request_job=reconcile,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reconciles when the lake has news: also when some platform could not be read.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        why = cycle.news(settings)
        return dg.RunRequest(run_key=context.dagster_run.run_id, tags={"news": why}) if why else dg.SkipReason("no news, no build")

    return sensor


def _change_feed(settings: Settings, changes: Any) -> dg.SensorDefinition:
    @dg.sensor(
        name="change_feed",
        job=changes,
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks for quotes accepted, orders booked and payments made since the last read, and reads them at once.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        running = context.instance.get_runs(dg.RunsFilter(statuses=_ACTIVE))
        if any(run.job_name in ("ingest", "ingest_changes", "backfill") for run in running):
            yield dg.SkipReason("a reading is under way")
            return
        changed = cycle.changed(settings)
        yield (
            dg.RunRequest(tags={"changed": ", ".join(changed)[:200]}) if changed else dg.SkipReason("nothing critical has changed")
        )

    return sensor
