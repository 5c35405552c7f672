"""Changes to what is there: which of them a command is, a customer's fields, an order's status.

look -> superseded where the system no longer holds what was observed -> PATCH with If-Match -> read back;  412 -> superseded
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from q2c_pipelines.platforms.commands import UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.sap_s4hana.correcting import (
    ITEM_FIELDS,
    STALE,
    header_of,
    update_item,
    update_product,
    update_value,
)
from q2c_pipelines.platforms.sap_s4hana.odata import (
    ORDERS,
    PARTNERS,
    Look,
    Record,
    act,
    change,
    change_together,
    create,
    key,
    record,
    refused,
    rows,
    text,
)
from q2c_pipelines.platforms.sap_s4hana.selling import (
    TERMS,
    Settings,
    name_fields,
    order_receipt,
    partner_receipt,
    partners,
    terms_code,
)

_ADDRESS = {"city": "CityName", "state": "Region", "postal_code": "PostalCode", "country": "Country"}
_REACHED = {
    "email": ("to_EmailAddress", "A_AddressEmailAddress", "EmailAddress", "IsDefaultEmailAddress"),
    "phone": ("to_PhoneNumber", "A_AddressPhoneNumber", "PhoneNumber", "IsDefaultPhoneNumber"),
}


@dataclass(frozen=True)
class Place:
    """Where an attribute is kept: the record, what it holds now, what sets it. Without a record it is added to `parent`."""

    resource: str
    held: Record | None
    now: str | None
    body: Mapping[str, Any]
    parent: str = ""


def update_field(settings: Settings, command: UpdateField) -> Flow:
    """One attribute set, if it still is what was observed."""
    where = command.entity, command.attribute
    if where == ("product", "is_active"):
        return (yield from update_product(settings, command))
    if where == ("order", "amount"):
        return (yield from update_value(settings, command))
    if command.entity == "order_line" and command.attribute in ITEM_FIELDS:
        return (yield from update_item(settings, command))
    if command.entity == "customer" and command.attribute in _WRITTEN:
        return (yield from _update_customer(settings, command))
    raise refused(f"{command.entity}.{command.attribute} cannot be written; correct it at its source", "NOT_WRITABLE")


def _update_customer(settings: Settings, command: UpdateField) -> Flow:
    found = yield from partners("Customer", command.native_id)
    if not found:
        raise refused(f"there is no customer {command.native_id}")
    partner = found[0]
    place = yield from _place(settings, command, partner)
    if place.now == (command.value or None):
        return partner_receipt("adopted", partner)
    if place.now != (command.observed or None):
        return partner_receipt("superseded", partner, f"it holds {place.now}, not {command.observed}")
    if place.held is None:
        yield from create(PARTNERS, place.parent, place.body)
    elif not (yield from change(PARTNERS, place.resource, place.body, place.held)):
        return partner_receipt("superseded", partner, STALE)
    after = (yield from partners("Customer", command.native_id))[0]
    if (kept := (yield from _place(settings, command, after)).now) != (command.value or None):
        raise refused(
            f"{command.attribute} of customer {command.native_id} is {kept} after {command.value} was written", "NOT_READ_BACK"
        )
    return partner_receipt("written", after)


def _place(settings: Settings, command: UpdateField, partner: Record) -> Look[Place]:
    attribute, value = command.attribute, command.value
    if attribute in _OF_PARTNER:
        read, body = _OF_PARTNER[attribute]
        return Place("A_BusinessPartner" + key(BusinessPartner=partner["BusinessPartner"]), partner, read(partner), body(value))
    if attribute == "payment_terms":
        return (yield from _terms(settings, partner, value))
    return (yield from _at_address(partner, attribute, value))


def _terms(settings: Settings, partner: Record, value: str | None) -> Look[Place]:
    resource = "A_CustomerCompany" + key(Customer=partner["Customer"], CompanyCode=settings["company_code"])
    if (held := (yield from record(PARTNERS, resource))) is None:
        raise refused(f"customer {partner['Customer']} is not kept in company code {settings['company_code']}")
    names = {code: name for name, code in TERMS.items()}
    body = terms_code(value)[0] or {"PaymentTerms": ""}
    return Place(resource, held, names.get(held["PaymentTerms"], held["PaymentTerms"] or None), body)


def _at_address(partner: Record, attribute: str, value: str | None) -> Look[Place]:
    number = partner["BusinessPartner"]
    mine = f"BusinessPartner eq {text(number)}"
    found = yield from rows(
        PARTNERS, "A_BusinessPartnerAddress", mine, orderby="AddressID", expand="to_EmailAddress,to_PhoneNumber"
    )
    if not found:
        raise refused(f"business partner {number} has no address; add one, then replay")
    address = found[0]
    resource = "A_BusinessPartnerAddress" + key(BusinessPartner=number, AddressID=address["AddressID"])
    if attribute in _REACHED:
        return _reached(address, resource, attribute, value)
    if attribute == "street":
        now = " ".join(filter(None, [address["StreetName"], address["HouseNumber"]]))
        return Place(resource, address, now or None, {"StreetName": value or "", "HouseNumber": ""})
    field = _ADDRESS[attribute]
    return Place(resource, address, address[field] or None, {field: value or ""})


def _reached(address: Record, resource: str, attribute: str, value: str | None) -> Place:
    """An e-mail address or telephone number: the address's default one, or else its first."""
    link, entity, field, default = _REACHED[attribute]
    held = sorted(address[link]["results"], key=lambda each: not each[default])
    if not held:
        return Place(entity, None, None, {field: value, default: True}, parent=f"{resource}/{link}")
    parts = {name: held[0][name] for name in ("AddressID", "Person", "OrdinalNumber")}
    return Place(entity + key(**parts), held[0], held[0][field] or None, {field: value or ""})


def _active(partner: Record) -> str:
    return "false" if partner["BusinessPartnerIsBlocked"] else "true"


_OF_PARTNER: dict[str, tuple[Callable[[Record], str | None], Callable[[str | None], Record]]] = {
    "name": (lambda held: held["BusinessPartnerFullName"] or None, lambda value: name_fields(value or "")),
    "crm_id": (
        lambda held: held["BusinessPartnerIDByExtSystem"] or None,
        lambda value: {"BusinessPartnerIDByExtSystem": value or ""},
    ),
    "is_active": (_active, lambda value: {"BusinessPartnerIsBlocked": value == "false"}),
}
_WRITTEN = {*_OF_PARTNER, *_ADDRESS, *_REACHED, "street", "payment_terms"}


def update_status(settings: Settings, command: UpdateStatus) -> Flow:
    """An order closed by rejecting its items, or released where it waits for approval; no other status can be set."""
    if command.entity != "order" or command.value not in ("closed", "activated"):
        raise refused(f"{command.entity} cannot be moved to {command.value}", "NOT_WRITABLE")
    order = yield from _order(command.native_id)
    if status_of(order) == command.value:
        return order_receipt("adopted", order)
    if status_of(order) != command.observed:
        return order_receipt("superseded", order, f"it is {status_of(order)}, not {command.observed}")
    if command.value == "closed":
        if not (yield from change_together(ORDERS, _rejections(settings, order))):
            return order_receipt("superseded", order, STALE)
    elif command.observed == "pending_approval":
        yield from act(ORDERS, "releaseApprovalRequest", SalesOrder=command.native_id)
    else:
        raise refused(f"an order that is {command.observed} cannot be moved to {command.value}", "NOT_WRITABLE")
    after = yield from _order(command.native_id)
    if status_of(after) != command.value:
        raise refused(f"order {command.native_id} is {status_of(after)} after it was moved to {command.value}", "NOT_READ_BACK")
    return order_receipt("written", after)


def status_of(order: Record) -> str | None:
    """An order's canonical status, as staging has it."""
    if order["SalesDocApprovalStatus"] == "A":
        return "pending_approval"
    if order["OverallSDDocumentRejectionSts"] == "C":
        return "closed"
    return {"A": "activated", "B": "pending_billing", "C": "billed"}.get(order["OverallSDProcessStatus"])


def _order(number: str) -> Look[Record]:
    if (found := (yield from record(ORDERS, "A_SalesOrder" + key(SalesOrder=number), expand="to_Item"))) is None:
        raise refused(f"there is no order {number}")
    return found


def _rejections(settings: Settings, order: Record) -> list[tuple[str, str, Record]]:
    """Every open item rejected."""
    changes = [header_of(order)]
    reason = json.dumps({"SalesDocumentRjcnReason": settings.get("rejection_reason") or "01"})
    for item in order["to_Item"]["results"]:
        if not item["SalesDocumentRjcnReason"]:
            parts = {name: item[name] for name in ("SalesOrder", "SalesOrderItem")}
            changes.append(("A_SalesOrderItem" + key(**parts), reason, item))
    return changes
