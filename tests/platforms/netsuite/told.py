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
from q2c_pipelines.platforms.netsuite.emulator import SETTINGS
from q2c_pipelines.platforms.netsuite.writer import handlers
from tests.platforms.netsuite.conftest import CRM_ID, CUSTOMER, ORDER, RECURRING

COMMON: dict[str, Any] = {"platform": "netsuite", "deal_key": "salesforce:006A", "legal_entity": "US"}
DAY = date(2026, 11, 3)

CUSTOMER_COMMAND = CreateCustomer(
    key="customer-2",
    crm_id="0015g0000000002AAA",
    name="Globex",
    email="ap@globex.example",
    phone=None,
    street="2 Side St",
    city="Elko",
    state="NV",
    postal_code="89801",
    country="US",
    payment_terms="Net 30",
    currency="USD",
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
    currency="USD",
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
    order_native_id=str(ORDER),
    billing_number="INV00000007",
    invoiced_on=date(2026, 11, 1),
    due_on=date(2026, 12, 1),
    currency="USD",
    amount=Decimal("600.00"),
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
    key="journal-FEE-ch-1",
    journal_ref="FEE:ch_1",
    posted_on=date(2026, 11, 4),
    currency="USD",
    memo="Stripe fee",
    lines=(
        JournalLine(account_code="6500", debit=Decimal("3.20"), credit=Decimal(0), memo="fee"),
        JournalLine(account_code="1050", debit=Decimal(0), credit=Decimal("3.20"), memo="fee"),
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
        key="payment-ch-1",
        customer_crm_id=CRM_ID,
        invoice_native_id=invoice.native_id,
        invoice_number="INV00000007",
        payment_ref="ch_1",
        amount=Decimal("600.00"),
        currency="USD",
        paid_on=date(2026, 11, 4),
        **COMMON,
    )


def reversal_command(client: Client) -> ReverseJournal:
    """The reversal of a journal that is made for it."""
    journal = run(client, JOURNAL_COMMAND)
    return ReverseJournal(
        key="reverse-1",
        native_id=journal.native_id,
        journal_ref="FEE:ch_1",
        reversed_on=date(2026, 11, 5),
        currency="USD",
        amount=Decimal("3.20"),
        **COMMON,
    )


def update(entity: str, native_id: object, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    """One attribute's change."""
    named = {"entity": entity, "native_id": str(native_id), "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key="update-1", observed_version=None, **named, **COMMON)


def close(observed: str = "pending_billing", value: str = "closed") -> UpdateStatus:
    """The order moved to closed."""
    where = {"entity": "order", "native_id": str(ORDER), "observed": observed, "value": value}
    return UpdateStatus(key="close-1", observed_version=None, **where, **COMMON)


COMMANDS: dict[str, Callable[[Client], Command]] = {
    "customer": lambda _: CUSTOMER_COMMAND,
    "order": lambda _: ORDER_COMMAND,
    "invoice": lambda _: INVOICE_COMMAND,
    "invoice without order": lambda _: replace(INVOICE_COMMAND, order_native_id=None),
    "journal": lambda _: JOURNAL_COMMAND,
    "payment": payment_command,
    "reversal": reversal_command,
    "customer name": lambda _: update("customer", CUSTOMER, "name", "Acme", "Acme Inc"),
    "customer city": lambda _: update("customer", CUSTOMER, "city", "Reno", "Elko"),
    "customer country": lambda _: update("customer", CUSTOMER, "country", "US", "CA"),
    "customer terms": lambda _: update("customer", CUSTOMER, "payment_terms", "Net 30", "Net 60"),
    "customer crm id": lambda _: update("customer", CUSTOMER, "crm_id", CRM_ID, "0015g0000000009AAA"),
    "customer phone": lambda _: update("customer", CUSTOMER, "phone", None, "+1 555"),
    "customer inactive": lambda _: update("customer", CUSTOMER, "is_active", "true", "false"),
    "product inactive": lambda _: update("product", RECURRING, "is_active", "true", "false"),
    "order line quantity": lambda _: update("order_line", f"{ORDER}-1", "quantity", "10.000000", "12"),
    "order line price": lambda _: update("order_line", f"{ORDER}-1", "unit_price", "120.0000", "118.50"),
    "order amount": lambda _: update("order", ORDER, "amount", "1700.0000", "1000.01"),
    "order closed": lambda _: close(),
}
