"""What NetSuite can be told, and the flow that does it."""

from __future__ import annotations

from collections.abc import Callable
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
from q2c_pipelines.platforms.netsuite.changing import reverse_journal, update_field, update_status
from q2c_pipelines.platforms.netsuite.creating import apply_payment, create_customer, create_invoice, create_order, post_journal

HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    CreateInvoice: create_invoice,
    ApplyPayment: apply_payment,
    PostJournal: post_journal,
    ReverseJournal: reverse_journal,
    UpdateField: update_field,
    UpdateStatus: update_status,
}
