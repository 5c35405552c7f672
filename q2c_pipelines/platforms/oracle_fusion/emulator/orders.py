"""Sales orders: made whole with their lines, changed by a revision that counts once it is submitted.

POST -> draft or open;  PATCH CanceledFlag + reason, or lines -> a revision -> submitted -> canceled, or as revised
"""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator import chart
from q2c_pipelines.platforms.oracle_fusion.emulator import order_lines as lines_of
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import KINDS, ORDERS
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import children, given, known, new_id, new_number, own

_NEEDED = (
    "SourceTransactionNumber",
    "SourceTransactionSystem",
    "SourceTransactionId",
    "BusinessUnitName",
    "TransactionalCurrencyCode",
)
_LINE_NEEDED = ("SourceTransactionLineId", "SourceTransactionLineNumber", "ProductNumber", "OrderedQuantity")
_BY_KEY = 'select * from "salesOrdersForOrderHub" where "OrderKey" = ?'
_ENDED = ("CLOSED", "CANCELED")


def create_order(emulation: Emulation, body: Row, _: Row | None, is_upsert: bool) -> Row:
    """An order of a source system, once: an upsert of one that is there makes a revision of it."""
    state = emulation.state
    values = own(ORDERS, body, "FreezePriceFlag", "RequestedShipDate", "PaymentTerms")
    given(values, *_NEEDED)
    party = _party(state, values)
    known(state, "business_unit", values["BusinessUnitName"], "BusinessUnitName")
    known(state, "source_system", values["SourceTransactionSystem"], "SourceTransactionSystem")
    known(state, "currency", values["TransactionalCurrencyCode"], "TransactionalCurrencyCode")
    key = f"{values['SourceTransactionSystem']}:{values['SourceTransactionId']}"
    if there := state.select(_BY_KEY, (key,)):
        if not is_upsert:
            raise Refusal(
                f"DOO-2685874: A sales order with the source transaction {key} already exists.",
                "DOO-2685874",
                "/SourceTransactionId",
            )
        change_order(emulation, there[0], {name: value for name, value in values.items() if name in ORDERS.patchable})
        return state.select(_BY_KEY, (key,))[0]
    told = children(body, "lines")
    lines = [_line(state, each) for each in told]
    if not lines:
        raise Refusal("DOO-2685011: The order has no lines.", "DOO-2685011", "/lines")
    made = state.insert(
        "salesOrdersForOrderHub", values | party | _begun(state, key, bool(values.get("SubmittedFlag"))), emulation.now()
    )
    for each, said in zip(lines, told, strict=True):
        line = state.insert("lines", each | _placed(made, new_id(state)), emulation.now())
        lines_of.adjust(emulation, line, children(said, "manualPriceAdjustments"))
    return state.get("salesOrdersForOrderHub", made["HeaderId"]) or {}


def _party(state: State, values: Row) -> Row:
    named = "BuyingPartyId" if values.get("BuyingPartyId") else "BuyingPartyNumber"
    column = {"BuyingPartyId": "PartyId", "BuyingPartyNumber": "PartyNumber"}[named]
    found = state.select(f'select * from "hubOrganizations" where "{column}" = ? and "Status" = \'A\'', (values.get(named),))
    if not found:
        raise Refusal(f"DOO-2685667: The buying party {values.get(named)} isn't valid.", "DOO-2685667", f"/{named}")
    return {
        "BuyingPartyId": found[0]["PartyId"],
        "BuyingPartyName": found[0]["OrganizationName"],
        "BuyingPartyNumber": found[0]["PartyNumber"],
    }


def _begun(state: State, key: str, is_submitted: bool) -> Row:
    return {
        "HeaderId": new_id(state),
        "OrderKey": key,
        "OrderNumber": new_number(state, "order"),
        "BusinessUnitId": chart.UNIT_ID,
        "StatusCode": "OPEN" if is_submitted else "DOO_DRAFT",
        "OpenFlag": True,
        "SubmittedFlag": is_submitted,
        "CanceledFlag": False,
        "ChangeVersionNumber": 1,
    }


def _line(state: State, body: Row) -> Row:
    """A line without a price: there is no price list. Raises Refusal for an item that is not sold."""
    values = own(KINDS["lines"], body, "RequestedShipDate")
    given(values, *_LINE_NEEDED)
    if "UnitSellingPrice" in values or "ExtendedAmount" in values:
        raise Refusal("The attribute UnitSellingPrice cannot be set.", "27008", "/lines/UnitSellingPrice")
    sold = """select * from "itemsV2" where "ItemNumber" = ? and "ItemStatusValue" = 'Active' and "CustomerOrderEnabledFlag" = 1"""
    found = state.select(sold, (values["ProductNumber"],))
    if not found:
        raise Refusal(f"DOO-2685671: The product {values['ProductNumber']} isn't valid.", "DOO-2685671", "/lines/ProductNumber")
    amounts = {"UnitListPrice": 0, "UnitSellingPrice": 0, "ExtendedAmount": 0}
    return values | {"ProductId": found[0]["ItemId"]} | amounts


def _placed(order: Row, key: int) -> dict[str, Any]:
    status = "AWAIT_BILLING" if order["SubmittedFlag"] else "CREATED"
    return {"FulfillLineId": key, "LineId": key, "HeaderId": order["HeaderId"], "_parent": order["HeaderId"], "StatusCode": status}


def change_order(emulation: Emulation, record: Row, body: Row) -> None:
    """A revision; a draft until it is submitted, and then what it says is so."""
    state, now = emulation.state, emulation.now()
    if record["StatusCode"] in _ENDED:
        raise Refusal("DOO-2685020: You can't revise a sales order that's closed or canceled.", "DOO-2685020")
    if body.get("CanceledFlag"):
        known(state, "cancel_reason", body.get("CancelReasonCode"), "CancelReasonCode")
    values = {name: value for name, value in body.items() if name in ORDERS.attributes}
    is_canceled = bool(values.get("CanceledFlag", record["CanceledFlag"]))
    ended = is_canceled and bool(values.get("SubmittedFlag"))
    status = "CANCELED" if ended else ("OPEN" if values.get("SubmittedFlag") else "DOO_DRAFT")
    revised = {"ChangeVersionNumber": record["ChangeVersionNumber"] + 1, "StatusCode": status, "OpenFlag": not ended}
    header = _renumbered(state, record["HeaderId"])
    for each in children(body, "lines"):
        lines_of.revise(emulation, header, each)
    state.update("salesOrdersForOrderHub", header, values | revised, now)
    if ended:
        for line in state.select('select * from "lines" where _parent = ?', (header,)):
            said = {"StatusCode": "CANCELED", "CanceledFlag": True, "CancelReasonCode": body.get("CancelReasonCode")}
            state.update("lines", line["FulfillLineId"], said | {"OrderedQuantity": 0, "ExtendedAmount": 0}, now)


def _renumbered(state: State, header: int) -> int:
    """The id of the next version; the version before it is not shown any more."""
    new = new_id(state)
    state.write("salesOrdersForOrderHub", header, {"HeaderId": new})
    state.db.execute('update "lines" set "HeaderId" = ?, _parent = ? where _parent = ?', (new, new, header))
    return new
