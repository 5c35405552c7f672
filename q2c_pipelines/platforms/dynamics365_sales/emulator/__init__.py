"""A Dataverse environment with Dynamics 365 Sales on loopback: its tables, its Web API, its way to let apps in."""

from q2c_pipelines.platforms.dynamics365_sales.emulator.application import FAULTS, application, refuse
from q2c_pipelines.platforms.dynamics365_sales.emulator.bookkeeping import on_change
from q2c_pipelines.platforms.dynamics365_sales.emulator.privileges import RIGHTS
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.dynamics365_sales.emulator.seed import rows

CREDENTIALS = {
    "tenant_id": "9c1b6d0e-4a53-4f7e-8b1a-2d7c5e9f3a64",
    "client_id": "3f8e2a17-6b0d-4c92-a5d4-81e6f0b7c953",
    "client_secret": "8Q~{secret}",
}
SETTINGS = {"authority": "/"}

__all__ = ["CREDENTIALS", "DDL", "FAULTS", "KEYS", "RIGHTS", "SETTINGS", "application", "on_change", "refuse", "rows"]
