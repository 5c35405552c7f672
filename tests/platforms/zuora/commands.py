"""Commands that the pretended tenant can obey."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.commands import ApplyPayment, CreateCustomer, CreateSubscription, SubscriptionLine, UpdateField

TO_ZUORA: dict[str, Any] = {"platform": "zuora", "deal_key": "D-1", "legal_entity": "US"}
CUSTOMER = CreateCustomer(
    key="create-customer-001B",
    crm_id="001B",
    name="Birch & Co",
    email="pay@birch.example",
    phone="+1 555",
    street="1 Elm St",
    city="Boise",
    state="ID",
    postal_code="83702",
    country="US",
    payment_terms="Net 30",
    currency="USD",
    **TO_ZUORA,
)
LINES = (
    SubscriptionLine(
        product_code="SKU-0001", charge_type="recurring", billing_period="Month", quantity=Decimal(10), unit_price=Decimal("25.50")
    ),
    SubscriptionLine(
        product_code="SKU-0002", charge_type="one_time", billing_period=None, quantity=Decimal(1), unit_price=Decimal(450)
    ),
)
SUBSCRIPTION = CreateSubscription(
    key="create-subscription-Q-1",
    customer_crm_id="001A",
    quote_number="Q-00000042",
    order_number="SO00000042",
    start_on=date(2026, 11, 1),
    term_months=12,
    currency="USD",
    lines=LINES,
    **TO_ZUORA,
)
PAYMENT = ApplyPayment(
    key="apply-payment-ch-1",
    customer_crm_id="001A",
    invoice_native_id="i1",
    invoice_number="INV00000001",
    payment_ref="ch_1",
    amount=Decimal("250.00"),
    currency="USD",
    paid_on=date(2026, 10, 30),
    **TO_ZUORA,
)


def update(entity: str, native_id: str, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    what = {"entity": entity, "native_id": native_id, "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key=f"update-{attribute.replace('_', '-')}-1", observed_version=None, **what, **TO_ZUORA)  # type: ignore[arg-type]
