"""A pretended Zuora tenant: the vendor's HTTP over its own SQLite state, filled from the sandbox's world."""

from q2c_pipelines.platforms.zuora.emulator.access import RIGHTS
from q2c_pipelines.platforms.zuora.emulator.app import application
from q2c_pipelines.platforms.zuora.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.zuora.emulator.replies import refuse
from q2c_pipelines.platforms.zuora.emulator.schema import DDL
from q2c_pipelines.platforms.zuora.emulator.seed import rows

KEYS = {"JournalEntry": "number"}

__all__ = ["DDL", "KEYS", "RIGHTS", "application", "on_change", "refuse", "rows"]
