"""All of Dagster: assets, checks, jobs, schedules and sensors. A body is a call; the work is in the packages beside this one."""

import dagster as dg

from q2c_pipelines.config import Settings
from q2c_pipelines.defs import automation, deliver, gate, ingest, operations, publish, transform
from q2c_pipelines.defs.project import Project


def build(settings: Settings) -> dg.Definitions:
    """Everything of these settings. Steps of a run share its process: starting one would cost more than most of them take."""
    project = Project.of(settings)
    return dg.Definitions.merge(
        ingest.definitions(settings),
        transform.definitions(settings, project),
        gate.definitions(settings, project),
        publish.definitions(settings, project),
        operations.definitions(settings, project),
        deliver.definitions(settings),
        automation.definitions(settings),
        dg.Definitions(executor=dg.in_process_executor),
    )
