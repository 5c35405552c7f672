"""NetSuite on loopback: the account's records, REST services and SuiteQL, following the vendor's published contract."""

from q2c_pipelines.platforms.netsuite.emulator.app import application
from q2c_pipelines.platforms.netsuite.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.netsuite.emulator.chart import SETTINGS
from q2c_pipelines.platforms.netsuite.emulator.errors import refuse
from q2c_pipelines.platforms.netsuite.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.netsuite.emulator.seed import rows
from q2c_pipelines.platforms.netsuite.emulator.suiteql import RIGHTS

__all__ = ["DDL", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows"]
