"""The Dagster entry point, nothing else."""

from __future__ import annotations

import dagster as dg

from q2c_pipelines.config import settings
from q2c_pipelines.defs import build


@dg.definitions
def q2c() -> dg.Definitions:
    """Every asset, check, job, schedule and sensor of the enabled platforms."""
    return build(settings())
