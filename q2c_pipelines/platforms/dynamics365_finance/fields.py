"""Which field of which record an attribute of the model is: how it is read there, and what writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.dynamics365_finance.books import refused
from q2c_pipelines.platforms.dynamics365_finance.lookups import Look, Record, country, term, terms
from q2c_pipelines.platforms.dynamics365_finance.odata import NOTHING, moment, number

Reads = Callable[[Record], Any]
Body = dict[str, Any]
Place = tuple[str, Reads, Body]  # the entity set, how the attribute is read, and the body that writes it

_CUSTOMER = {
    "name": "OrganizationName",
    "email": "PrimaryContactEmail",
    "phone": "PrimaryContactPhone",
    "street": "AddressStreet",
    "city": "AddressCity",
    "state": "AddressState",
    "postal_code": "AddressZipCode",
    "crm_id": "CrmId_Custom",
}
_ORDER_DAYS = {"start_on": "RevRecContractStartDate", "end_on": "RevRecContractEndDate"}
_ORDER_LINE = {"quantity": "OrderedSalesQuantity", "unit_price": "SalesPrice", "amount": "LineAmount"}
_STATUSES = {"Backorder": "activated", "Delivered": "pending_billing", "Invoiced": "billed", "Canceled": "closed"}
_RATE = Decimal("0.000001")


def place_of(command: UpdateField) -> Look[Place]:
    """Where an attribute is. Raises Terminal for one that is not written here."""
    if command.entity == "customer":
        return (yield from _customer(command))
    if command.entity == "order_line" and command.attribute in _ORDER_LINE:
        field = _ORDER_LINE[command.attribute]
        return "SalesOrderLinesV2", itemgetter(field), {field: number(Decimal(command.value or 0))}
    if command.entity == "order" and command.attribute in _ORDER_DAYS:
        field = _ORDER_DAYS[command.attribute]
        return "SalesOrderHeadersV2", lambda held: _day(held[field]), {field: moment(date.fromisoformat(command.value or NOTHING))}
    if (command.entity, command.attribute) == ("product", "is_active"):
        return "ReleasedProductsV2", _is_sold, {"ProductLifecycleStateId": "Obsolete" if command.value == "false" else ""}
    raise refused(f"{command.entity}.{command.attribute} cannot be written; correct it at its source", "NOT_WRITABLE")


def standing(held: Record) -> str | None:
    """The canonical status of an order."""
    return "closed" if held["IsSalesProcessingStopped"] == "Yes" else _STATUSES.get(held["SalesOrderStatus"])


def same(held: Any, wanted: str | None) -> bool:
    """Whether a value is the one meant, numbers by their amount."""
    if isinstance(held, int | Decimal) and wanted is not None:
        return Decimal(held).quantize(_RATE) == Decimal(wanted).quantize(_RATE)
    return (held or None) == (wanted or None)


def _customer(command: UpdateField) -> Look[Place]:
    area, attribute, value = command.native_id.partition("/")[0], command.attribute, command.value
    if field := _CUSTOMER.get(attribute):
        return "CustomersV3", itemgetter(field), {field: value or ""}
    if attribute == "is_active":
        return "CustomersV3", _is_active, {"OnHoldStatus": "All" if value == "false" else "No"}
    if attribute == "country":
        code = (yield from country(value)) if value else ""
        return "CustomersV3", itemgetter("AddressCountryRegionISOCode"), {"AddressCountryRegionId": code}
    if attribute == "payment_terms":
        said = yield from terms(area)
        name = (yield from term(area, value)) if value else ""
        return "CustomersV3", lambda held: said.get(held["PaymentTerms"]), {"PaymentTerms": name}
    raise refused(f"customer.{attribute} cannot be written; correct it at its source", "NOT_WRITABLE")


def _day(said: str) -> str | None:
    return None if said.startswith(NOTHING) else said[:10]


def _is_active(held: Record) -> str:
    return "false" if held["OnHoldStatus"] == "All" else "true"


def _is_sold(held: Record) -> str:
    return "false" if held["ProductLifecycleStateId"] == "Obsolete" else "true"
