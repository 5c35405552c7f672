"""Orders: the only way to make or change a subscription. All of an order takes effect, or none of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import subscriptions
from q2c_pipelines.platforms.zuora.emulator.records import add, add_months, body, by_key, change, numbered, paged, require
from q2c_pipelines.platforms.zuora.emulator.replies import (
    INVALID_VALUE,
    NOT_FOUND,
    ORDERS,
    RULE,
    UNKNOWN_FIELD,
    Refused,
    done,
    on_the_clock,
)
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS

_MONTHS = {"Month": 1, "Year": 12}


async def create(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/orders"""
    asked = await body(request, ORDERS)
    require(asked, ["orderDate"], ORDERS)
    with emulation.state.transaction():
        account = by_key(emulation, "Account", asked.get("existingAccountNumber"), ORDERS)
        order = add(emulation, "Orders", _header(emulation, asked, account))
        made = [_act(emulation, order, account, each) for each in asked.get("subscriptions") or []]
    reply: dict[str, Any] = {
        "orderNumber": order["orderNumber"],
        "accountNumber": account["accountNumber"],
        "status": order["status"],
    }
    reply["subscriptionNumbers"] = [each["name"] for each in made]
    if request.query.get("returnIds") == "true":
        reply |= {"orderId": order["id"], "accountId": account["id"], "subscriptionIds": [each["id"] for each in made]}
    return done(**reply)


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/orders/{number}"""
    return done(order=_shown(emulation, by_key(emulation, "Orders", request.match_info["key"], ORDERS)))


async def listing(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/orders"""
    rows, following = paged(emulation, request, "Orders")
    return done(orders=[_shown(emulation, row) for row in rows], **following)


def _header(emulation: Emulation, asked: Row, account: Row) -> Row:
    number = asked.get("orderNumber") or numbered(emulation, "order", "O-")
    if emulation.state.select("select 1 from Orders where orderNumber = ?", (number,)):
        raise Refused(f"{ORDERS}{RULE}", f"The order number {number} already exists.")
    named = {name: asked.get(name) for name in ("orderDate", "description", "category")}
    return named | {"orderNumber": number, "accountId": account["id"], "status": asked.get("status") or "Completed"}


def _shown(emulation: Emulation, order: Row) -> Row:
    account = emulation.state.get("Account", order["accountId"]) or {}
    named = {name: order[name] for name in ("orderNumber", "orderDate", "status", "description", "category")}
    return named | {"existingAccountNumber": account.get("accountNumber"), "updatedDate": on_the_clock(order["updatedDate"])}


def _act(emulation: Emulation, order: Row, account: Row, asked: Row) -> Row:
    """The subscription after all of its actions."""
    require(asked, ["orderActions"], ORDERS)
    result: Row = {}
    for action in asked["orderActions"]:
        act = _ACTIONS.get(action.get("type", ""))
        if not act:
            raise Refused(f"{ORDERS}{INVALID_VALUE}", f"Order action {action.get('type')} is not offered by this tenant.")
        dates = {each["name"]: each["triggerDate"] for each in action.get("triggerDates") or []}
        require(dates, ["ContractEffective"], ORDERS)
        payload = action.get(action["type"][0].lower() + action["type"][1:]) or {}
        if action["type"] == "CreateSubscription":
            result = _create(emulation, order, account, asked, payload, dates["ContractEffective"])
        else:
            before = subscriptions.latest(emulation, asked.get("subscriptionNumber"))
            if before["status"] not in ("Active", "Pending Activation", "Pending Acceptance"):
                raise Refused(f"{ORDERS}{RULE}", f"Subscription {before['name']} is {before['status']}.")
            result = subscriptions.revise(emulation, before, order)
            act(emulation, result, payload, dates["ContractEffective"])
    return emulation.state.get("Subscription", result["id"]) or {}


def _create(emulation: Emulation, order: Row, account: Row, asked: Row, payload: Row, effective: str) -> Row:
    number = payload.get("subscriptionNumber") or asked.get("subscriptionNumber") or numbered(emulation, "subscription", "A-S")
    if emulation.state.select("select 1 from Subscription where name = ?", (number,)):
        raise Refused(f"{ORDERS}{RULE}", f"The subscription number {number} already exists.")
    terms = payload.get("terms") or {}
    require(terms, ["initialTerm"], ORDERS)
    term = terms["initialTerm"]
    start = term.get("startDate") or effective
    currency = payload.get("currency") or account["currency"]
    values = {"name": number, "accountId": account["id"], "invoiceOwnerId": account["id"], "status": "Active", "version": 1}
    values |= {"isLatestVersion": True, "orderId": order["id"], "currency": currency, "autoRenew": bool(terms.get("autoRenew"))}
    values |= {"termType": term.get("termType"), "initialTerm": term.get("period"), "initialTermPeriodType": term.get("periodType")}
    values |= {"renewalSetting": terms.get("renewalSetting"), "subscriptionStartDate": start, "termStartDate": start}
    values |= {"contractEffectiveDate": effective, "serviceActivationDate": effective, "contractAcceptanceDate": effective}
    values |= {"quoteNumber__QT": (asked.get("quote") or {}).get("QuoteNumber__QT")} | _custom(asked) | _term(start, term)
    made = add(emulation, "Subscription", values)
    for plan in payload.get("subscribeToRatePlans") or []:
        _subscribe(emulation, made, plan, effective)
    return made


def _custom(asked: Row) -> Row:
    """The custom fields of a subscription. Raises Refused for one that the tenant has not defined."""
    given: Row = asked.get("customFields") or {}
    for name in given:
        if "__" not in name or name not in OBJECTS["Subscription"].fields:
            raise Refused(f"{ORDERS}{UNKNOWN_FIELD}", f"Unknown custom field {name}.")
    return given


def _term(start: str, term: Row) -> Row:
    """Length and end of a term given by its length or by its end; the end is the day after the last day."""
    if term.get("termType") == "EVERGREEN":
        return {"currentTerm": None, "termEndDate": None, "subscriptionEndDate": None}
    first = date.fromisoformat(start)
    if term.get("endDate"):
        end = date.fromisoformat(term["endDate"])
        months = (end.year - first.year) * 12 + end.month - first.month
        return {"currentTerm": months, "currentTermPeriodType": "Month", "termEndDate": str(end), "subscriptionEndDate": str(end)}
    if term.get("periodType") not in _MONTHS or not term.get("period"):
        raise Refused(f"{ORDERS}{INVALID_VALUE}", "A termed subscription needs period with periodType, or endDate.")
    end = add_months(first, term["period"] * _MONTHS[term["periodType"]])
    length = {"currentTerm": term["period"], "currentTermPeriodType": term["periodType"]}
    return length | {"termEndDate": str(end), "subscriptionEndDate": str(end)}


def _subscribe(emulation: Emulation, made: Row, asked: Row, effective: str) -> None:
    """Adds one rate plan of the catalogue with all its charges, overridden where the order says so."""
    plan = by_key(emulation, "ProductRatePlan", asked.get("productRatePlanId") or asked.get("productRatePlanNumber"), ORDERS)
    for row, name in ((plan, "rate plan"), (by_key(emulation, "Product", plan["productId"], ORDERS), "product")):
        if not row["effectiveStartDate"] <= effective < row["effectiveEndDate"]:
            raise Refused(f"{ORDERS}{RULE}", f"The {name} {row['name']} is not effective on {effective}.")
    values = {"subscriptionId": made["id"], "productId": plan["productId"], "productRatePlanId": plan["id"], "name": plan["name"]}
    added = add(emulation, "RatePlan", values | {"subscriptionRatePlanNumber": numbered(emulation, "rate plan", "SRP-")})
    overrides = {each["productRatePlanChargeId"]: each.get("pricing") or {} for each in asked.get("chargeOverrides") or []}
    offered = emulation.state.select("select * from ProductRatePlanCharge where productRatePlanId = ?", (plan["id"],))
    if unknown := overrides.keys() - {each["id"] for each in offered}:
        raise Refused(f"{ORDERS}{NOT_FOUND}", f"Cannot find entity by key: '{unknown.pop()}' (product rate plan charge).")
    for each in offered:
        _charge(emulation, made, added, each, overrides.get(each["id"], {}))


def _charge(emulation: Emulation, made: Row, plan: Row, offered: Row, pricing: Row) -> None:
    given = _pricing(offered, pricing)
    list_prices = emulation.state.select(
        "select price from ProductRatePlanChargeTier where productRatePlanChargeId = ? and currency = ?",
        (offered["id"], made["currency"]),
    )
    if not list_prices:
        raise Refused(f"{ORDERS}{RULE}", f"The charge {offered['name']} has no price in {made['currency']}.")
    kept = ("name", "chargeModel", "chargeType", "billingPeriod", "billingTiming", "triggerEvent", "uOM")
    values = {name: offered[name] for name in kept}
    values |= {"ratePlanId": plan["id"], "subscriptionId": made["id"], "productRatePlanChargeId": offered["id"]}
    values |= {"chargeNumber": numbered(emulation, "charge", "C-"), "segment": 1, "version": 1, "isLastSegment": True}
    values |= {"quantity": given.get("quantity", 1), "effectiveStartDate": made["subscriptionStartDate"]}
    added = add(emulation, "RatePlanCharge", values | {"effectiveEndDate": made["subscriptionEndDate"]})
    price = given.get("listPrice", list_prices[0]["price"])
    tier = {"ratePlanChargeId": added["id"], "currency": made["currency"], "price": price, "tier": 1, "startingUnit": 0}
    add(emulation, "RatePlanChargeTier", tier | {"priceFormat": "Per Unit"})


def _pricing(charge: Row, pricing: Row) -> Row:
    """What an order says of a charge's price: under the one key that fits the charge's type and model."""
    kind = {"OneTime": "oneTime", "Recurring": "recurring", "Usage": "usage"}[charge["chargeType"]]
    model = {"Per Unit Pricing": "PerUnit", "Flat Fee Pricing": "FlatFee"}[charge["chargeModel"]]
    if wrong := pricing.keys() - {kind + model}:
        raise Refused(f"{ORDERS}{INVALID_VALUE}", f"{wrong.pop()} does not fit the charge {charge['name']}; use {kind}{model}.")
    given: Row = pricing.get(kind + model) or {}
    return given


def _terms_and_conditions(emulation: Emulation, made: Row, payload: Row, effective: str) -> None:
    term = payload.get("lastTerm") or {}
    values = {"autoRenew": payload["autoRenew"]} if "autoRenew" in payload else {}
    if term:
        start = term.get("startDate") or made["termStartDate"]
        values |= {"termType": term.get("termType"), "termStartDate": start} | _term(start, term)
    after = change(emulation, "Subscription", made["id"], values)
    for charge in emulation.state.select(
        "select id from RatePlanCharge where subscriptionId = ? and isLastSegment and chargeType <> 'OneTime'", (made["id"],)
    ):
        change(emulation, "RatePlanCharge", charge["id"], {"effectiveEndDate": after["subscriptionEndDate"]})


def _update_product(emulation: Emulation, made: Row, payload: Row, effective: str) -> None:
    plans = [
        plan
        for plan in subscriptions.rate_plans(emulation, made["id"])
        if payload.get("subscriptionRatePlanNumber") == plan["subscriptionRatePlanNumber"]
        or payload.get("ratePlanId") in (plan["id"], plan["originalRatePlanId"])
        or emulation.state.select(
            "select 1 from RatePlan where id = ? and subscriptionRatePlanNumber = ?",
            (payload.get("ratePlanId"), plan["subscriptionRatePlanNumber"]),
        )
    ]
    if not plans:
        raise Refused(f"{ORDERS}{NOT_FOUND}", f"Cannot find the rate plan to update in subscription {made['name']}.")
    change(emulation, "RatePlan", plans[0]["id"], {"amendmentType": "UpdateProduct"})
    held = {each["chargeNumber"]: each for each in subscriptions.charges(emulation, plans[0]["id"]) if each["isLastSegment"]}
    for asked in payload.get("chargeUpdates") or []:
        if asked.get("chargeNumber") not in held:
            raise Refused(f"{ORDERS}{NOT_FOUND}", f"Cannot find entity by key: '{asked.get('chargeNumber')}' (charge).")
        _update_charge(emulation, held[asked["chargeNumber"]], asked.get("pricing") or {}, effective)


def _update_charge(emulation: Emulation, charge: Row, pricing: Row, effective: str) -> None:
    """A new price or quantity from a day on: over the whole charge, or as a segment that follows the one so far."""
    if charge["chargeType"] == "OneTime":
        raise Refused(f"{ORDERS}{RULE}", f"The one-time charge {charge['chargeNumber']} cannot be updated.")
    given = _pricing(charge, pricing)
    if not charge["effectiveStartDate"] <= effective < (charge["effectiveEndDate"] or "9999"):
        raise Refused(f"{ORDERS}{RULE}", f"The charge {charge['chargeNumber']} is not in effect on {effective}.")
    if effective > charge["effectiveStartDate"]:
        change(emulation, "RatePlanCharge", charge["id"], {"effectiveEndDate": effective, "isLastSegment": False})
        following = {"segment": charge["segment"] + 1, "effectiveStartDate": effective}
        charge = subscriptions.copy_charge(emulation, charge, following)
    if "quantity" in given:
        change(emulation, "RatePlanCharge", charge["id"], {"quantity": given["quantity"]})
    if "listPrice" in given:
        for tier in subscriptions.tiers(emulation, charge["id"]):
            change(emulation, "RatePlanChargeTier", tier["id"], {"price": given["listPrice"]})


def _cancel(emulation: Emulation, made: Row, payload: Row, effective: str) -> None:
    policies = {"EndOfCurrentTerm": made["termEndDate"], "SpecificDate": payload.get("cancellationEffectiveDate")}
    end = policies.get(payload.get("cancellationPolicy", ""))
    if not end:
        raise Refused(f"{ORDERS}{INVALID_VALUE}", "cancelSubscription needs a cancellationPolicy that gives a date.")
    change(emulation, "Subscription", made["id"], {"status": "Cancelled", "cancelledDate": end, "subscriptionEndDate": end})


_ACTIONS: dict[str, Callable[..., Any]] = {
    "CreateSubscription": _create,
    "TermsAndConditions": _terms_and_conditions,
    "UpdateProduct": _update_product,
    "CancelSubscription": _cancel,
}
