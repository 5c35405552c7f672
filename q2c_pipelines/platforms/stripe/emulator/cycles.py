"""A subscription's time: the periods of its items, the invoice of each, and what time does by itself.

start, anchor, length -> periods -> lines -> invoice;  trial over -> active;  period over -> the next;  cancel_at -> canceled
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.stripe.emulator import catalogue, invoice_steps, invoices, lines
from q2c_pipelines.platforms.stripe.emulator.call import Call

Period = tuple[int, int, int]  # start, end, and the end that it has by its length
_UNITS = {"day": "d", "week": "w", "month": "mo", "year": "y"}
_DAY = 86_400


def periods(subscription: Row, price: Row, until: int) -> Iterator[Period]:
    """The periods of an item that have begun: the trial, or one after the other, cut off where the anchor sets in."""
    if subscription["trial_end"] and subscription["trial_end"] > until:
        yield subscription["created"], subscription["trial_end"], subscription["trial_end"]
        return
    anchor, begin = subscription["billing_cycle_anchor"], subscription["start_date"]
    while begin <= until:
        natural = _after(subscription["start_date"] if begin < anchor else anchor, begin, price)
        end = min(natural, anchor) if begin < anchor else natural
        yield begin, end, natural
        begin = end


def bill(call: Call, subscription: Row, passed: Mapping[str, list[Period]], reason: str) -> str | None:
    """The invoice of these periods of items and of what waits to be billed with it, finalised; none where there is nothing."""
    customer = call.get("customer", subscription["customer"])
    draft = invoices.start(call, customer, subscription["currency"], reason) | _terms(call, subscription)
    waiting = "select * from invoiceitem where _subscription = ? and invoice is null order by date desc, rowid desc"
    for item in call.state.select(waiting, (subscription["id"],)):
        taken = call.update("invoiceitem", item["id"], {"invoice": draft["id"]})
        lines.add(call, draft["id"], taken, _invoice_item=item["id"], subscription=subscription["id"])
    for key, spans in passed.items():
        _add_lines(call, subscription, draft, call.get("subscription_item", key), spans)
    if not call.state.select("select 1 from line_item where invoice = ?", (draft["id"],)):
        return None
    invoice_steps.bill(call, invoices.place(call, draft))
    billed: str = draft["id"]
    return billed


def advance(emulation: Emulation, at: datetime) -> None:
    """What subscriptions do by themselves as time passes: end, begin to be paid for, go on to their next period."""
    second = int(at.timestamp())
    for held in emulation.state.select("select * from subscription where status in ('trialing', 'active') order by created, id"):
        call = Call(emulation, "", held["id"], {})
        if (held["cancel_at"] or second + 1) <= second:
            ended = {"status": "canceled", "ended_at": held["cancel_at"], "canceled_at": held["canceled_at"] or held["created"]}
            call.update("subscription", held["id"], ended)
        elif held["cancel_at_period_end"] and _is_over(call, held, second):
            call.update("subscription", held["id"], {"status": "canceled", "canceled_at": second, "ended_at": second})
        elif _is_over(call, held, second):
            _renew(call, held, second)


def _is_over(call: Call, subscription: Row, second: int) -> bool:
    sql = "select 1 from subscription_item where subscription = ? and current_period_end <= ?"
    return bool(call.state.select(sql, (subscription["id"], second)))


def _renew(call: Call, held: Row, second: int) -> None:
    """The periods that began since, billed together; a trial that is over is one no more."""
    from_trial = {"start_date": held["trial_end"]} if held["status"] == "trialing" else {}
    passed: dict[str, list[Period]] = {}
    over = "select * from subscription_item where subscription = ? and current_period_end <= ? order by rowid"
    for item in call.state.select(over, (held["id"], second)):
        begun = periods(held | from_trial, call.get("price", item["price"]), second)
        passed[item["id"]] = [each for each in begun if each[0] >= item["current_period_end"]]
        start, end, _ = passed[item["id"]][-1]
        call.state.write("subscription_item", item["id"], {"current_period_start": start, "current_period_end": end})
    invoice = bill(call, held, passed, "subscription_cycle")
    call.update("subscription", held["id"], {"status": "active", "latest_invoice": invoice})


def _terms(call: Call, subscription: Row) -> Row:
    """What an invoice takes over from its subscription."""
    days = subscription["days_until_due"]
    return {
        "_subscription": subscription["id"],
        "collection_method": subscription["collection_method"],
        "due_date": None if days is None else call.seconds + days * _DAY,
        "_automatic_tax": subscription["_automatic_tax"],
        "_tax_rates": subscription["_tax_rates"],
    }


def _add_lines(call: Call, subscription: Row, draft: Row, item: Row, spans: list[Period]) -> None:
    price = call.get("price", item["price"])
    is_trial = subscription["trial_end"] and subscription["trial_end"] > call.seconds
    for start, end, natural in spans:
        said = catalogue.amount_of(price, item["quantity"])
        part = Decimal(end - start) / (natural - start)
        said["amount"] = 0 if is_trial else int((said["amount"] * part).quantize(Decimal(1), ROUND_HALF_UP))
        words = f"Trial period for {catalogue.described(call, price)}" if is_trial else None
        words = words or f"{item['quantity']} × {catalogue.described(call, price)}"
        told = said | {"period": {"start": start, "end": end}, "description": words}
        lines.add(call, draft["id"], told, subscription=subscription["id"], _subscription_item=item["id"])


def _after(origin: int, begin: int, price: Row) -> int:
    """The end of the period that begins then, counted from the origin, so that the day of the month is kept."""
    recurring = json.loads(price["recurring"])
    unit, count = _UNITS[recurring["interval"]], recurring["interval_count"]
    first, number = datetime.fromtimestamp(origin, UTC), 1
    while (end := _offset(first, f"{number * count}{unit}")) <= begin:
        number += 1
    return end


def _offset(first: datetime, span: str) -> int:
    return int(pl.select(pl.lit(first).dt.offset_by(span)).item().timestamp())
