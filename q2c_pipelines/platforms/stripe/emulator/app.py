"""The account's addresses, and what answers at each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, middleware
from q2c_pipelines.platforms.stripe.emulator import (
    access,
    credit_notes,
    customers,
    event_stream,
    invoice_items,
    invoice_steps,
    invoices,
    refunds,
)
from q2c_pipelines.platforms.stripe.emulator.call import Operation, called
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, refuse
from q2c_pipelines.platforms.stripe.emulator.events import expire
from q2c_pipelines.platforms.stripe.emulator.expanding import expanded
from q2c_pipelines.platforms.stripe.emulator.reading import listing, retrieval
from q2c_pipelines.platforms.stripe.emulator.search import search

CREDENTIALS = {"api_key": "rk_test_{secret}"}

_OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", "customers", listing("customer", "email")),
    ("POST", "customers", customers.create),
    ("GET", "customers/search", search("customer", "created email name phone")),
    ("GET", "customers/{key}", retrieval("customer")),
    ("POST", "customers/{key}", customers.change),
    ("DELETE", "customers/{key}", customers.remove),
    ("GET", "payment_intents", listing("payment_intent", "customer")),
    ("GET", "payment_intents/{key}", retrieval("payment_intent")),
    ("GET", "charges", listing("charge", "customer payment_intent")),
    ("GET", "charges/search", search("charge", "amount created currency customer status")),
    ("GET", "charges/{key}", retrieval("charge")),
    ("GET", "charges/{key}/refunds", listing("refund", parent="charge")),
    ("GET", "refunds", listing("refund", "charge payment_intent")),
    ("POST", "refunds", refunds.create),
    ("GET", "refunds/{key}", retrieval("refund")),
    ("POST", "refunds/{key}", refunds.change),
    ("GET", "balance_transactions", listing("balance_transaction", "source type currency")),
    ("GET", "balance_transactions/{key}", retrieval("balance_transaction")),
    ("GET", "customers/{key}/balance_transactions", listing("customer_balance_transaction", parent="customer")),
    ("GET", "invoiceitems", listing("invoiceitem", "customer invoice")),
    ("POST", "invoiceitems", invoice_items.create),
    ("GET", "invoiceitems/{key}", retrieval("invoiceitem")),
    ("POST", "invoiceitems/{key}", invoice_items.change),
    ("DELETE", "invoiceitems/{key}", invoice_items.remove),
    ("GET", "invoices", listing("invoice", "customer status collection_method")),
    ("POST", "invoices", invoices.create),
    ("GET", "invoices/search", search("invoice", "created currency customer number status total")),
    ("GET", "invoices/{key}", retrieval("invoice")),
    ("POST", "invoices/{key}", invoices.change),
    ("DELETE", "invoices/{key}", invoices.remove),
    ("GET", "invoices/{key}/lines", listing("line_item", parent="invoice")),
    ("POST", "invoices/{key}/finalize", invoice_steps.finalize),
    ("POST", "invoices/{key}/pay", invoice_steps.pay),
    ("POST", "invoices/{key}/void", invoice_steps.void),
    ("POST", "invoices/{key}/mark_uncollectible", invoice_steps.mark_uncollectible),
    ("GET", "invoice_payments", listing("invoice_payment", "invoice status")),
    ("GET", "invoice_payments/{key}", retrieval("invoice_payment")),
    ("GET", "credit_notes", listing("credit_note", "customer invoice")),
    ("POST", "credit_notes", credit_notes.create),
    ("GET", "credit_notes/{key}", retrieval("credit_note")),
    ("POST", "credit_notes/{key}", credit_notes.change),
    ("POST", "credit_notes/{key}/void", credit_notes.void),
    ("GET", "credit_notes/{key}/lines", listing("credit_note_line_item", parent="_credit_note")),
    ("GET", "events", event_stream.listed),
    ("GET", "events/{key}", event_stream.retrieved),
]


def application(emulation: Emulation) -> web.Application:
    """The account's HTTP."""
    access.release(emulation)
    app = web.Application(middlewares=[middleware(emulation, refuse), *access.middlewares(emulation)])
    app[access.GATEWAY] = access.Gateway()
    for method, path, operation in _OPERATIONS:
        app.router.add_route(method, f"/v1/{path}", _handler(emulation, operation))
    return app


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """What time does by itself: drafts are finalised, old events are forgotten."""
    invoice_steps.advance(emulation, after)
    expire(emulation.state, after)


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        call = await called(emulation, request)
        refused = None
        with emulation.state.transaction():
            try:
                body = expanded(call, operation(call))
            except StripeError as no:
                if no.before_execution:
                    raise
                refused = no
        if refused:
            raise refused
        return web.Response(body=orjson.dumps(_in_mode(body, emulation)), content_type="application/json")

    return handle


def _in_mode(body: Row, emulation: Emulation) -> Row:
    """The body with `livemode` as the key's prefix says."""
    is_live = "_live_" in emulation.credentials["api_key"]
    return _live(body) if is_live else body


def _live(value: Any) -> Any:
    if isinstance(value, list):
        return [_live(each) for each in value]
    if isinstance(value, dict):
        return {name: True if name == "livemode" else _live(each) for name, each in value.items()}
    return value
