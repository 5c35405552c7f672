"""What the sensors ask of the runs there are; and how a run meets one that somebody else started, as by `q2c sync`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dagster as dg

from q2c_pipelines.warehouse import AlreadyRunning

WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
ACTIVE = (*WAITING, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)

_TIMES, _SECONDS = 60, 10  # how often a step is tried again where another process is at its work, and after how long


def active(
    instance: dg.DagsterInstance,
    *jobs: str,
    statuses: Sequence[dg.DagsterRunStatus] = ACTIVE,
    tags: Mapping[str, str] | None = None,
) -> bool:
    """Whether any run of these jobs, with these tags, is in one of the states."""
    return any(instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=list(statuses), tags=dict(tags or {}))) for job in jobs)


@contextmanager
def after_others() -> Iterator[None]:
    """Where another run is at the same work, this step is tried again some times before it fails."""
    try:
        yield
    except AlreadyRunning as error:
        raise dg.RetryRequested(max_retries=_TIMES, seconds_to_wait=_SECONDS) from error
