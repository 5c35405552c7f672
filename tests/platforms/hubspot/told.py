"""Commands as they are planned, one of each kind."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.commands import CreateCustomer, UpdateField, UpdateStatus
from tests.platforms.hubspot.conftest import COMPANY, DEAL, ORDER, QUOTE

WHO: dict[str, Any] = {"platform": "hubspot", "deal_key": "hubspot:8001", "legal_entity": "CA"}
NEW = CreateCustomer(
    key="create-1",
    crm_id="CRM-42",
    name="Birch",
    email="ap@birch.example",
    phone="+1 514 555",
    street="2 Rue Roy",
    city="Montreal",
    state="QC",
    postal_code="H2W 1A1",
    country="CA",
    payment_terms="Net 30",
    currency="CAD",
    **WHO,
)


def field(entity: str, key: int, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    """A correction of one attribute."""
    what = {"entity": entity, "native_id": str(key), "attribute": attribute, "observed": observed, "value": value}
    return UpdateField(key=f"field-{entity}-{attribute}", observed_version=None, **what, **WHO)


def step(entity: str, key: int, observed: str, value: str) -> UpdateStatus:
    """A step from one status to another."""
    what = {"entity": entity, "native_id": str(key), "observed": observed, "value": value}
    return UpdateStatus(key=f"step-{entity}-{value}", observed_version=None, **what, **WHO)


NUMBERED = field("order", ORDER, "erp_number", None, "SO40000001")
RENAMED = field("customer", COMPANY, "name", "Maple", "Maple Inc")
ADDRESSED = field("customer", COMPANY, "email", "ap@maple.example", "billing@maple.example")
PRICED = field("opportunity", DEAL, "amount", "1200.00", "1300")
ACTIVATED = step("order", ORDER, "draft", "activated")
REOPENED = step("quote", QUOTE, "approved", "draft")
COMMANDS = {"create": NEW, "erp number": NUMBERED, "name": RENAMED, "email": ADDRESSED, "amount": PRICED, "order": ACTIVATED}
