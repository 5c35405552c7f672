"""A pretended HubSpot account: the vendor's HTTP over its own SQLite state, filled from the sandbox's world."""

from q2c_pipelines.platforms.hubspot.emulator.access import CREDENTIALS, RIGHTS
from q2c_pipelines.platforms.hubspot.emulator.app import application
from q2c_pipelines.platforms.hubspot.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.hubspot.emulator.errors import refuse
from q2c_pipelines.platforms.hubspot.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.hubspot.emulator.seed import SETTINGS, rows

__all__ = ["CREDENTIALS", "DDL", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows"]
