"""What Oracle Fusion can be told, and the flow that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from q2c_pipelines.platforms import spec
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
from q2c_pipelines.platforms.oracle_fusion.changing import update_field
from q2c_pipelines.platforms.oracle_fusion.customers import create_customer
from q2c_pipelines.platforms.oracle_fusion.journals import post_journal, reverse_journal
from q2c_pipelines.platforms.oracle_fusion.orders import close_order, create_order
from q2c_pipelines.platforms.oracle_fusion.receivables import apply_payment, create_invoice

_FLOWS: dict[type[Command], Callable[[Mapping[str, str], Any], Flow]] = {
    CreateCustomer: create_customer,
    CreateOrder: create_order,
    CreateInvoice: create_invoice,
    ApplyPayment: apply_payment,
    PostJournal: post_journal,
    ReverseJournal: reverse_journal,
    UpdateField: update_field,
    UpdateStatus: close_order,
}


def handlers(settings: Mapping[str, str]) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow, writing where and under what names the connection's settings say."""
    said = spec.load("oracle_fusion").defaults | {name: value for name, value in settings.items() if value}
    return {kind: partial(flow, said) for kind, flow in _FLOWS.items()}
