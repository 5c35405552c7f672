"""Oracle Fusion Cloud ERP on loopback: one pod's resources, integrations and sign-in, as the REST reference describes them."""

from q2c_pipelines.platforms.oracle_fusion.emulator.app import FAULTS, application, tick
from q2c_pipelines.platforms.oracle_fusion.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.oracle_fusion.emulator.chart import SETTINGS
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import refuse
from q2c_pipelines.platforms.oracle_fusion.emulator.records import RIGHTS
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.oracle_fusion.emulator.seed import rows

__all__ = ["DDL", "FAULTS", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows", "tick"]
