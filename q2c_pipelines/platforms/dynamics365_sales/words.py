"""The vendor's words for what a command says: columns, choices, states, and the actions that close documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.dynamics365_sales.records import refused

COLUMNS = {
    ("customer", "name"): ("accounts", "name"),
    ("customer", "email"): ("accounts", "emailaddress1"),
    ("customer", "phone"): ("accounts", "telephone1"),
    ("customer", "street"): ("accounts", "address1_line1"),
    ("customer", "city"): ("accounts", "address1_city"),
    ("customer", "state"): ("accounts", "address1_stateorprovince"),
    ("customer", "postal_code"): ("accounts", "address1_postalcode"),
    ("customer", "country"): ("accounts", "address1_country"),
    ("customer", "payment_terms"): ("accounts", "paymenttermscode"),
    ("order", "erp_number"): ("salesorders", "new_erpordernumber"),
}
PAYMENT_TERMS = {"Net 30": 1, "2% 10, Net 30": 2, "Net 45": 3, "Net 60": 4}
_STATUSES = {
    "order": {0: "draft", 1: "activated", 2: "closed", 3: "pending_billing", 4: "billed"},
    "quote": {0: "draft", 1: "approved", 2: "accepted", 3: "rejected"},
}


@dataclass(frozen=True)
class State:
    """A state that an update may set, with its status reason."""

    table: str
    state: int
    reason: int

    @property
    def values(self) -> Mapping[str, int]:
        return {"statecode": self.state, "statuscode": self.reason}


@dataclass(frozen=True)
class Closing:
    """An action that closes a document and leaves an activity which says so."""

    table: str
    action: str
    activity: str
    status: int
    subject: str
    from_state: int

    @property
    def path(self) -> str:
        return f"{DATA}/{self.action}"


def _cancelled(from_state: int) -> Closing:
    return Closing("salesorders", "CancelSalesOrder", "OrderClose", 4, "Cancelled", from_state)


MOVES: dict[tuple[str, str, str], State | Closing] = {
    ("order", "draft", "activated"): State("salesorders", 1, 3),
    ("order", "activated", "billed"): State("salesorders", 4, 100003),
    ("order", "pending_billing", "billed"): State("salesorders", 4, 100003),
    ("order", "draft", "closed"): _cancelled(0),
    ("order", "activated", "closed"): _cancelled(1),
    ("quote", "draft", "approved"): State("quotes", 1, 2),
    ("quote", "approved", "accepted"): Closing("quotes", "WinQuote", "QuoteClose", 4, "Accepted", 1),
    ("quote", "approved", "rejected"): Closing("quotes", "CloseQuote", "QuoteClose", 5, "Rejected", 1),
}


def status_of(entity: str, record: Mapping[str, Any]) -> str:
    """The canonical status of a document."""
    return _STATUSES[entity].get(record["statecode"], "")


def native(column: str, value: str | None) -> Any:
    """A canonical value as the column holds it. Raises Terminal for payment terms that the vendor has no choice for."""
    if value in (None, ""):
        return None
    if column != "paymenttermscode":
        return value
    if value not in PAYMENT_TERMS:
        raise refused(f"payment terms {value!r} are none of {', '.join(PAYMENT_TERMS)}; add the choice there or change the terms")
    return PAYMENT_TERMS[value]
