"""Subscriptions as versions: reading the one in force, and writing the next."""

from __future__ import annotations

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.records import add, change
from q2c_pipelines.platforms.zuora.emulator.replies import ORDERS, done
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS

_SHOWN = [
    "id",
    "accountId",
    "status",
    "version",
    "termType",
    "currentTerm",
    "currentTermPeriodType",
    "initialTerm",
    "renewalTerm",
    "subscriptionStartDate",
    "subscriptionEndDate",
    "termStartDate",
    "termEndDate",
    "contractEffectiveDate",
    "quoteNumber__QT",
    "IntegrationId__NS",
    "currency",
]
_MODELS = {"Per Unit Pricing": "PerUnit", "Flat Fee Pricing": "FlatFee"}  # v1 spells them differently
_CHARGE = ["id", "productRatePlanChargeId", "billingPeriod", "quantity", "effectiveStartDate", "effectiveEndDate", "segment"]


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/subscriptions/{key}: the version in force, with its rate plans and charges."""
    found = latest(emulation, request.match_info["key"])
    account = emulation.state.get("Account", found["accountId"]) or {}
    shown = {"subscriptionNumber": found["name"], "accountNumber": account.get("accountNumber")} | {
        name: found[name] for name in _SHOWN
    }
    shown |= {"isLatestVersion": bool(found["isLatestVersion"]), "autoRenew": bool(found["autoRenew"])}
    return done(**shown, ratePlans=[_rate_plan(emulation, plan) for plan in rate_plans(emulation, found["id"])])


def latest(emulation: Emulation, key: str | None) -> Row:
    """The version in force of a subscription named by number or by any version's id."""
    rows = emulation.state.select(
        """select * from Subscription where isLatestVersion
        and name in (select name from Subscription where id = :key or name = :key)""",
        {"key": key},
    )
    return replies.found(rows[0] if rows else None, "Subscription", str(key), ORDERS)


def rate_plans(emulation: Emulation, version_id: str) -> list[Row]:
    return emulation.state.select("select * from RatePlan where subscriptionId = ? order by rowid", (version_id,))


def charges(emulation: Emulation, plan_id: str) -> list[Row]:
    sql = "select * from RatePlanCharge where ratePlanId = ? order by chargeNumber, segment"
    return emulation.state.select(sql, (plan_id,))


def tiers(emulation: Emulation, charge_id: str) -> list[Row]:
    return emulation.state.select("select * from RatePlanChargeTier where ratePlanChargeId = ? order by tier", (charge_id,))


def revise(emulation: Emulation, before: Row, order: Row) -> Row:
    """The next version: a new row with a new id, its rate plans and charges copied under it; the old one is history."""
    values = {"version": before["version"] + 1, "previousSubscriptionId": before["id"], "orderId": order["id"]}
    after = add(emulation, "Subscription", _copied("Subscription", before) | values)
    change(emulation, "Subscription", before["id"], {"isLatestVersion": False, "status": "Expired"})
    for plan in rate_plans(emulation, before["id"]):
        origin = {"subscriptionId": after["id"], "originalRatePlanId": plan["originalRatePlanId"] or plan["id"]}
        new_plan = add(emulation, "RatePlan", _copied("RatePlan", plan) | origin)
        for charge in charges(emulation, plan["id"]):
            place = {"ratePlanId": new_plan["id"], "subscriptionId": after["id"], "version": after["version"]}
            copy_charge(emulation, charge, place | {"originalId": charge["originalId"] or charge["id"]})
    return after


def copy_charge(emulation: Emulation, charge: Row, values: Row) -> Row:
    """Another row for the same charge, with its tiers."""
    new = add(emulation, "RatePlanCharge", _copied("RatePlanCharge", charge) | values)
    for tier in tiers(emulation, charge["id"]):
        add(emulation, "RatePlanChargeTier", _copied("RatePlanChargeTier", tier) | {"ratePlanChargeId": new["id"]})
    return new


def _copied(table: str, row: Row) -> Row:
    own = {"id", "createdDate", "updatedDate"}
    return {name: row[name] for name in OBJECTS[table].fields if name not in own}


def _rate_plan(emulation: Emulation, plan: Row) -> Row:
    named = {"ratePlanName": plan["name"], "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"]}
    shown = {name: plan[name] for name in ("id", "productId", "productRatePlanId")} | named
    return shown | {
        "ratePlanCharges": [_charge(emulation, each) for each in charges(emulation, plan["id"]) if each["isLastSegment"]]
    }


def _charge(emulation: Emulation, charge: Row) -> Row:
    prices = tiers(emulation, charge["id"])
    shown = {name: charge[name] for name in _CHARGE}
    shown |= {
        "number": charge["chargeNumber"],
        "name": charge["name"],
        "type": charge["chargeType"],
        "model": _MODELS[charge["chargeModel"]],
    }
    return shown | {"price": prices[0]["price"] if prices else None}
