"""CreateSubscription: what a quote agreed as one subscription, made in one request with its prices and what is billed once.

customer, its subscriptions and search -> there already: adopted;  products -> POST /v1/subscriptions -> read back

A term is a start and `cancel_at`. One that begins later is a trial until then; one that should have begun is backdated, and its
periods go on from the next that begins, so that no period is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.commands import CreateSubscription, SubscriptionLine
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Request
from q2c_pipelines.platforms.stripe.customers import customer_of
from q2c_pipelines.platforms.stripe.money import in_minor_units
from q2c_pipelines.platforms.stripe.requests import Looking, held, post, read_back, receipt, search

_SUBSCRIPTIONS = "/v1/subscriptions"
_MONTHS = {"Month": 1, "Quarter": 3, "Annual": 12}
_INTERVALS = {"Month": ("month", 1), "Quarter": ("month", 3), "Annual": ("year", 1)}


def create_subscription(settings: Mapping[str, str], command: CreateSubscription) -> Flow:
    """The subscription that carries the quote's number: the one that is there, in whatever state, or a new one."""
    customer = yield from customer_of(command.customer_crm_id)
    found, now = yield from _found(command, customer["id"])
    if found:
        return receipt("adopted", found)
    products = {}
    for code in sorted({line.product_code for line in command.lines}):
        products[code] = yield from _product(code)
    body = {"customer": customer["id"]} | _lines(command, products) | _term(settings, command, now) | _billing(settings)
    body["metadata"] = {"quote_number": command.quote_number, "order_number": command.order_number}
    made = yield post(_SUBSCRIPTIONS, body, command)
    return receipt("written", (yield from read_back(f"{_SUBSCRIPTIONS}/{made.json()['id']}")))


def _found(command: CreateSubscription, customer: str) -> Looking:
    """The quote's subscription, one that lives before one that ended; and the platform's time."""
    after: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    while True:
        listing = {"customer": customer, "status": "all", "limit": "100"} | after
        page = (yield Request("GET", _SUBSCRIPTIONS, params=listing)).json()
        found += page["data"]
        if not page["has_more"]:
            break
        after = {"starting_after": page["data"][-1]["id"]}
    answer = yield search("subscriptions", "quote_number", command.quote_number)
    found += answer.json()["data"]
    of_quote = [each for each in found if each["metadata"].get("quote_number") == command.quote_number]
    of_quote.sort(key=lambda each: (each["status"] in ("canceled", "incomplete_expired"), each["created"], each["id"]))
    return next(iter(of_quote), None), parsedate_to_datetime(answer.headers["Date"])


def _product(code: str) -> Looking:
    """The id of the product with this code: the code itself, unless its metadata say so."""
    if product := (yield from held(f"/v1/products/{code}")):
        return product["id"]
    answer = yield search("products", "product_code", code)
    found = [each["id"] for each in answer.json()["data"] if each["metadata"].get("product_code") == code]
    if len(found) != 1:
        words = f"Stripe: {len(found)} products have the code {code}; there must be exactly one, by id or metadata[product_code]"
        raise Terminal(words, platform="stripe")
    return found[0]


def _lines(command: CreateSubscription, products: Mapping[str, str]) -> dict[str, Any]:
    recurring = [line for line in command.lines if line.charge_type == "recurring"]
    once = [line for line in command.lines if line.charge_type == "one_time"]
    if not recurring:
        words = (
            f"Stripe: nothing recurs in quote {command.quote_number}, and a subscription needs something that does; bill it once"
        )
        raise Terminal(words, platform="stripe")
    return {
        "items": [_line(command, line, products) for line in recurring],
        "add_invoice_items": [_line(command, line, products) for line in once],
    }


def _line(command: CreateSubscription, line: SubscriptionLine, products: Mapping[str, str]) -> dict[str, Any]:
    """A price made for this line alone, as agreed, and how many of it."""
    if line.quantity != line.quantity.to_integral_value():
        raise Terminal(f"Stripe: {line.quantity} of {line.product_code} cannot be sold: quantities are whole", platform="stripe")
    price: dict[str, Any] = {
        "currency": command.currency.lower(),
        "product": products[line.product_code],
        "unit_amount_decimal": in_minor_units(line.unit_price, command.currency),
    }
    if line.billing_period:
        interval, count = _INTERVALS[line.billing_period]
        price["recurring"] = {"interval": interval, "interval_count": count}
    return {"price_data": price, "quantity": int(line.quantity)}


def _term(settings: Mapping[str, str], command: CreateSubscription, now: datetime) -> dict[str, Any]:
    """From when to when, by the platform's clock."""
    start, end = _midnight(command.start_on), _midnight(_months_on(command.start_on, command.term_months))
    if end <= now:
        words = f"Stripe: the term of quote {command.quote_number} ended on {end:%Y-%m-%d}, and none can be made that is over"
        raise Terminal(f"{words}; bill it by hand", platform="stripe")
    ends = {"cancel_at": _seconds(end)}
    if start > now:
        return ends | {"trial_end": _seconds(start)}
    begun = {"backdate_start_date": _seconds(start), "proration_behavior": settings["proration_behavior"]}
    months = min(_MONTHS[line.billing_period] for line in command.lines if line.billing_period)
    starts = (_midnight(_months_on(command.start_on, months * number)) for number in range(1, command.term_months // months + 1))
    following = next((each for each in starts if now < each < end), None)
    return ends | begun | ({"billing_cycle_anchor": _seconds(following)} if following else {})


def _billing(settings: Mapping[str, str]) -> dict[str, Any]:
    method = settings["collection_method"]
    days = {"days_until_due": settings["days_until_due"]} if method == "send_invoice" else {}
    return {"collection_method": method, "automatic_tax": {"enabled": settings["automatic_tax"]}} | days


def _months_on(day: date, months: int) -> date:
    later: date = pl.select(pl.lit(day).dt.offset_by(f"{months}mo")).item()
    return later


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
