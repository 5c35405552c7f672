"""The gateway in front of the pretended tenant: tokens, limits, and the replay of requests that carry an idempotency key."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.replies import Refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN_SECONDS = 3600
_REPLAY_HOURS = 24
RIGHTS = {
    "Data Query: submit and view own queries (bulk reads and deleted records)": r"\w+ /query/jobs",
    "Billing: view accounts": r"GET /(object-query|v1)/(accounts|contacts)",
    "Billing: view product catalogue": r"GET /object-query/product",
    "Billing: view subscriptions": r"GET /(object-query|v1)/(subscriptions|rate-plan)",
    "Billing: view invoices": r"GET /(object-query|v1)/invoice",
    "Payments: view payments": r"GET /(object-query|v1)/payment",
    "Billing: create and modify customer accounts": r"(POST|PUT) /v1/(accounts|contacts)",
    "Billing: create orders": r"POST /v1/orders",
    "Payments: create and apply external payments": r"(POST|PUT) /v1/payments",
    "Products: modify (only where catalogue prices are corrected)": r"PUT /v1/object/",
}
_OPEN = ("/oauth/token", "/data-query-results/")


@dataclass
class Gateway:
    """The tenant's limits, and how much of them is used."""

    per_minute: int = 50_000
    concurrency: dict[str, int] = field(default_factory=lambda: {"Default": 40, "HighVolume": 200, "ObjectQuery": 80})
    minute: int = 0
    used: int = 0
    running: dict[str, int] = field(default_factory=dict)


GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)


def middlewares(emulation: Emulation) -> list[Any]:
    """From the outside in: identify the call, count it, check who calls, replay it, word a refusal, take the locks."""
    return [_identified, _limited, _signed_in(emulation), _once(emulation), _refusals, _locked(emulation)]


@web.middleware
async def _identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Zuora-Request-Id"] = uuid.uuid4().hex
    if track := request.headers.get("Zuora-Track-Id"):
        response.headers["Zuora-Track-Id"] = track[:64]
    return response


@web.middleware
async def _limited(request: web.Request, handler: Handler) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    if (minute := int(time.monotonic() // 60)) != gateway.minute:
        gateway.minute, gateway.used = minute, 0
    gateway.used += 1
    if gateway.used > gateway.per_minute:
        return replies.too_many_requests(gateway.per_minute, reset=60)
    kind = _limit_type(request)
    if gateway.running.get(kind, 0) >= gateway.concurrency[kind]:
        return replies.too_many_at_once(kind, gateway.concurrency[kind])
    gateway.running[kind] = gateway.running.get(kind, 0) + 1
    try:
        return await handler(request)
    finally:
        gateway.running[kind] -= 1


def _limit_type(request: web.Request) -> str:
    if request.path.startswith("/object-query/"):
        return "ObjectQuery"
    return "HighVolume" if request.method == "POST" and request.path in ("/v1/orders", "/v1/accounts") else "Default"


def _signed_in(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    @web.middleware
    async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_OPEN):
            return await handler(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = emulation.state.select("select expires from _tokens where token = ?", (token,))
        if scheme.lower() != "bearer" or not known or known[0]["expires"] <= emulation.now().timestamp():
            return replies.unauthorized()
        if right := emulation.withheld(RIGHTS, request):
            return replies.forbidden(right)
        return await handler(request)

    return signed_in


async def issue_token(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /oauth/token: a new token for the tenant's one client."""
    form = await request.post()
    if form.get("grant_type") != "client_credentials":
        return replies.refusal("90000022", "Unsupported grant type.", 400)
    if any(form.get(name) != emulation.credentials.get(name) for name in ("client_id", "client_secret")):
        return replies.refusal("90000011", "Invalid client id or secret.", 401)
    token = secrets.token_hex(16)
    emulation.state.db.execute("insert into _tokens values (?, ?)", (token, emulation.now().timestamp() + TOKEN_SECONDS))
    body = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS - 1, "scope": "entity.1", "jti": token}
    return replies.answer(body)


def _once(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    """The first outcome of an Idempotency-Key, good or bad, is the outcome for a day."""

    @web.middleware
    async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key", "")
        if request.method not in ("POST", "PATCH") or not key:
            return await handler(request)
        if len(key) > 255:
            return replies.refusal("50000020", "Idempotency-Key is longer than 255 characters.", 400)
        if (earlier := _recall(emulation, key, request)) is not None:
            return earlier
        db = emulation.state.db
        db.execute(
            "insert into _idempotency values (?, ?, ?, null, null, ?)",
            (key, request.method, str(request.rel_url), emulation.now().isoformat()),
        )
        try:
            response = await handler(request)
        except BaseException:
            db.execute("delete from _idempotency where key = ?", (key,))
            raise
        assert isinstance(response, web.Response)
        db.execute("update _idempotency set status = ?, body = ? where key = ?", (response.status, response.text, key))
        return response

    return once


def _recall(emulation: Emulation, key: str, request: web.Request) -> web.Response | None:
    held = emulation.state.select("select * from _idempotency where key = ?", (key,))
    if not held:
        return None
    first = held[0]
    if datetime.fromisoformat(first["at"]) < emulation.now() - timedelta(hours=_REPLAY_HOURS):
        emulation.state.db.execute("delete from _idempotency where key = ?", (key,))
        return None
    if (first["method"], first["url"]) != (request.method, str(request.rel_url)):
        return replies.refusal("50000020", "The idempotency key was used for another request.", 422)
    if first["status"] is None:
        return replies.refusal("50000050", "A request with the same idempotency key is in progress.", 409)
    return web.Response(text=first["body"], status=first["status"], content_type="application/json")


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as no:
        if request.path.startswith(("/v1/object/", "/v1/action/")):
            return replies.crud_refusal(no.code, no.message, no.status)
        return replies.refusal(no.code, no.message, no.status)


def _locked(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    """Somebody else holds the records that a request wants, where that was asked for."""

    @web.middleware
    async def locked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if emulation.meet(["lock"], request.method, request.path):
            raise Refused(replies.LOCKED, "The operation failed due to a lock competition, please retry later.")
        return await handler(request)

    return locked
