"""A pretended Stripe account: the vendor's HTTP over its own SQLite state, filled from the sandbox's world."""

from q2c_pipelines.platforms.stripe.emulator.access import RIGHTS
from q2c_pipelines.platforms.stripe.emulator.app import CREDENTIALS, application, tick
from q2c_pipelines.platforms.stripe.emulator.errors import FAULTS, refuse
from q2c_pipelines.platforms.stripe.emulator.events import on_change
from q2c_pipelines.platforms.stripe.emulator.schema import DDL, KEYS
from q2c_pipelines.platforms.stripe.emulator.seed import rows

__all__ = ["CREDENTIALS", "DDL", "FAULTS", "KEYS", "RIGHTS", "application", "on_change", "refuse", "rows", "tick"]
