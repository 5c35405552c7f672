"""What the OMS can be told, and the flow that does it.

look -> superseded, adopted, or one transaction (the command's key, then its effect) -> read back

Every write puts the command's key into `integration_outbox` in the transaction of its effect: a key is there once, so an effect
is, and the log tells by it which changes are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from q2c_pipelines.platforms.commands import Command, CreateCustomer, CreateOrder, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.legacy_oms.changing import update_field, update_status
from q2c_pipelines.platforms.legacy_oms.creating import create_customer, create_order

HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    UpdateField: update_field,
    UpdateStatus: update_status,
}
