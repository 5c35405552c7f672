"""Commands to tell the account, every kind once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import (
    Command,
    CreateCustomer,
    CreateSubscription,
    SubscriptionLine,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.flow import Receipt
from q2c_pipelines.platforms.stripe.writer import handlers
from tests.platforms.stripe.conftest import CRM_ID, CUSTOMER

HANDLERS = handlers({})
COMMON: dict[str, Any] = {"platform": "stripe", "deal_key": "salesforce:006A", "legal_entity": "US"}

CUSTOMER_COMMAND = CreateCustomer(
    key="customer-2",
    crm_id="0015g0000000002AAA",
    name="Globex & Söhne",
    email="ap+pay@globex.example",
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


SUBSCRIPTION_LINES = (
    SubscriptionLine(
        product_code="SKU-1", charge_type="recurring", billing_period="Quarter", quantity=Decimal(10), unit_price=Decimal("37.125")
    ),
    SubscriptionLine(
        product_code="SKU-9", charge_type="one_time", billing_period=None, quantity=Decimal(2), unit_price=Decimal("495.00")
    ),
)
SUBSCRIPTION = CreateSubscription(
    key="subscription-1",
    customer_crm_id=CRM_ID,
    quote_number="Q-00000042",
    order_number="SO00000042",
    start_on=date(2026, 11, 10),
    term_months=12,
    currency="USD",
    lines=SUBSCRIPTION_LINES,
    **COMMON,
)


def cancel(subscription: str, observed: str = "active", **changes: str) -> UpdateStatus:
    """The end of a subscription."""
    named = {"entity": "subscription", "native_id": subscription, "observed": observed, "value": "cancelled"} | changes
    return UpdateStatus(key="cancel-1", observed_version=None, **named, **COMMON)


def run(client: Client, command: Command) -> Receipt:
    """The receipt of one command."""
    return client.run(HANDLERS[type(command)](command))


def update(attribute: str, observed: str | None, value: str | None, entity: str = "customer", key: str = "update-1") -> UpdateField:
    """One attribute's change."""
    named: dict[str, Any] = {"entity": entity, "native_id": CUSTOMER, "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key=key, observed_version=None, **named, **COMMON)


def correct(item: str, attribute: str, observed: str, value: str, key: str = "correct-1") -> UpdateField:
    """A line of a subscription put right."""
    return replace(update(attribute, observed, value, entity="subscription_line", key=key), native_id=item)


UPDATES = {
    "name": update("name", "Acme", "Acme & Söhne"),
    "email": update("email", "ap@acme.example", "billing+a@acme.example"),
    "phone emptied": update("phone", "+1 555", None),
    "street": update("street", "1 Main St", "3 Main St"),
    "city": update("city", "Reno", "Elko"),
    "state": update("state", "NV", "UT"),
    "postal code": update("postal_code", "89501", "89801"),
    "country": update("country", "US", "CA"),
    "crm id": update("crm_id", CRM_ID, "0015g0000000009AAA"),
}
COMMANDS: dict[str, Command] = {"customer": CUSTOMER_COMMAND, **UPDATES}
