"""A pretended DocuSign account: the vendor's HTTP over its own SQLite state, filled from the sandbox's world."""

from q2c_pipelines.platforms.docusign.emulator.access import RIGHTS
from q2c_pipelines.platforms.docusign.emulator.app import application
from q2c_pipelines.platforms.docusign.emulator.bookkeeping import on_change, tick
from q2c_pipelines.platforms.docusign.emulator.errors import FAULTS, refuse
from q2c_pipelines.platforms.docusign.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.docusign.emulator.seed import rows

__all__ = ["DDL", "FAULTS", "KEYS", "RIGHTS", "application", "on_change", "refuse", "rows", "tick"]
