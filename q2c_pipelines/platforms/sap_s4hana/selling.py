"""New customers and sales orders.

look by the CRM's id or the quote's -> deep create -> read back
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from q2c_pipelines.platforms.commands import CreateCustomer, CreateOrder, OrderLine
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.sap_s4hana.odata import (
    ORDERS,
    PARTNERS,
    PRODUCTS,
    Look,
    Record,
    among,
    create,
    key,
    record,
    refused,
    rows,
    text,
)

Settings = Mapping[str, str]
TERMS = {"Due on receipt": "NT00", "Net 15": "NT15", "Net 30": "NT30", "Net 45": "NT45", "Net 60": "NT60", "Net 90": "NT90"}
PRICE_CONDITION = "PMP0"
_NAME, _EXTERNAL_ID = 40, 20


def create_customer(settings: Settings, command: CreateCustomer) -> Flow:
    """A business partner that buys, known by the CRM's id."""
    if held := (yield from partners("BusinessPartnerIDByExtSystem", command.crm_id)):
        return partner_receipt("adopted", held[0])
    if len(command.crm_id) > _EXTERNAL_ID:
        raise refused(f"BusinessPartnerIDByExtSystem holds {_EXTERNAL_ID} characters, {command.crm_id} has more", "NOT_WRITABLE")
    terms = terms_code(command.payment_terms)
    company = {"CompanyCode": settings["company_code"], "ReconciliationAccount": settings["reconciliation_account"], **terms[0]}
    area = _area(settings, "Division") | {"Currency": command.currency, **terms[1]}
    body = {
        "BusinessPartnerCategory": "2",
        "BusinessPartnerGrouping": settings.get("partner_grouping") or "BP02",
        "BusinessPartnerIDByExtSystem": command.crm_id,
        **name_fields(command.name),
        "to_BusinessPartnerRole": _listed({"BusinessPartnerRole": "FLCU00"}, {"BusinessPartnerRole": "FLCU01"}),
        "to_BusinessPartnerAddress": _listed(_address(command)),
        "to_Customer": {"to_CustomerCompany": _listed(company), "to_CustomerSalesArea": _listed(area)},
    }
    made = yield from create(PARTNERS, "A_BusinessPartner", body)
    after = yield from record(PARTNERS, "A_BusinessPartner" + key(BusinessPartner=made["BusinessPartner"]))
    return partner_receipt("written", after or made)


def create_order(settings: Settings, command: CreateOrder) -> Flow:
    """One order for one quote, at the quote's prices."""
    held = yield from rows(ORDERS, "A_SalesOrder", f"YY1_QuoteID_SDH eq {text(command.quote_id)}", orderby="SalesOrder")
    if living := [order for order in held if order["OverallSDDocumentRejectionSts"] != "C"]:
        return order_receipt("adopted", living[0])
    yield from products(line.product_code for line in command.lines)
    body = {
        "SalesOrderType": settings.get("order_type") or "OR",
        **_area(settings, "OrganizationDivision"),
        "SoldToParty": (yield from customer_number(command.customer_crm_id)),
        "TransactionCurrency": command.currency,
        "SalesOrderDate": day(command.ordered_on),
        "PurchaseOrderByCustomer": command.quote_number,
        "YY1_QuoteID_SDH": command.quote_id,
        "YY1_ServiceStart_SDH": day(command.start_on),
        "YY1_ServiceEnd_SDH": day(command.end_on),
        "to_Item": _listed(*(_item(settings, command.currency, line) for line in command.lines)),
    }
    made = yield from create(ORDERS, "A_SalesOrder", body)
    after = yield from record(ORDERS, "A_SalesOrder" + key(SalesOrder=made["SalesOrder"]))
    if after is None:
        raise refused(f"order {made['SalesOrder']} was saved and is not there when read back; look for it", "NOT_READ_BACK")
    priced = Decimal(after["TotalNetAmount"])
    differs = "" if priced == command.amount else f"the system priced it at {priced}, not {command.amount}"
    return order_receipt("written", after, differs)


def partners(field: str, value: str) -> Look[list[Record]]:
    """The business partners with a field of that value that are customers, the oldest first."""
    found = yield from rows(PARTNERS, "A_BusinessPartner", f"{field} eq {text(value)}", orderby="BusinessPartner")
    return [each for each in found if each["Customer"]]


def customer_number(crm_id: str) -> Look[str]:
    """The customer that the CRM knows by this id. Raises Terminal where there is none."""
    if not (found := (yield from partners("BusinessPartnerIDByExtSystem", crm_id))):
        raise refused(f"no customer has the external id {crm_id} (BusinessPartnerIDByExtSystem); create it, then replay")
    return str(found[0]["Customer"])


def products(codes: Iterable[str]) -> Look[dict[str, Record]]:
    """Products by their number. Raises Terminal naming those that are not there or marked for deletion."""
    wanted = sorted(set(codes))
    found = yield from rows(PRODUCTS, "A_Product", among("Product", wanted))
    known = {each["Product"]: each for each in found if not each["IsMarkedForDeletion"]}
    if missing := [code for code in wanted if code not in known]:
        raise refused(f"no active product {', '.join(missing)}; create or activate it, then replay")
    return known


def name_fields(name: str) -> dict[str, str]:
    """An organisation's name on the lines that the system has for it."""
    lines = textwrap.wrap(name, _NAME)
    return {"OrganizationBPName1": lines[0] if lines else "", "OrganizationBPName2": lines[1] if len(lines) > 1 else ""}


def terms_code(named: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Payment terms as the company's and the sales area's field. Raises Terminal where the name stands for none."""
    if named is None:
        return {}, {}
    if named not in TERMS:
        raise refused(f"no payment terms are called {named}; known are {', '.join(TERMS)}", "NOT_WRITABLE")
    return {"PaymentTerms": TERMS[named]}, {"CustomerPaymentTerms": TERMS[named]}


def day(on: Any) -> str:
    """A date in a JSON body."""
    return f"{on:%Y-%m-%d}T00:00:00"


def partner_receipt(outcome: Literal["written", "adopted", "superseded"], held: Record, detail: str = "") -> Receipt:
    """What the system now holds of a customer."""
    return Receipt(outcome, str(held["Customer"]), str(held["Customer"]), detail, own_fields(held))


def order_receipt(outcome: Literal["written", "adopted", "superseded"], held: Record, detail: str = "") -> Receipt:
    """What the system now holds of an order."""
    return Receipt(outcome, str(held["SalesOrder"]), str(held["SalesOrder"]), detail, own_fields(held))


def product_receipt(outcome: Literal["written", "adopted", "superseded"], held: Record, detail: str = "") -> Receipt:
    """What the system now holds of a product."""
    return Receipt(outcome, str(held["Product"]), str(held["Product"]), detail, own_fields(held))


def price_fields(unit_price: Decimal, currency: str) -> dict[str, str]:
    """A condition that gives the price of one."""
    return {"ConditionRateValue": f"{unit_price:f}", "ConditionCurrency": currency, "ConditionQuantity": "1"}


def own_fields(held: Record) -> Record:
    """A record without what leads away from it."""
    return {name: value for name, value in held.items() if not isinstance(value, dict)}


def _address(command: CreateCustomer) -> Record:
    given = {
        "StreetName": command.street,
        "CityName": command.city,
        "Region": command.state,
        "PostalCode": command.postal_code,
        "Country": command.country,
    }
    email = {"EmailAddress": command.email, "IsDefaultEmailAddress": True}
    phone = {"PhoneNumber": command.phone, "IsDefaultPhoneNumber": True}
    reached = {"to_EmailAddress": _listed(email)} if command.email else {}
    reached |= {"to_PhoneNumber": _listed(phone)} if command.phone else {}
    return {name: value for name, value in given.items() if value is not None} | reached


def _area(settings: Settings, division: str) -> dict[str, str]:
    named = {"SalesOrganization": "sales_organization", "DistributionChannel": "distribution_channel", division: "division"}
    return {field: settings[setting] for field, setting in named.items()}


def _item(settings: Settings, currency: str, line: OrderLine) -> Record:
    price = {"ConditionType": settings.get("price_condition") or PRICE_CONDITION} | price_fields(line.unit_price, currency)
    number = {"SalesOrderItem": str(10 * line.line_number), "Material": line.product_code}
    return number | {"RequestedQuantity": f"{line.quantity:f}", "to_PricingElement": _listed(price)}


def _listed(*records: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    return {"results": list(records)}
