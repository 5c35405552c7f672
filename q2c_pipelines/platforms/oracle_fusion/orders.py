"""Sales orders: one for each quote of the CRM, and the end of one that should not be there.

look by source transaction -> POST, submitted -> read back;  PATCH canceled, submitted: a revision that ends the order
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.commands import CreateOrder, OrderLine, UpdateStatus
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, Settings, item, refused, require_party
from q2c_pipelines.platforms.oracle_fusion.saving import change, create, number, receipt

STATUSES = {"DOO_DRAFT": "draft", "OPEN": "activated", "CLOSED": "billed", "CANCELED": "closed"}
OVERRIDE = "PRICE_OVERRIDE"
_ORDERS = "salesOrdersForOrderHub"


def create_order(settings: Settings, command: CreateOrder) -> Flow:
    """One order for one quote, submitted, at the quote's prices."""
    key = f"{settings['source_system']}:{command.quote_id}"
    order, outcome = (yield from item(_ORDERS, key)), "adopted"
    if order is None:
        party = yield from require_party(settings, command.customer_crm_id)
        outcome = "written" if (yield from create(_ORDERS, _body(settings, command, party))) else "adopted"
        order = yield from required_order(key)
    if order["StatusCode"] == "CANCELED":
        said = f"order {order['OrderNumber']} of quote {command.quote_number} was canceled, and its source transaction is used up"
        raise refused(f"{said}; copy the order in Order Management", "CANCELED")
    return receipt(outcome, order, native_id=key, number=order["OrderNumber"])


def close_order(settings: Settings, command: UpdateStatus) -> Flow:
    """An order canceled, if it still is in the status observed: Fusion closes orders by itself, and nobody else can."""
    if (command.entity, command.value) != ("order", "closed"):
        raise refused(f"{command.entity} cannot be moved to {command.value}; Fusion moves it by itself", "NOT_WRITABLE")
    body = {"CanceledFlag": True, "CancelReasonCode": settings["cancel_reason"], "SubmittedFlag": True}

    def look() -> Look[Held]:
        return (yield from required_order(command.native_id))

    def status(order: Held) -> str | None:
        return STATUSES.get(order["StatusCode"])

    return (yield from change(command.native_id, look, status, body, command.observed, command.value))


def order_number(native_id: str | None) -> Look[str | None]:
    """The number of an order, for the lines that bill it; none where the order is not known."""
    return str((yield from required_order(native_id))["OrderNumber"]) if native_id else None


def required_order(key: str) -> Look[Held]:
    order = yield from item(_ORDERS, key)
    if order is None:
        raise refused(f"there is no order {key}")
    return order


def _body(settings: Settings, command: CreateOrder, party: Held) -> dict[str, Any]:
    return {
        "SourceTransactionSystem": settings["source_system"],
        "SourceTransactionId": command.quote_id,
        "SourceTransactionNumber": command.quote_number,
        "BusinessUnitName": settings["business_unit"],
        "BuyingPartyNumber": party["PartyNumber"],
        "TransactionalCurrencyCode": command.currency,
        "TransactionOn": f"{command.ordered_on.isoformat()}T00:00:00+00:00",
        "SubmittedFlag": True,
        "lines": [_line(command, line) for line in command.lines],
    }


def _line(command: CreateOrder, line: OrderLine) -> dict[str, Any]:
    """A line at its own price: selling prices are the pricing engine's, and only an override changes them."""
    place = str(line.line_number)
    return {
        "SourceTransactionLineId": place,
        "SourceTransactionLineNumber": place,
        "SourceTransactionScheduleId": place,
        "SourceScheduleNumber": "1",
        "ProductNumber": line.product_code,
        "OrderedQuantity": number(line.quantity),
        "ContractStartDate1": command.start_on.isoformat(),
        "ContractEndDate1": command.end_on.isoformat(),
        "manualPriceAdjustments": [price_override(line.unit_price)],
    }


def price_override(unit_price: Decimal) -> dict[str, Any]:
    """The adjustment by hand that gives a line its price."""
    return {
        "AdjustmentTypeCode": OVERRIDE,
        "AdjustmentElementBasis": "QP_LIST_PRICE",
        "AdjustmentAmount": number(unit_price),
        "ChargeDefinitionCode": "QP_SALE_PRICE",
        "ReasonCode": "SALES_NEGOTIATION",
        "SequenceNumber": 1,
    }
