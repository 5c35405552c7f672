"""Lines of sales orders as a revision changes them: how many, and the price that overrides the list's.

lines of a PATCH, each named by its FulfillLineId -> quantity;  manualPriceAdjustments, changed by id or added -> selling price
"""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import KINDS, Resource
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import children, given, new_id, own

_ENDED = ("CLOSED", "CANCELED")
_LINES, _ADJUSTMENTS = KINDS["lines"], KINDS["manualPriceAdjustments"]
_ADJUSTMENT_NEEDED = ("AdjustmentTypeCode", "AdjustmentAmount", "ChargeDefinitionCode", "ReasonCode", "SequenceNumber")


def revise(emulation: Emulation, header: int, body: Row) -> None:
    """Change a line of an order. Raises Refusal where the order has it not, or it has ended."""
    state = emulation.state
    given(body, "FulfillLineId")
    found = state.select('select * from "lines" where _parent = ? and "FulfillLineId" = ?', (header, body["FulfillLineId"]))
    if not found:
        raise Refusal(f"The sales order has no fulfillment line {body['FulfillLineId']}.", "DOO-2685021", "/lines/FulfillLineId")
    if found[0]["StatusCode"] in _ENDED:
        raise Refusal("DOO-2685022: You can't change a fulfillment line that's closed or canceled.", "DOO-2685022", "/lines")
    _check(_LINES, body, "/lines")
    values = {name: value for name, value in body.items() if name in _LINES.attributes}
    line = state.update("lines", found[0]["FulfillLineId"], values, emulation.now())
    adjust(emulation, line, children(body, "manualPriceAdjustments"))


def adjust(emulation: Emulation, line: Row, adjustments: list[Row]) -> None:
    """Change or add adjustments of a line's price by hand; the last override is the price."""
    state, key = emulation.state, line["FulfillLineId"]
    for each in adjustments:
        if each.get("ManualPriceAdjustmentId"):
            _change(emulation, key, each)
        else:
            _add(emulation, key, each)
    sql = """select "AdjustmentAmount" as amount from "manualPriceAdjustments"
        where _parent = ? and "AdjustmentTypeCode" = 'PRICE_OVERRIDE' order by "SequenceNumber" desc"""
    if adjustments and (overriding := state.select(sql, (key,))):
        state.update("lines", key, {"UnitSellingPrice": overriding[0]["amount"]}, emulation.now())


def _change(emulation: Emulation, line: int, body: Row) -> None:
    state, key = emulation.state, body["ManualPriceAdjustmentId"]
    if not state.select('select 1 from "manualPriceAdjustments" where _parent = ? and "ManualPriceAdjustmentId" = ?', (line, key)):
        raise Refusal(f"The line has no manual price adjustment {key}.", "QP-2500001", "/lines/manualPriceAdjustments")
    _check(_ADJUSTMENTS, body, "/lines/manualPriceAdjustments")
    state.update("manualPriceAdjustments", key, body, emulation.now())


def _add(emulation: Emulation, line: int, body: Row) -> None:
    state = emulation.state
    given(body, *_ADJUSTMENT_NEEDED)
    values = own(_ADJUSTMENTS, body) | {"ManualPriceAdjustmentId": new_id(state), "_parent": line}
    sql = 'select 1 from "manualPriceAdjustments" where _parent = ? and "SequenceNumber" = ?'
    if state.select(sql, (line, values["SequenceNumber"])):
        said = f"The line has a manual price adjustment with the sequence number {values['SequenceNumber']} already."
        raise Refusal(said, "QP-2500002", "/lines/manualPriceAdjustments/SequenceNumber")
    state.insert("manualPriceAdjustments", values, emulation.now())


def _check(resource: Resource, body: Row, path: str) -> None:
    """Raises Refusal for an attribute that no revision sets."""
    for name in body:
        if name not in resource.attributes and resource.child(name) is None:
            raise Refusal(f"The attribute {name} does not exist.", "27026", f"{path}/{name}")
        if name not in (resource.key, *resource.patchable):
            raise Refusal(f"The attribute {name} cannot be updated.", "27008", f"{path}/{name}")
