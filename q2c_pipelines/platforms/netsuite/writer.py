"""What NetSuite can be told, and the flow that does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from q2c_pipelines.platforms.commands import (
    ApplyPayment,
    Command,
    CreateCustomer,
    CreateInvoice,
    CreateOrder,
    PostJournal,
    ReverseJournal,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.netsuite.books import Settings
from q2c_pipelines.platforms.netsuite.changing import reverse_journal, update_field, update_status
from q2c_pipelines.platforms.netsuite.creating import apply_payment, create_customer, create_invoice, create_order, post_journal

_CREATING: dict[type[Command], Callable[[Settings, Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    CreateInvoice: create_invoice,
    ApplyPayment: apply_payment,
    PostJournal: post_journal,
}
_CHANGING: dict[type[Command], Callable[[Any], Flow]] = {
    ReverseJournal: reverse_journal,
    UpdateField: update_field,
    UpdateStatus: update_status,
}


def handlers(settings: Settings) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow, creating in the company, department and accounts that the connection's settings name."""
    return {kind: partial(flow, settings) for kind, flow in _CREATING.items()} | _CHANGING
