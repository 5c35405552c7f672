"""What S/4HANA can be told, and the flow that does it."""

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
from q2c_pipelines.platforms.sap_s4hana.booking import apply_payment, create_invoice, post_journal, reverse_journal
from q2c_pipelines.platforms.sap_s4hana.changing import update_field, update_status
from q2c_pipelines.platforms.sap_s4hana.selling import Settings, create_customer, create_order

_FLOWS: dict[type[Command], Callable[[Settings, Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    CreateInvoice: create_invoice,
    ApplyPayment: apply_payment,
    PostJournal: post_journal,
    ReverseJournal: reverse_journal,
    UpdateField: update_field,
    UpdateStatus: update_status,
}


def handlers(settings: Settings) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow, in the company, sales area and accounts that the connection's settings name."""
    return {kind: partial(flow, settings) for kind, flow in _FLOWS.items()}
