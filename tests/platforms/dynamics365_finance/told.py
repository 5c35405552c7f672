"""Commands to tell the environment, every kind once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import (
    ApplyPayment,
    Command,
    CreateCustomer,
    CreateOrder,
    JournalLine,
    OrderLine,
    PostJournal,
    ReverseJournal,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.dynamics365_finance.emulator import SETTINGS
from q2c_pipelines.platforms.dynamics365_finance.writer import handlers
from q2c_pipelines.platforms.flow import Flow, Receipt
from tests.platforms.dynamics365_finance.conftest import CRM_ID, CUSTOMER, INVOICE, ORDER, Environment

COMMON: dict[str, Any] = {"platform": "dynamics365_finance", "deal_key": "dynamics365_sales:1", "legal_entity": "UK"}
DAY = date(2026, 11, 3)

CUSTOMER_COMMAND = CreateCustomer(
    key="customer-2",
    crm_id="c1a7e6f0-0000-4000-a000-000000000002",
    name="Globex Ltd",
    email="ap@globex.example",
    phone=None,
    street="2 Mill Lane",
    city="Bristol",
    state=None,
    postal_code="BS1 4DJ",
    country="GB",
    payment_terms="Net 60",
    currency="GBP",
    **COMMON,
)
ORDER_COMMAND = CreateOrder(
    key="order-2",
    customer_crm_id=CRM_ID,
    quote_id="quote-2",
    quote_number="Q-2",
    ordered_on=DAY,
    start_on=DAY,
    end_on=date(2027, 11, 2),
    currency="GBP",
    amount=Decimal("1741.50"),
    lines=(
        OrderLine(line_number=1, product_code="SKU-0001", quantity=Decimal(12), unit_price=Decimal("120.00"), amount=Decimal(1440)),
        OrderLine(
            line_number=3, product_code="SKU-0002", quantity=Decimal(1), unit_price=Decimal("301.50"), amount=Decimal("301.50")
        ),
    ),
    **COMMON,
)
PAYMENT_COMMAND = ApplyPayment(
    key="payment-1",
    customer_crm_id=CRM_ID,
    invoice_native_id=f"ukmf/{INVOICE}",
    invoice_number=INVOICE,
    payment_ref="BACS-1",
    amount=Decimal("720.00"),
    currency="GBP",
    paid_on=date(2026, 11, 4),
    **COMMON,
)
JOURNAL_COMMAND = PostJournal(
    key="journal-1",
    journal_ref="FEE:BACS-1",
    posted_on=date(2026, 11, 4),
    currency="GBP",
    memo="Processor fee",
    lines=(
        JournalLine(account_code="605150", debit=Decimal("3.20"), credit=Decimal(0), memo="fee"),
        JournalLine(account_code="110155", debit=Decimal(0), credit=Decimal("3.20"), memo="fee"),
    ),
    **COMMON,
)


def flow_of(command: Command, **settings: str) -> Flow:
    """What delivery runs, by the environment's own settings or others."""
    return handlers({**SETTINGS, **settings})[type(command)](command)


def run(client: Client, command: Command, **settings: str) -> Receipt:
    """The receipt of one command."""
    return client.run(flow_of(command, **settings))


def reversal(environment: Environment, client: Client) -> ReverseJournal:
    """The reversal of a journal that is made for it, and posted."""
    journal = run(client, JOURNAL_COMMAND)
    environment.advance(minutes=10)
    named = {"native_id": journal.native_id, "journal_ref": "FEE:BACS-1", "reversed_on": date(2026, 11, 5)}
    return ReverseJournal(key="reverse-1", currency="GBP", amount=Decimal("3.20"), **named, **COMMON)


def update(attribute: str, observed: str | None, value: str | None, entity: str = "customer", of: str = CUSTOMER) -> UpdateField:
    """One attribute's change."""
    named = {"entity": entity, "native_id": f"ukmf/{of}", "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key="update-1", observed_version=None, **named, **COMMON)


def move(observed: str = "activated", value: str = "closed") -> UpdateStatus:
    """The order moved to closed."""
    where = {"entity": "order", "native_id": f"ukmf/{ORDER}", "observed": observed, "value": value}
    return UpdateStatus(key="close-1", observed_version=None, **where, **COMMON)


Make = Callable[[Environment, Client], Command]
COMMANDS: dict[str, Make] = {
    "customer": lambda *_: CUSTOMER_COMMAND,
    "order": lambda *_: ORDER_COMMAND,
    "payment": lambda *_: PAYMENT_COMMAND,
    "journal": lambda *_: JOURNAL_COMMAND,
    "reversal": reversal,
    "customer name": lambda *_: update("name", "Acme Ltd", "Acme plc"),
    "customer city": lambda *_: update("city", "Leeds", "York"),
    "customer country": lambda *_: update("country", "GB", "IE"),
    "customer terms": lambda *_: update("payment_terms", "Net 30", "Net 60"),
    "customer crm id": lambda *_: update("crm_id", CRM_ID, "another"),
    "customer phone": lambda *_: update("phone", None, "+44 1"),
    "customer inactive": lambda *_: update("is_active", "true", "false"),
    "order closed": lambda *_: move(),
    "order end": lambda *_: update("end_on", None, "2027-11-02", "order", ORDER),
    "order line quantity": lambda *_: update("quantity", "10", "12", "order_line", "LOT-1"),
    "order line price": lambda *_: update("unit_price", "120.000000", "118.50", "order_line", "LOT-1"),
    "product inactive": lambda *_: update("is_active", "true", "false", "product", "SKU-0001"),
    "order amount": lambda *_: update("amount", "1700.0000", "1000.01", "order", ORDER),
}
CHANGES = [name for name in COMMANDS if " " in name]
