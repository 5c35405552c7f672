"""The gateway in front of the account: identifies calls, checks key, permission and version, counts, and replays.

request -> identified -> worded -> signed in -> limited -> versioned -> once -> operation
"""

from __future__ import annotations

import hashlib
import time
import uuid
from base64 import b64decode
from binascii import Error
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import REQUEST, VERSION

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VERSIONS = ("2025-03-31.basil", "2026-08-26.dahlia", "2026-09-30.endive", VERSION)
PERMISSIONS = {
    **dict.fromkeys(("customers", "products", "subscriptions", "subscription_items"), "write"),
    **dict.fromkeys(("charges", "refunds", "disputes", "balance", "balance_transactions", "payouts", "events", "prices"), "read"),
    **dict.fromkeys(("invoices", "invoiceitems", "invoice_payments", "credit_notes", "tax_rates"), "read"),
}
RIGHTS = {
    "Customers: read": r"GET /v1/customers",
    "Charges and Refunds: read": r"GET /v1/(charges|refunds)",
    "Disputes: read": r"GET /v1/disputes",
    "Balance and balance transactions: read": r"GET /v1/balance",
    "Payouts: read": r"GET /v1/payouts",
    "Events: read": r"GET /v1/events",
    "Products: read": r"GET /v1/products",
    "Prices: read": r"GET /v1/prices",
    "Subscriptions: read": r"GET /v1/subscription",
    "Invoices: read": r"GET /v1/invoice",
    "Credit notes: read": r"GET /v1/credit_notes",
    "Tax rates: read": r"GET /v1/tax_rates",
    "Customers: write": r"(POST|DELETE) /v1/customers",
    "Products: write": r"(POST|DELETE) /v1/products",
    "Subscriptions: write": r"(POST|DELETE) /v1/subscription",
}
_REPLAY = timedelta(hours=24)
_LONGEST_KEY = 255


@dataclass
class Gateway:
    """The account's limits in one second of real time, and how much of them is used."""

    per_second: dict[str, int] = field(default_factory=lambda: {"read": 100, "write": 100, "search": 20})
    second: int = 0
    used: Counter[str] = field(default_factory=Counter)


GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)


def release(emulation: Emulation) -> None:
    """Free the keys of requests that were on the way when the account was last shut: nobody answers them any more."""
    emulation.state.db.execute("delete from _idempotency where status is null")


def middlewares(emulation: Emulation) -> list[Any]:
    """From the outside in."""
    return [_identified, _worded, _signed_in(emulation), _limited, _versioned, _once(emulation)]


@web.middleware
async def _identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    said = {"id": f"req_{uuid.uuid4().hex[:14]}", "idempotency_key": request.headers.get("Idempotency-Key")}
    REQUEST.set(said if request.method != "GET" else said | {"idempotency_key": None})
    response = await handler(request)
    response.headers["Request-Id"] = str(said["id"])
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", VERSION)
    if said["idempotency_key"] and request.method == "POST":
        response.headers["Idempotency-Key"] = said["idempotency_key"]
    return response


@web.middleware
async def _worded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except StripeError as no:
        return no.response()
    except web.HTTPException as no:
        if no.status not in (404, 405):
            raise
        return StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).").response()


def _signed_in(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    @web.middleware
    async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = _key(request)
        if not key:
            raise StripeError(401, "You did not provide an API key.")
        if key != emulation.credentials["api_key"]:
            raise StripeError(401, f"Invalid API Key provided: {key[:8]}****{key[-4:]}")
        needed = "read" if request.method == "GET" else "write"
        resource = request.path.split("/")[2] if request.path.count("/") > 1 else ""
        is_allowed = PERMISSIONS.get(resource) in (needed, "write") and not emulation.withheld(RIGHTS, request)
        if key.startswith("rk_") and not is_allowed:
            raise StripeError(403, f"The provided key does not have the required permissions: it lacks {resource} {needed}.")
        return await handler(request)

    return signed_in


def _key(request: web.Request) -> str:
    """The key as bearer token, or as the user name of Basic."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return value if scheme.lower() == "bearer" else ""
    try:
        return b64decode(value).decode().partition(":")[0]
    except (Error, UnicodeDecodeError):
        return ""


@web.middleware
async def _limited(request: web.Request, handler: Handler) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    if (second := int(time.monotonic())) != gateway.second:
        gateway.second, gateway.used = second, Counter()
    kind = "search" if request.path.endswith("/search") else "read" if request.method == "GET" else "write"
    gateway.used[kind] += 1
    if gateway.used[kind] > gateway.per_second[kind]:
        reason = "endpoint-rate" if kind == "search" else "global-rate"
        words = "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests."
        raise StripeError(429, words, code="rate_limit", headers={"Stripe-Rate-Limited-Reason": reason})
    return await handler(request)


@web.middleware
async def _versioned(request: web.Request, handler: Handler) -> web.StreamResponse:
    version = request.headers.get("Stripe-Version", VERSION)
    if version not in VERSIONS:
        raise invalid(f"Invalid Stripe API version: {version}; here are {', '.join(VERSIONS)}")
    return await handler(request)


def _once(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    """The first outcome under an Idempotency-Key is the outcome for a day."""

    @web.middleware
    async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key:
            return await handler(request)
        if len(key) > _LONGEST_KEY:
            raise invalid(f"Idempotency-Key is longer than {_LONGEST_KEY} characters.")
        asked = hashlib.sha256(f"{request.rel_url}\n{await request.text()}".encode()).hexdigest()
        if earlier := _recalled(emulation, key, asked):
            return earlier
        db = emulation.state.db
        db.execute("insert into _idempotency values (?, ?, ?, null, null)", (key, int(emulation.now().timestamp()), asked))
        response = None
        try:
            response = await _outcome(request, handler)
        finally:
            if response is None:
                db.execute("delete from _idempotency where key = ?", (key,))
        db.execute("update _idempotency set status = ?, body = ? where key = ?", (response.status, response.body, key))
        return response

    return once


async def _outcome(request: web.Request, handler: Handler) -> web.Response:
    """The answer, or the refusal that came of executing; one from before execution is raised, and leaves the key free."""
    try:
        response = await handler(request)
    except StripeError as no:
        if no.before_execution:
            raise
        return no.response()
    assert isinstance(response, web.Response)
    return response


def _recalled(emulation: Emulation, key: str, asked: str) -> web.Response | None:
    held = emulation.state.get("_idempotency", key)
    if held is None:
        return None
    if held["created"] <= (emulation.now() - _REPLAY).timestamp():
        emulation.state.db.execute("delete from _idempotency where key = ?", (key,))
        return None
    if held["fingerprint"] != asked:
        words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        raise StripeError(400, words, type="idempotency_error", before_execution=True)
    if held["status"] is None:
        words = "There is currently another in-progress request using this Idempotency-Key."
        raise StripeError(409, words, type="idempotency_error", code="idempotency_key_in_use", before_execution=True)
    headers = {"Idempotent-Replayed": "true"}
    return web.Response(status=held["status"], body=held["body"], content_type="application/json", headers=headers)
