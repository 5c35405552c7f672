"""What the sensors ask of the runs there are."""

from collections.abc import Mapping, Sequence

import dagster as dg

WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
ACTIVE = (*WAITING, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def active(
    instance: dg.DagsterInstance,
    *jobs: str,
    statuses: Sequence[dg.DagsterRunStatus] = ACTIVE,
    tags: Mapping[str, str] | None = None,
) -> bool:
    """Whether any run of these jobs, with these tags, is in one of the states."""
    return any(instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=list(statuses), tags=dict(tags or {}))) for job in jobs)
