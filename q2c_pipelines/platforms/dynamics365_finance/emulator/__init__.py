"""Dynamics 365 Finance on loopback: an environment's data entities, batches and data management, as the vendor publishes them."""

from q2c_pipelines.platforms.dynamics365_finance.emulator.access import RIGHTS
from q2c_pipelines.platforms.dynamics365_finance.emulator.app import application
from q2c_pipelines.platforms.dynamics365_finance.emulator.bookkeeping import on_change, tick
from q2c_pipelines.platforms.dynamics365_finance.emulator.chart import SETTINGS
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import refuse
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.dynamics365_finance.emulator.seed import rows

FAULTS = ("overloaded", "job_failed", "job_late")

__all__ = ["DDL", "FAULTS", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows", "tick"]
