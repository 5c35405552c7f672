"""Commands to tell the account, every kind once."""

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
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.sap_s4hana.emulator import SETTINGS
from q2c_pipelines.platforms.sap_s4hana.writer import handlers
from tests.platforms.sap_s4hana.conftest import CRM_ID, CUSTOMER, ONCE, ORDER

COMMON: dict[str, Any] = {"platform": "sap_s4hana", "deal_key": "salesforce:006A", "legal_entity": "DE"}
DAY = date(2026, 11, 3)

CUSTOMER_COMMAND = CreateCustomer(
    key="customer-2",
    crm_id="0015g0000000002AAA",
    name="Globex Gesellschaft für internationale Verkabelung mbH",
    email="ap@globex.example",
    phone="+49 40 123",
    street="Nebenstr. 2",
    city="Hamburg",
    state=None,
    postal_code="20095",
    country="DE",
    payment_terms="Net 30",
    currency="EUR",
    **COMMON,
)
ORDER_COMMAND = CreateOrder(
    key="order-a0q43",
    customer_crm_id=CRM_ID,
    quote_id="a0q43",
    quote_number="Q-00000043",
    ordered_on=DAY,
    start_on=DAY,
    end_on=date(2027, 11, 2),
    currency="EUR",
    amount=Decimal("1741.50"),
    lines=(
        OrderLine(line_number=1, product_code="SKU-0001", quantity=Decimal(12), unit_price=Decimal("120.00"), amount=Decimal(1440)),
        OrderLine(
            line_number=3, product_code="SKU-0002", quantity=Decimal(1), unit_price=Decimal("301.50"), amount=Decimal("301.50")
        ),
    ),
    **COMMON,
)
INVOICE_COMMAND = CreateInvoice(
    key="invoice-INV00000007",
    customer_crm_id=CRM_ID,
    order_native_id=ORDER,
    billing_number="INV00000007",
    invoiced_on=date(2026, 11, 1),
    due_on=date(2026, 12, 1),
    currency="EUR",
    amount=Decimal("714.00"),
    lines=(
        InvoiceLine(
            line_number=1,
            product_code="SKU-0001",
            quantity=Decimal(10),
            unit_price=Decimal(10),
            amount=Decimal(100),
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
    key="journal-FEE-1",
    journal_ref="FEE:P-480000007",
    posted_on=date(2026, 11, 4),
    currency="EUR",
    memo="Fee of P-480000007, in words that are longer",
    lines=(
        JournalLine(account_code="68550000", debit=Decimal("3.20"), credit=Decimal(0), memo="fee"),
        JournalLine(account_code="14600000", debit=Decimal(0), credit=Decimal("3.20"), memo="fee"),
    ),
    **COMMON,
)


def flow_of(command: Command, **settings: str) -> Flow:
    """What delivery runs, by the account's own settings or others."""
    return handlers({**SETTINGS, **settings})[type(command)](command)


def run(client: Client, command: Command) -> Receipt:
    """The receipt of one command."""
    return client.run(flow_of(command))


def payment_command(client: Client) -> ApplyPayment:
    """A payment of an invoice that is made for it."""
    invoice = run(client, INVOICE_COMMAND)
    return ApplyPayment(
        key="payment-1",
        customer_crm_id=CRM_ID,
        invoice_native_id=invoice.native_id,
        invoice_number="INV00000007",
        payment_ref="P-480000007",
        amount=Decimal("714.00"),
        currency="EUR",
        paid_on=date(2026, 11, 4),
        **COMMON,
    )


def reversal_command(client: Client) -> ReverseJournal:
    """The reversal of a journal that is made for it."""
    journal = run(client, JOURNAL_COMMAND)
    return ReverseJournal(
        key="reverse-1",
        native_id=journal.native_id,
        journal_ref="FEE:P-480000007",
        reversed_on=date(2026, 11, 5),
        currency="EUR",
        amount=Decimal("3.20"),
        **COMMON,
    )


def update(entity: str, native_id: object, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    """One attribute's change."""
    named = {"entity": entity, "native_id": str(native_id), "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key="update-1", observed_version=None, **named, **COMMON)


def close(observed: str = "activated", value: str = "closed") -> UpdateStatus:
    """The order moved to closed."""
    where = {"entity": "order", "native_id": ORDER, "observed": observed, "value": value}
    return UpdateStatus(key="close-1", observed_version=None, **where, **COMMON)


COMMANDS: dict[str, Callable[[Client], Command]] = {
    "customer": lambda _: CUSTOMER_COMMAND,
    "order": lambda _: ORDER_COMMAND,
    "invoice": lambda _: INVOICE_COMMAND,
    "invoice without order and tax": lambda _: replace(INVOICE_COMMAND, order_native_id=None, amount=Decimal(600)),
    "journal": lambda _: JOURNAL_COMMAND,
    "payment": payment_command,
    "reversal": reversal_command,
    "customer name": lambda _: update("customer", CUSTOMER, "name", "Acme GmbH", "Acme SE"),
    "customer street": lambda _: update("customer", CUSTOMER, "street", "Hauptstr. 1", "Hauptstr. 2"),
    "customer city": lambda _: update("customer", CUSTOMER, "city", "Berlin", "Potsdam"),
    "customer terms": lambda _: update("customer", CUSTOMER, "payment_terms", "Net 30", "Net 60"),
    "customer crm id": lambda _: update("customer", CUSTOMER, "crm_id", CRM_ID, "0015g0000000009AAA"),
    "customer email": lambda _: update("customer", CUSTOMER, "email", "ap@acme.example", "billing@acme.example"),
    "customer's first phone": lambda _: update("customer", CUSTOMER, "phone", None, "+49 30 555"),
    "customer inactive": lambda _: update("customer", CUSTOMER, "is_active", "true", "false"),
    "order closed": lambda _: close(),
}
CORRECTIONS: dict[str, UpdateField] = {
    "product out of use": update("product", ONCE, "is_active", "true", "false"),
    "item quantity": update("order_line", f"{ORDER}-10", "quantity", "10.000000", "12"),
    "item price": update("order_line", f"{ORDER}-10", "unit_price", "120.000000", "119.95"),
    "item amount": update("order_line", f"{ORDER}-10", "amount", "1200.0000", "1199.99"),
    "order value": update("order", ORDER, "amount", "1700.0000", "1699.97"),
}
