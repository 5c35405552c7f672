"""The Dagster entry point, nothing else."""

from __future__ import annotations

import dagster as dg

from q2c_pipelines.config import settings
from q2c_pipelines.defs import automation, deliver, gate, ingest, operations, publish, transform


@dg.definitions
def q2c() -> dg.Definitions:
    """Every asset, check, job, schedule and sensor of the enabled platforms."""
    configured = settings()
    parts = (ingest, transform, gate, publish, operations, deliver, automation)
    return dg.Definitions.merge(*(part.definitions(configured) for part in parts))
