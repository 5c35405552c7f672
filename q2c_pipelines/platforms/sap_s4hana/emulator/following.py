"""What may no longer be changed of an order item because of what followed on it: deliveries and billing documents.

A quantity does not fall below what was delivered or billed of it; the price of an item that is billed as a whole stays.
"""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal

_PRICE = ("ConditionRateValue", "ConditionQuantity", "ConditionCurrency")
_BILLED = """select coalesce(max(i.BillingQuantity), 0) as quantity from "A_BillingDocumentItem" i
    join "A_BillingDocument" d on d.BillingDocument = i.BillingDocument
    where i.SalesDocument = ? and i.SalesDocumentItem = ?
    and not coalesce(d.BillingDocumentIsCancelled, 0) and coalesce(d.CancelledBillingDocument, '') = ''"""


def require_changeable(state: State, table: str, row: Row, values: Row) -> None:
    """Raises Refusal for a change that what followed does not let pass."""
    if table == "A_SalesOrderItem":
        _check_quantity(state, row, values)
    elif table == "A_SalesOrderItemPrElement":
        _check_price(state, row, values)


def _check_quantity(state: State, item: Row, values: Row) -> None:
    wanted, now = values.get("RequestedQuantity"), item["RequestedQuantity"] or 0
    if wanted is None or wanted >= now:
        return
    place = f"item {item['SalesOrderItem']}"
    if item["DeliveryStatus"] in ("B", "C"):
        raise Refusal("V1/347", f"The quantity of {place} is less than what was delivered", target="RequestedQuantity")
    billed = state.select(_BILLED, (item["SalesOrder"], item["SalesOrderItem"]))[0]["quantity"]
    if wanted < billed:
        raise Refusal("V1/348", f"The quantity of {place} is less than what was billed", target="RequestedQuantity")


def _check_price(state: State, price: Row, values: Row) -> None:
    item = state.get("A_SalesOrderItem", f"{price['SalesOrder']}/{price['SalesOrderItem']}") or {}
    changed = [name for name in _PRICE if name in values and values[name] != price[name]]
    if changed and item.get("OrderRelatedBillingStatus") == "C":
        words = f"Item {price['SalesOrderItem']} has been billed: field {changed[0]} is not an input field"
        raise Refusal("V1/349", words, target=changed[0])
