"""Corrections of what is sold: a product's use, an order's items and its value. Posted documents are never corrected.

look -> superseded where the system no longer holds what was observed -> one changeset, the header first -> read back

Items and their prices have no version: the order's header is in the changeset under If-Match, unchanged, because its version is
kept there alone. An item's price is its manual condition; the value of an item is nobody's to set, it follows from the price.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.sap_s4hana.odata import ORDERS, PRODUCTS, Look, Record, change, change_together, key, record, refused
from q2c_pipelines.platforms.sap_s4hana.selling import (
    PRICE_CONDITION,
    Settings,
    order_receipt,
    price_fields,
    product_receipt,
)

Change = tuple[str, str, Record]
STALE = "it was changed while this command looked at it"
_CENT, _UNIT, _RATE = Decimal("0.01"), Decimal("0.000001"), Decimal("0.000000001")


def update_product(settings: Settings, command: UpdateField) -> Flow:
    """A product taken out of use or into it again, if it still is as observed."""
    resource, wanted = "A_Product" + key(Product=command.native_id), command.value
    product = yield from _product(resource)
    if (now := _in_use(product)) == wanted:
        return product_receipt("adopted", product)
    if now != command.observed:
        return product_receipt("superseded", product, f"is_active is {now}, not {command.observed}")
    used = {"CrossPlantStatus": "", "IsMarkedForDeletion": False}
    body = used if wanted == "true" else {"CrossPlantStatus": settings.get("blocked_product_status") or "01"}
    if not (yield from change(PRODUCTS, resource, body, product)):
        return product_receipt("superseded", product, STALE)
    after = yield from _product(resource)
    if _in_use(after) != wanted:
        raise refused(f"is_active of product {command.native_id} is {_in_use(after)} after {wanted} was written", "NOT_READ_BACK")
    return product_receipt("written", after)


def update_item(settings: Settings, command: UpdateField) -> Flow:
    """An order item's quantity, price or value set, if it still is what was observed."""
    number, _, place = command.native_id.rpartition("-")
    read, body = ITEM_FIELDS[command.attribute]

    def now(order: Record) -> Decimal | None:
        item = _item(order, place)
        return None if item["SalesDocumentRjcnReason"] else read(item)

    def changes(order: Record) -> list[Change]:
        return [body(settings, order, _item(order, place), Decimal(command.value or 0))]

    return (yield from _correct(number, now, changes, command))


def update_value(settings: Settings, command: UpdateField) -> Flow:
    """An order's value set, if it still is what was observed: its items are scaled alike, and add up to the cent."""

    def now(order: Record) -> Decimal | None:
        return Decimal(order["TotalNetAmount"])

    def changes(order: Record) -> list[Change]:
        return _scaled(settings, order, Decimal(command.value or 0))

    return (yield from _correct(command.native_id, now, changes, command))


def _correct(
    number: str, read: Callable[[Record], Decimal | None], changes: Callable[[Record], list[Change]], command: UpdateField
) -> Flow:
    """Look, compare, write all or nothing over the very version that was seen, read back."""
    order = yield from _order(number)
    wanted, observed = Decimal(command.value or 0), Decimal(command.observed or 0)
    if (now := read(order)) == wanted:
        return order_receipt("adopted", order)
    if now != observed:
        said = "it was rejected" if now is None else f"{command.attribute} is {now}, not {observed}"
        return order_receipt("superseded", order, said)
    if not (yield from change_together(ORDERS, [header_of(order), *changes(order)])):
        return order_receipt("superseded", order, STALE)
    after = yield from _order(number)
    if (kept := read(after)) != wanted:
        what = f"{command.entity} {command.native_id}"
        raise refused(f"{command.attribute} of {what} is {kept} after {wanted} was written", "NOT_READ_BACK")
    return order_receipt("written", after)


def header_of(order: Record) -> Change:
    """The order's header, unchanged: what begins a changeset of its items, so that its version is checked."""
    body = {"PurchaseOrderByCustomer": order["PurchaseOrderByCustomer"]}
    return "A_SalesOrder" + key(SalesOrder=order["SalesOrder"]), json.dumps(body), order


def _product(resource: str) -> Look[Record]:
    if (found := (yield from record(PRODUCTS, resource))) is None:
        raise refused(f"there is no {resource}")
    return found


def _in_use(product: Record) -> str:
    """As staging has it: neither marked for deletion nor with a status of its own."""
    return "false" if product["IsMarkedForDeletion"] or product["CrossPlantStatus"] else "true"


def _order(number: str) -> Look[Record]:
    resource = "A_SalesOrder" + key(SalesOrder=number)
    if (found := (yield from record(ORDERS, resource, expand="to_Item,to_Item/to_PricingElement"))) is None:
        raise refused(f"there is no order {number}")
    return found


def _item(order: Record, place: str) -> Record:
    items: list[Record] = order["to_Item"]["results"]
    found = [item for item in items if item["SalesOrderItem"] == place]
    if not found:
        raise refused(f"order {order['SalesOrder']} has no item {place}")
    return found[0]


def _quantity(item: Record) -> Decimal:
    return Decimal(item["RequestedQuantity"])


def _unit_price(item: Record) -> Decimal | None:
    """What one comes to, as exactly as it is observed."""
    quantity = _quantity(item)
    return (Decimal(item["NetAmount"]) / quantity).quantize(_UNIT, ROUND_HALF_UP) if quantity else None


def _net_amount(item: Record) -> Decimal:
    return Decimal(item["NetAmount"])


def _with_quantity(settings: Settings, order: Record, item: Record, wanted: Decimal) -> Change:
    parts = {name: item[name] for name in ("SalesOrder", "SalesOrderItem")}
    return "A_SalesOrderItem" + key(**parts), json.dumps({"RequestedQuantity": f"{wanted:f}"}), item


def _with_price(settings: Settings, order: Record, item: Record, wanted: Decimal) -> Change:
    """The manual condition that gives an item this price. No service adds one to an item that is there."""
    kind = settings.get("price_condition") or PRICE_CONDITION
    found = [each for each in item["to_PricingElement"]["results"] if each["ConditionType"] == kind]
    if not found:
        what = f"item {item['SalesOrderItem']} of order {item['SalesOrder']} has no price condition {kind}"
        raise refused(f"{what}; enter it in Manage Sales Orders, then replay", "NOT_WRITABLE")
    names = ("SalesOrder", "SalesOrderItem", "PricingProcedureStep", "PricingProcedureCounter")
    resource = "A_SalesOrderItemPrElement" + key(**{name: found[0][name] for name in names})
    return resource, json.dumps(price_fields(wanted, order["TransactionCurrency"])), found[0]


def _with_amount(settings: Settings, order: Record, item: Record, wanted: Decimal) -> Change:
    """The price that makes an item come to this amount, to the cent."""
    if not (quantity := _quantity(item)):
        raise refused(f"nothing is ordered of item {item['SalesOrderItem']} of order {item['SalesOrder']}", "NOT_WRITABLE")
    return _with_price(settings, order, item, (wanted / quantity).quantize(_RATE, ROUND_HALF_EVEN))


def _scaled(settings: Settings, order: Record, wanted: Decimal) -> list[Change]:
    """Every living item's price, the rounding carried on."""
    items = [item for item in order["to_Item"]["results"] if not item["SalesDocumentRjcnReason"]]
    before = sum((_net_amount(item) for item in items), Decimal(0))
    if not before:
        raise refused(f"the items of order {order['SalesOrder']} add up to nothing; correct them", "NOT_WRITABLE")
    changes, exact, given = [], Decimal(0), Decimal(0)
    for item in items:
        exact += _net_amount(item) * wanted / before
        amount = exact.quantize(_CENT, ROUND_HALF_EVEN) - given
        given += amount
        changes.append(_with_amount(settings, order, item, amount))
    return changes


Read = Callable[[Record], Decimal | None]
Write = Callable[[Settings, Record, Record, Decimal], Change]
ITEM_FIELDS: Mapping[str, tuple[Read, Write]] = {
    "quantity": (_quantity, _with_quantity),
    "unit_price": (_unit_price, _with_price),
    "amount": (_net_amount, _with_amount),
}
