"""Sales orders: what a new header or line takes over, and the totals of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import infolog
from q2c_pipelines.platforms.emulation import Row, State


def header(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """The customer's own terms, and an open order."""
    customer = state.get("CustomersV3", f"{row['dataAreaId']}|{row['OrderingCustomerAccountNumber']}") or {}
    if customer.get("OnHoldStatus") == "All":
        told = f"Error: Customer account {row['OrderingCustomerAccountNumber']} has been blocked."
        raise infolog("SalesOrderHeaderV2", told)
    return {
        "InvoiceCustomerAccountNumber": row["InvoiceCustomerAccountNumber"] or customer.get("InvoiceAccount", ""),
        "CurrencyCode": row["CurrencyCode"] or customer.get("SalesCurrencyCode", ""),
        "PaymentTermsName": row["PaymentTermsName"] or customer.get("PaymentTerms", ""),
        "SalesOrderName": row["SalesOrderName"] or customer.get("OrganizationName", ""),
        "SalesOrderStatus": "Backorder",
        "OrderCreationDateTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
    }


def line(state: State, row: Row, given: Row, now: datetime) -> dict[str, Any]:
    """The order's own currency, the next number, and the amount that quantity and price make."""
    order = state.get("SalesOrderHeadersV2", f"{row['dataAreaId']}|{row['SalesOrderNumber']}") or {}
    sql = 'select coalesce(max("LineCreationSequenceNumber"), 0) as n from "SalesOrderLinesV2" where "SalesOrderNumber" = ?'
    amount = given.get("LineAmount", row["OrderedSalesQuantity"] * row["SalesPrice"] - row["LineDiscountAmount"])
    return {
        "LineCreationSequenceNumber": state.select(sql, (row["SalesOrderNumber"],))[0]["n"] + 1,
        "CurrencyCode": order.get("CurrencyCode", ""),
        "LineAmount": round(amount, 2),
        "SalesOrderLineStatus": "Backorder",
    }


def priced(line: Row, given: Row) -> dict[str, Any]:
    """The amount that a new quantity, price or discount makes, where none is given."""
    if "LineAmount" in given or not {"OrderedSalesQuantity", "SalesPrice", "LineDiscountAmount"} & set(given):
        return {}
    return {"LineAmount": round(line["OrderedSalesQuantity"] * line["SalesPrice"] - line["LineDiscountAmount"], 2)}


def total(state: State, line: Row) -> None:
    """Bring an order's total up to its lines."""
    key = f"{line['dataAreaId']}|{line['SalesOrderNumber']}"
    sql = 'select coalesce(sum("LineAmount"), 0) as n from "SalesOrderLinesV2" where "dataAreaId" = ? and "SalesOrderNumber" = ?'
    lines = state.select(sql, (line["dataAreaId"], line["SalesOrderNumber"]))
    state.write("SalesOrderHeadersV2", key, {"OrderTotalAmount": round(lines[0]["n"], 2)})
