"""The catalogue through the older CRUD operations, whose field names and answers begin with capitals."""

from __future__ import annotations

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator.records import body, change
from q2c_pipelines.platforms.zuora.emulator.replies import Refused, answer, wire
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS

_TABLES = {
    "product": "Product",
    "product-rate-plan": "ProductRatePlan",
    "product-rate-plan-charge": "ProductRatePlanCharge",
    "product-rate-plan-charge-tier": "ProductRatePlanChargeTier",
}


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/object/{object}/{id}"""
    table, row = _row(emulation, request)
    fields = OBJECTS[table].fields
    return answer({_capital(name): wire(kind, row[name]) for name, kind in fields.items() if row[name] is not None})


async def update(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/object/{object}/{id}"""
    table, row = _row(emulation, request)
    asked = await body(request, "")
    known = {_capital(name): name for name in OBJECTS[table].fields}
    tiers = asked.pop("ProductRatePlanChargeTierData", {}).get("ProductRatePlanChargeTier", [])
    if unknown := asked.keys() - known.keys():
        raise Refused("INVALID_FIELD", f"invalid field: {unknown.pop()}", 200)
    with emulation.state.transaction():
        if asked:
            change(emulation, table, row["id"], {known[name]: value for name, value in asked.items()})
        for tier in tiers:
            _update_tier(emulation, row["id"], tier)
    return answer({"Success": True, "Id": row["id"]})


def _row(emulation: Emulation, request: web.Request) -> tuple[str, Row]:
    table = _TABLES.get(request.match_info["object"], "")
    row = emulation.state.get(table, request.match_info["key"]) if table else None
    if row is None:
        raise Refused("INVALID_ID", f"Invalid id: {request.match_info['key']}", 404)
    return table, row


def _update_tier(emulation: Emulation, charge_id: str, asked: Row) -> None:
    held = emulation.state.select(
        "select id from ProductRatePlanChargeTier where productRatePlanChargeId = ? and currency = ? and tier = ?",
        (charge_id, asked.get("Currency"), asked.get("Tier", 1)),
    )
    if not held:
        raise Refused("INVALID_VALUE", f"The charge has no tier in {asked.get('Currency')}.")
    change(emulation, "ProductRatePlanChargeTier", held[0]["id"], {"price": asked["Price"]})


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
