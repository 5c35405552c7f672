"""What Dynamics 365 Finance can be told, and the flow that does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from q2c_pipelines.platforms.commands import (
    ApplyPayment,
    Command,
    CreateCustomer,
    CreateOrder,
    PostJournal,
    ReverseJournal,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.dynamics365_finance.books import Settings
from q2c_pipelines.platforms.dynamics365_finance.changing import reverse_journal, update_field, update_status
from q2c_pipelines.platforms.dynamics365_finance.creating import apply_payment, create_customer, create_order, post_journal
from q2c_pipelines.platforms.flow import Flow

_IN_A_COMPANY: dict[type[Command], Callable[[Settings, Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    ApplyPayment: apply_payment,
    PostJournal: post_journal,
    ReverseJournal: reverse_journal,
}


def handlers(settings: Settings) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow, creating in the companies and journals that the connection's settings name."""
    made: dict[type[Command], Callable[[Any], Flow]] = {kind: partial(flow, settings) for kind, flow in _IN_A_COMPANY.items()}
    return made | {UpdateField: update_field, UpdateStatus: update_status}
