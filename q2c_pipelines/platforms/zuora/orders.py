"""Orders, the one way to make or change a subscription in Zuora, and the catalogue that a new one is made from."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import CreateSubscription, SubscriptionLine
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.zuora.looks import document, idempotency, number, records, zoql

Looking = Generator[Request, httpx.Response, Any]
_NO_BILLING = {"runBilling": False, "collectPayment": False}
_CHARGE_TYPES = {"one_time": "OneTime", "recurring": "Recurring"}
_PRICING = {
    ("OneTime", "Per Unit Pricing"): "oneTimePerUnit",
    ("OneTime", "Flat Fee Pricing"): "oneTimeFlatFee",
    ("Recurring", "Per Unit Pricing"): "recurringPerUnit",
    ("Recurring", "Flat Fee Pricing"): "recurringFlatFee",
}


def create_subscription(command: CreateSubscription) -> Flow:
    """One subscription for one quote, whoever made it."""
    held = records((yield zoql("Subscription", "Id, Name", QuoteNumber__QT=command.quote_number)))
    if held:
        return _receipt("adopted", (yield read_subscription(held[-1]["Name"])))
    account = yield from _account(command.customer_crm_id)
    charges = yield from _charges(command)
    plans = [_subscribed(line, _fitting(line, charges)) for line in command.lines]
    body = _order(command, account["AccountNumber"], plans)
    headers = idempotency(command)
    made = document((yield Request("POST", "/v1/orders", json=body, headers=headers, is_write=True)))
    return _receipt("written", (yield read_subscription(made["subscriptionNumbers"][0])))


def read_subscription(key: str) -> Request:
    """The version of a subscription that is in force, by number."""
    return Request("GET", f"/v1/subscriptions/{key}")


def change_subscription(
    order_number: str, subscription: dict[str, Any], on: str, kind: str, payload: dict[str, Any]
) -> dict[str, Any]:
    """An order with one action on one subscription, in force from a day on."""
    action = {"type": kind, "triggerDates": _triggers(on), kind[0].lower() + kind[1:]: payload}
    return {
        "orderDate": on,
        "orderNumber": order_number,
        "existingAccountNumber": subscription["accountNumber"],
        "processingOptions": _NO_BILLING,
        "subscriptions": [{"subscriptionNumber": subscription["subscriptionNumber"], "orderActions": [action]}],
    }


def _triggers(on: str) -> list[dict[str, str]]:
    return [{"name": name, "triggerDate": on} for name in ("ContractEffective", "ServiceActivation", "CustomerAcceptance")]


def _account(crm_id: str) -> Looking:
    """The one living account of a CRM account. Raises Terminal where there is none, or more than one."""
    held = records((yield zoql("Account", "Id, AccountNumber, Status, UpdatedDate", CrmId=crm_id)))
    living = [each for each in held if each["Status"] != "Canceled"]
    if len(living) != 1:
        wanted = "create the customer first" if not living else "merge them first"
        raise Terminal(f"Zuora: {len(living)} accounts carry the CRM id {crm_id}; {wanted}", platform="zuora")
    return living[0]


def _charges(command: CreateSubscription) -> Looking:
    """What the catalogue offers for the products sold: charges, each with its rate plan and product."""
    codes = sorted({line.product_code for line in command.lines})
    products = records((yield zoql("Product", "Id, SKU, UpdatedDate", SKU=codes)))
    product_of = {each["Id"]: each for each in products}
    if missing := set(codes) - {each["SKU"] for each in products}:
        raise Terminal(
            f"Zuora: the catalogue has no product {', '.join(sorted(missing))}; add it, then run again", platform="zuora"
        )
    dates = "EffectiveStartDate, EffectiveEndDate"
    plans = records((yield zoql("ProductRatePlan", f"Id, ProductId, {dates}, UpdatedDate", ProductId=sorted(product_of))))
    start = str(command.start_on)
    sold = {each["Id"]: each for each in plans if each["EffectiveStartDate"] <= start < each["EffectiveEndDate"]}
    if not sold:
        raise Terminal(
            f"Zuora: no rate plan of {', '.join(codes)} is sold on {start}; extend one, then run again", platform="zuora"
        )
    fields = "Id, ProductRatePlanId, ChargeType, ChargeModel, BillingPeriod, UpdatedDate"
    charges = records((yield zoql("ProductRatePlanCharge", fields, ProductRatePlanId=sorted(sold))))
    plan_of = {each["Id"]: sold[each["ProductRatePlanId"]] for each in charges}
    return [each | {"plan": plan_of[each["Id"]], "product": product_of[plan_of[each["Id"]]["ProductId"]]} for each in charges]


def _fitting(line: SubscriptionLine, charges: list[dict[str, Any]]) -> dict[str, Any]:
    """The one charge that is what the line says. Raises Terminal where there is none, or more than one."""
    found = [
        each
        for each in charges
        if each["product"]["SKU"] == line.product_code
        and each["ChargeType"] == _CHARGE_TYPES[line.charge_type]
        and (line.charge_type == "one_time" or each.get("BillingPeriod") == line.billing_period)
    ]
    if len(found) != 1:
        what = f"{line.product_code}, {line.charge_type}, {line.billing_period or 'billed once'}"
        raise Terminal(f"Zuora: {len(found)} rate plans fit {what}; there must be exactly one", platform="zuora")
    return found[0]


def _subscribed(line: SubscriptionLine, charge: dict[str, Any]) -> dict[str, Any]:
    price = {"listPrice": number(line.unit_price), "quantity": number(line.quantity)}
    way = _PRICING.get((charge["ChargeType"], charge["ChargeModel"]), "")
    if not way.endswith("PerUnit"):
        raise Terminal(f"Zuora: {line.product_code} is priced as {charge['ChargeModel']}, not by the unit", platform="zuora")
    override = {"productRatePlanChargeId": charge["Id"], "pricing": {way: price}}
    return {"productRatePlanId": charge["ProductRatePlanId"], "chargeOverrides": [override]}


def _order(command: CreateSubscription, account_number: str, plans: list[dict[str, Any]]) -> dict[str, Any]:
    start = str(command.start_on)
    term = {"startDate": start, "period": command.term_months, "periodType": "Month", "termType": "TERMED"}
    create = {
        "subscriptionNumber": f"S-{command.quote_number}",
        "terms": {"initialTerm": term, "autoRenew": False},
        "subscribeToRatePlans": plans,
    }
    subscription = {
        "quote": {"QuoteNumber__QT": command.quote_number},
        "customFields": {"IntegrationId__NS": command.order_number},
        "orderActions": [{"type": "CreateSubscription", "triggerDates": _triggers(start), "createSubscription": create}],
    }
    return {
        "orderDate": start,
        "orderNumber": f"O-{command.quote_number}",
        "existingAccountNumber": account_number,
        "description": f"CPQ quote {command.quote_number}",
        "processingOptions": _NO_BILLING,
        "subscriptions": [subscription],
    }


def _receipt(outcome: Any, response: httpx.Response) -> Receipt:
    found = document(response)
    held = {name: found.get(name) for name in ("status", "version", "quoteNumber__QT", "subscriptionEndDate")}
    return Receipt(outcome, found["subscriptionNumber"], found["subscriptionNumber"], read_back=held)


def last_day(end: str | None) -> date | None:
    """The last day of a term: Zuora names the day after it."""
    return date.fromordinal(date.fromisoformat(end).toordinal() - 1) if end else None
