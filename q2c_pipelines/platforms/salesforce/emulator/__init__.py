"""A Salesforce org on loopback: its objects, its SOQL, its ways to write, and how it says no."""

from q2c_pipelines.platforms.salesforce.emulator.application import application, refuse
from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.salesforce.emulator.org import RIGHTS
from q2c_pipelines.platforms.salesforce.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.salesforce.emulator.seed import rows

__all__ = ["DDL", "KEYS", "RIGHTS", "application", "on_change", "refuse", "rows"]
