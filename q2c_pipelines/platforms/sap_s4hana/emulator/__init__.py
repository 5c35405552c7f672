"""SAP S/4HANA Cloud on loopback: OData V2 and journal entry SOAP services, following the vendor's published contract."""

from q2c_pipelines.platforms.sap_s4hana.emulator.app import application
from q2c_pipelines.platforms.sap_s4hana.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.sap_s4hana.emulator.chart import SETTINGS
from q2c_pipelines.platforms.sap_s4hana.emulator.clearing import tick
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import FAULTS, refuse
from q2c_pipelines.platforms.sap_s4hana.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.sap_s4hana.emulator.seed import rows
from q2c_pipelines.platforms.sap_s4hana.emulator.service import RIGHTS

__all__ = ["DDL", "FAULTS", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows", "tick"]
