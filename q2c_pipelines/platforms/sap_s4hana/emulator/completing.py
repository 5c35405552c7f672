"""What the system adds to a new record by itself, and what it does not accept: numbers, names, items' prices, unknown customers.

one function an entity: (state, values, body) -> further values;  after the deep create: the document's totals
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator import bookkeeping, chart
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal

FIRST_PARTNER, FIRST_ORDER, FIRST_ADDRESS = 1900000001, 900000001, 9000000001
PRICES = ("PPR0", "PMP0")  # condition types that give an item's price
Body = Mapping[str, Any]


def _partner(state: State, values: Row, body: Body) -> Row:
    if values.get("BusinessPartnerCategory") not in ("1", "2", "3"):
        raise Refusal("R11/401", "Enter a business partner category", target="BusinessPartnerCategory")
    name = values.get("OrganizationBPName1") if values["BusinessPartnerCategory"] == "2" else values.get("LastName")
    if not name:
        raise Refusal("R11/402", "Enter the name of the business partner")
    number = values.get("BusinessPartner") or str(state.next("partner", FIRST_PARTNER))
    roles = [each.get("BusinessPartnerRole", "") for each in _listed(body.get("to_BusinessPartnerRole"))]
    customer = number if body.get("to_Customer") or any(role.startswith("FLCU") for role in roles) else None
    return {"BusinessPartner": number, "Customer": customer, "BusinessPartnerUUID": str(uuid.uuid4())}


def _customer(state: State, values: Row, body: Body) -> Row:
    partner = state.select('select * from "A_BusinessPartner" where Customer = ?', (values["Customer"],))[0]
    return {"CustomerName": partner["BusinessPartnerFullName"], "CustomerFullName": partner["BusinessPartnerFullName"]}


def _address(state: State, values: Row, body: Body) -> Row:
    if not values.get("Country"):
        raise Refusal("AM/010", "Enter a country", target="Country")
    return {"AddressID": values.get("AddressID") or str(state.next("address", FIRST_ADDRESS))}


def _communication(state: State, values: Row, body: Body) -> Row:
    return {"Person": values.get("Person") or "", "OrdinalNumber": values.get("OrdinalNumber") or "1"}


def _order(state: State, values: Row, body: Body) -> Row:
    sold_to = values.get("SoldToParty")
    if not sold_to:
        raise Refusal("V1/382", "Please enter sold-to party or ship-to party", target="SoldToParty")
    area = [values.get(name) or "" for name in ("SalesOrganization", "DistributionChannel", "OrganizationDivision")]
    known = state.get("A_CustomerSalesArea", "/".join([sold_to, *area]))
    if known is None:
        raise Refusal("VP/199", f"Sold-to party {sold_to} is not maintained for sales area {' '.join(area)}", target="SoldToParty")
    if (state.get("A_Customer", sold_to) or {}).get("OrderIsBlockedForCustomer") or known["OrderIsBlockedForCustomer"]:
        raise Refusal("VP/007", f"Customer {sold_to} is blocked for sales orders", target="SoldToParty")
    return {
        "SalesOrder": values.get("SalesOrder") or str(state.next("order", FIRST_ORDER)),
        "TransactionCurrency": values.get("TransactionCurrency") or known["Currency"] or chart.CURRENCY,
        "CustomerPaymentTerms": values.get("CustomerPaymentTerms") or known["CustomerPaymentTerms"],
        "OverallSDProcessStatus": "A",
        "OverallSDDocumentRejectionSts": "A",
        "SalesDocApprovalStatus": "",
    }


def _order_item(state: State, values: Row, body: Body) -> Row:
    product = state.get("A_Product", values.get("Material") or "")
    if product is None or product["IsMarkedForDeletion"]:
        raise Refusal("V1/302", f"Material {values.get('Material')} is not defined for sales org.", target="Material")
    taken = 'select coalesce(max(cast(SalesOrderItem as integer)), 0) as n from "A_SalesOrderItem" where SalesOrder = ?'
    return {
        "SalesOrderItem": values.get("SalesOrderItem") or str(state.select(taken, (values["SalesOrder"],))[0]["n"] + 10),
        "RequestedQuantityUnit": values.get("RequestedQuantityUnit") or product["BaseUnit"],
        "TransactionCurrency": (state.get("A_SalesOrder", values["SalesOrder"]) or {})["TransactionCurrency"],
        "NetAmount": 0,
        "SDProcessStatus": "A",
        "OrderRelatedBillingStatus": "A",
    }


def _price(state: State, values: Row, body: Body) -> Row:
    step = {"PricingProcedureStep": "11" if values.get("ConditionType") == "PMP0" else "10", "PricingProcedureCounter": "1"}
    return {name: values.get(name) or default for name, default in step.items()}


def reprice(state: State, table: str, row: Row, now: datetime) -> None:
    """Work out what an item of an order comes to, after it or its price changed."""
    if table not in ("A_SalesOrderItem", "A_SalesOrderItemPrElement"):
        return
    key = f"{row['SalesOrder']}/{row['SalesOrderItem']}"
    item = state.get("A_SalesOrderItem", key)
    if item is None:
        return
    sql = 'select * from "A_SalesOrderItemPrElement" where SalesOrder = ? and SalesOrderItem = ? order by PricingProcedureStep desc'
    prices = [each for each in state.select(sql, (row["SalesOrder"], row["SalesOrderItem"])) if each["ConditionType"] in PRICES]
    if prices:
        amount = round(
            (item["RequestedQuantity"] or 0) * prices[0]["ConditionRateValue"] / (prices[0]["ConditionQuantity"] or 1), 2
        )
        state.write("A_SalesOrderItem", key, {"NetAmount": amount})
        state.write("A_SalesOrderItemPrElement", prices[0]["_key"], {"ConditionAmount": amount})
    bookkeeping.total(state, row["SalesOrder"])
    bookkeeping.touch(state, "A_SalesOrder", row["SalesOrder"], now)


def _finish_order(state: State, row: Row, now: datetime) -> None:
    """A new order has its value, and no change stamp."""
    for item in state.select('select * from "A_SalesOrderItem" where SalesOrder = ?', (row["SalesOrder"],)):
        reprice(state, "A_SalesOrderItem", item, now)
    state.write("A_SalesOrder", row["SalesOrder"], {"LastChangeDate": None, "LastChangeDateTime": None})


def _finish_item(state: State, row: Row, now: datetime) -> None:
    reprice(state, "A_SalesOrderItem", row, now)


def _finish_partner(state: State, row: Row, now: datetime) -> None:
    """Who buys is a customer, though the request said nothing of one."""
    if row["Customer"] and not state.get("A_Customer", row["Customer"]):
        state.insert("A_Customer", {"Customer": row["Customer"], **_customer(state, row, {})}, now)


def _listed(given: Any) -> list[Body]:
    return list(given.get("results", []) if isinstance(given, Mapping) else given or [])


COMPLETED: dict[str, Callable[[State, Row, Body], Row]] = {
    "A_BusinessPartner": _partner,
    "A_Customer": _customer,
    "A_BusinessPartnerAddress": _address,
    "A_AddressEmailAddress": _communication,
    "A_AddressPhoneNumber": _communication,
    "A_SalesOrder": _order,
    "A_SalesOrderItem": _order_item,
    "A_SalesOrderItemPrElement": _price,
}
FINISHED: dict[str, Callable[[State, Row, datetime], None]] = {
    "A_BusinessPartner": _finish_partner,
    "A_SalesOrder": _finish_order,
    "A_SalesOrderItem": _finish_item,
}
