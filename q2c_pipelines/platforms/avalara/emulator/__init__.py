"""A pretended AvaTax account: the vendor's HTTP over its own SQLite state, filled from the sandbox's world."""

from q2c_pipelines.platforms.avalara.emulator.access import RIGHTS
from q2c_pipelines.platforms.avalara.emulator.app import SETTINGS, application
from q2c_pipelines.platforms.avalara.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.avalara.emulator.errors import FAULTS, refuse
from q2c_pipelines.platforms.avalara.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.avalara.emulator.seed import rows

__all__ = ["DDL", "FAULTS", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows"]
