"""Setting one attribute of one record: found, compared with what was observed, written, read back.

Zuora has no versions or ETags, so the comparison is made right before the write; that moment is the only gap.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.zuora.looks import decimal, document, idempotency, number, records, zoql
from q2c_pipelines.platforms.zuora.orders import change_subscription, last_day, read_subscription

_ACCOUNT = {"name": ("basicInfo", "name"), "crm_id": ("basicInfo", "crmId"), "payment_terms": ("billingAndPayment", "paymentTerm")}
_CONTACT = {
    "email": "workEmail",
    "phone": "workPhone",
    "street": "address1",
    "city": "city",
    "state": "state",
    "postal_code": "zipCode",
    "country": "country",
}
_NEVER = "2099-12-31"  # end of sale of a product that is sold without end
_MONTHS = {"Month": 1, "Year": 12}
_EXACT_TO = Decimal("0.000001")  # what prices and quantities are observed with; Zuora keeps them longer


@dataclass(frozen=True)
class Held:
    """What the platform holds now, in canonical form, and the request that would change it."""

    value: str | Decimal | None
    write: Callable[[], Request]


Finding = Generator[Request, httpx.Response, Held]


def update_field(command: UpdateField) -> Flow:
    """The attribute as commanded; untouched where it is so already, or is no longer what was observed."""
    find = _FIELDS.get((command.entity, command.attribute))
    if not find:
        raise Terminal(f"Zuora: {command.entity}.{command.attribute} cannot be set here; correct it in Zuora", platform="zuora")
    held = yield from find(command)
    if _same(held.value, command.value):
        return _receipt("adopted", command, held)
    if not _same(held.value, command.observed):
        return _receipt("superseded", command, held)
    yield held.write()
    after = yield from find(command)
    if not _same(after.value, command.value):
        told = f"{command.attribute} is {_text(after.value)!r} after {command.value!r} was accepted"
        raise Terminal(f"Zuora: {command.entity} {command.native_id}: {told}", platform="zuora")
    return _receipt("written", command, after)


def _receipt(outcome: Any, command: UpdateField, held: Held) -> Receipt:
    told = _text(held.value)
    detail = f"holds {told!r}" if outcome == "superseded" else ""
    return Receipt(outcome, command.native_id, detail=detail, read_back={command.attribute: told})


def _same(held: str | Decimal | None, meant: str | None) -> bool:
    """Numbers are the same by their amount, texts to the letter; empty is nothing."""
    if isinstance(held, Decimal):
        return bool(meant) and held == Decimal(meant or 0)
    return (held or None) == (meant or None)


def _number(value: Any) -> Decimal | None:
    return None if value is None else decimal(value).quantize(_EXACT_TO, ROUND_HALF_UP).normalize()


def _text(value: Any) -> str | None:
    return None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _put(path: str, body: dict[str, Any]) -> Request:
    return Request("PUT", path, json=body, is_write=True)


def _account_field(command: UpdateField) -> Finding:
    part, field = _ACCOUNT[command.attribute]
    found = document((yield Request("GET", f"/v1/accounts/{command.native_id}")))
    return Held(_text(found[part].get(field)), lambda: _put(f"/v1/accounts/{command.native_id}", {field: command.value}))


def _contact_field(command: UpdateField) -> Finding:
    field = _CONTACT[command.attribute]
    contact = document((yield Request("GET", f"/v1/accounts/{command.native_id}"))).get("billToContact") or {}
    return Held(_text(contact.get(field)), lambda: _put(f"/v1/contacts/{contact['id']}", {field: command.value or ""}))


def _ordered(command: UpdateField, subscription: dict[str, Any], on: str, kind: str, payload: dict[str, Any]) -> Request:
    body = change_subscription(f"O-{command.key}", subscription, on, kind, payload)
    return Request("POST", "/v1/orders", json=body, headers=idempotency(command), is_write=True)


def _term(command: UpdateField) -> Finding:
    found = document((yield read_subscription(command.native_id)))
    start = found["termStartDate"]

    def write() -> Request:
        term = {"termType": "TERMED", "startDate": start, "period": int(command.value or 0), "periodType": "Month"}
        return _ordered(command, found, start, "TermsAndConditions", {"lastTerm": term})

    months = (found["currentTerm"] or 0) * _MONTHS.get(found["currentTermPeriodType"], 0)
    return Held(_number(months or None), write)


def _end(command: UpdateField) -> Finding:
    found = document((yield read_subscription(command.native_id)))
    start = found["termStartDate"]

    def write() -> Request:
        day_after = date.fromisoformat(command.value or "") + timedelta(days=1)
        term = {"termType": "TERMED", "startDate": start, "endDate": str(day_after)}
        return _ordered(command, found, start, "TermsAndConditions", {"lastTerm": term})

    return Held(_text(last_day(found["subscriptionEndDate"])), write)


def _line_field(command: UpdateField) -> Finding:
    """A charge's quantity or price: its subscription's number never changes, its values are read from the version in force."""
    params = {"filter[]": f"chargenumber.EQ:{command.native_id}", "pageSize": "1", "fields[]": "id,subscriptionId"}
    rows = document((yield Request("GET", "/object-query/rate-plan-charges", params=params)))["data"]
    if not rows:
        raise Terminal(f"Zuora: there is no charge {command.native_id}", platform="zuora")
    version = document((yield Request("GET", f"/object-query/subscriptions/{rows[0]['subscriptionId']}")))
    found = document((yield read_subscription(version["name"])))
    plan, charge = _charge(found, command.native_id)
    shown, named = {"quantity": ("quantity", "quantity"), "unit_price": ("price", "listPrice")}[command.attribute]

    def write() -> Request:
        if (charge["type"], charge["model"]) != ("Recurring", "PerUnit"):
            told = f"charge {command.native_id} ({charge['type']}, {charge['model']}) cannot be updated by an order"
            raise Terminal(f"Zuora: {told}; credit it and bill it again", platform="zuora")
        update = {
            "chargeNumber": command.native_id,
            "pricing": {"recurringPerUnit": {named: number(Decimal(command.value or ""))}},
        }
        payload = {"ratePlanId": plan["id"], "chargeUpdates": [update]}
        return _ordered(command, found, charge["effectiveStartDate"], "UpdateProduct", payload)

    return Held(_number(charge[shown]), write)


def _charge(subscription: dict[str, Any], charge_number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A charge's last segment in the version in force, with its rate plan."""
    found = [
        (plan, charge)
        for plan in subscription["ratePlans"]
        for charge in plan["ratePlanCharges"]
        if charge["number"] == charge_number
    ]
    if not found:
        number_of = subscription["subscriptionNumber"]
        raise Terminal(f"Zuora: charge {charge_number} is no longer part of subscription {number_of}", platform="zuora")
    return max(found, key=lambda pair: pair[1]["segment"])


def _is_active(command: UpdateField) -> Finding:
    response = yield zoql("Product", "Id, EffectiveStartDate, EffectiveEndDate", Id=command.native_id)
    found = records(response)
    if not found:
        raise Terminal(f"Zuora: there is no product {command.native_id}", platform="zuora")
    today = str(parsedate_to_datetime(response.headers["Date"]).date())
    active = found[0]["EffectiveStartDate"] <= today < found[0]["EffectiveEndDate"]
    body = {"EffectiveEndDate": _NEVER if command.value == "true" else today}
    return Held(str(active).lower(), lambda: _put(f"/v1/object/product/{command.native_id}", body))


def _list_price(command: UpdateField) -> Finding:
    found = records((yield zoql("ProductRatePlanChargeTier", "Id, Price", Id=command.native_id)))
    if not found:
        raise Terminal(f"Zuora: there is no price {command.native_id}", platform="zuora")
    path = f"/v1/object/product-rate-plan-charge-tier/{command.native_id}"
    return Held(_number(found[0].get("Price")), lambda: _put(path, {"Price": number(Decimal(command.value or ""))}))


_FIELDS: dict[tuple[str, str], Callable[[UpdateField], Finding]] = {
    **{("customer", name): _account_field for name in _ACCOUNT},
    **{("customer", name): _contact_field for name in _CONTACT},
    ("subscription", "term_months"): _term,
    ("subscription", "end_on"): _end,
    ("subscription_line", "quantity"): _line_field,
    ("subscription_line", "unit_price"): _line_field,
    ("product", "is_active"): _is_active,
    ("price", "unit_price"): _list_price,
}
