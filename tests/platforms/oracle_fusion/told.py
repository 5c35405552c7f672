"""Commands to tell the pod, every kind once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import (
    ApplyPayment,
    Command,
    CreateCustomer,
    CreateInvoice,
    CreateOrder,
    InvoiceLine,
    JournalLine,
    OrderLine,
    PostJournal,
    ReverseJournal,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.oracle_fusion.emulator import SETTINGS
from q2c_pipelines.platforms.oracle_fusion.writer import handlers
from tests.platforms.oracle_fusion.pod import CRM_ID, LINE, PARTY, RECURRING

COMMON: dict[str, Any] = {"platform": "oracle_fusion", "deal_key": "hubspot:9", "legal_entity": "CA"}
DAY = date(2026, 11, 3)
TERM = {"start_on": DAY, "end_on": date(2027, 11, 2)}

CUSTOMER_COMMAND = CreateCustomer(
    key="customer-2",
    crm_id="28712",
    name="Globex & Sons",
    email="ap@globex.example",
    phone=None,
    street="2 Side St",
    city="Toronto",
    state="ON",
    postal_code="M5H 2N2",
    country="CA",
    payment_terms="Net 30",
    currency="CAD",
    **COMMON,
)
ORDER_COMMAND = CreateOrder(
    key="order-q43",
    customer_crm_id=CRM_ID,
    quote_id="q43",
    quote_number="Q-43",
    ordered_on=DAY,
    currency="CAD",
    amount=Decimal("1741.50"),
    lines=(
        OrderLine(line_number=1, product_code="SKU-0001", quantity=Decimal(12), unit_price=Decimal(120), amount=Decimal(1440)),
        OrderLine(
            line_number=3, product_code="SKU-0002", quantity=Decimal(1), unit_price=Decimal("301.50"), amount=Decimal("301.50")
        ),
    ),
    **TERM,
    **COMMON,
)
INVOICE_COMMAND = CreateInvoice(
    key="invoice-STR-0007",
    customer_crm_id=CRM_ID,
    order_native_id="CRM:q42",
    billing_number="STR-0007",
    invoiced_on=date(2026, 11, 1),
    due_on=date(2026, 12, 1),
    currency="CAD",
    amount=Decimal("677.89"),
    lines=(
        InvoiceLine(
            line_number=1,
            product_code="SKU-0001",
            quantity=Decimal(10),
            unit_price=Decimal("9.99"),
            amount=Decimal("99.90"),
            service_start_on=date(2026, 11, 1),
            service_end_on=date(2026, 11, 30),
        ),
        InvoiceLine(
            line_number=2,
            product_code="SKU-0002",
            quantity=Decimal(1),
            unit_price=Decimal(500),
            amount=Decimal(500),
            service_start_on=None,
            service_end_on=None,
        ),
    ),
    **COMMON,
)
JOURNAL_COMMAND = PostJournal(
    key="journal-FEE-ch-1",
    journal_ref="FEE:ch_1",
    posted_on=date(2026, 11, 4),
    currency="CAD",
    memo="Processor fee, card",
    lines=(
        JournalLine(account_code="65300", debit=Decimal("3.20"), credit=Decimal(0), memo="fee"),
        JournalLine(account_code="11250", debit=Decimal(0), credit=Decimal("3.20"), memo="fee"),
    ),
    **COMMON,
)


def flow_of(command: Command, **settings: str) -> Flow:
    """What delivery runs, by the pod's own settings or others."""
    return handlers({**SETTINGS, **settings})[type(command)](command)


def run(client: Client, command: Command) -> Receipt:
    """The receipt of one command."""
    return client.run(flow_of(command))


def until_write(client: Client, flow: Flow) -> Request:
    """The flow's first write, which is still to be sent."""
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    return request


def resumed(flow: Flow, request: Request) -> Flow:
    """A flow from the request on that it has yielded already."""
    try:
        while True:
            request = flow.send((yield request))
    except StopIteration as done:
        receipt: Receipt = done.value
        return receipt


def payment_command(client: Client) -> ApplyPayment:
    """A payment of an invoice that is made for it."""
    invoice = run(client, INVOICE_COMMAND)
    return ApplyPayment(
        key="payment-ch-1",
        customer_crm_id=CRM_ID,
        invoice_native_id=invoice.native_id,
        invoice_number="STR-0007",
        payment_ref="ch_09uOmUl9x0KR00WdTR57UaAn",
        amount=Decimal("677.89"),
        currency="CAD",
        paid_on=date(2026, 11, 4),
        **COMMON,
    )


def reversal_command(client: Client) -> ReverseJournal:
    """The reversal of a journal that is made for it."""
    journal = run(client, JOURNAL_COMMAND)
    amounts = {"currency": "CAD", "amount": Decimal("3.20")}
    return ReverseJournal(
        key="reverse-1", native_id=journal.native_id, journal_ref="FEE:ch_1", reversed_on=date(2026, 11, 5), **amounts, **COMMON
    )


def update(entity: str, native_id: object, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    """One attribute's change."""
    named = {"entity": entity, "native_id": str(native_id), "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key="update-1", observed_version=None, **named, **COMMON)


def close(observed: str = "activated", value: str = "closed") -> UpdateStatus:
    """The order ended."""
    where = {"entity": "order", "native_id": "CRM:q42", "observed": observed, "value": value}
    return UpdateStatus(key="close-1", observed_version=None, **where, **COMMON)


COMMANDS: dict[str, Callable[[Client], Command]] = {
    "customer": lambda _: CUSTOMER_COMMAND,
    "order": lambda _: ORDER_COMMAND,
    "invoice": lambda _: INVOICE_COMMAND,
    "invoice without order": lambda _: replace(INVOICE_COMMAND, order_native_id=None),
    "journal": lambda _: JOURNAL_COMMAND,
    "payment": payment_command,
    "reversal": reversal_command,
    "customer name": lambda _: update("customer", PARTY, "name", "Acme", "Acme Inc"),
    "customer city": lambda _: update("customer", PARTY, "city", "Ottawa", "Gatineau"),
    "customer country": lambda _: update("customer", PARTY, "country", "CA", "US"),
    "customer crm id": lambda _: update("customer", PARTY, "crm_id", CRM_ID, "28799"),
    "customer phone": lambda _: update("customer", PARTY, "phone", None, "+1 613 555 0100"),
    "customer inactive": lambda _: update("customer", PARTY, "is_active", "true", "false"),
    "product inactive": lambda _: update("product", RECURRING, "is_active", "true", "false"),
    "order closed": lambda _: close(),
}
CORRECTIONS: dict[str, UpdateField] = {
    "line quantity": update("order_line", LINE, "quantity", "10.000000", "12"),
    "line price": update("order_line", LINE, "unit_price", "120.000000", "119.95"),
    "line amount": update("order_line", LINE, "amount", "1200.0000", "1199.99"),
    "order total": update("order", "CRM:q42", "amount", "1700.0000", "1699.97"),
}
