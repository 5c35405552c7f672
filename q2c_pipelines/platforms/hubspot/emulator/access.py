"""The gateway in front of the portal: tokens, scopes, and the limits of calls.

call -> worded -> counted -> signed in -> operation.  Limits are of real time; tokens end by the portal's clock.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, expired, too_many

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CREDENTIALS = {"access_token": "pat-na1-{secret}"}  # of a private app, for clients that log in so
LIFE = timedelta(minutes=30)
SCOPES = frozenset(
    {f"crm.objects.{name}.{what}" for name in ("companies", "contacts", "deals", "quotes", "orders") for what in ("read", "write")}
    | {"crm.objects.line_items.read", "e-commerce"}
)
RIGHTS = {scope: scope for scope in SCOPES}
_WINDOW = 10.0  # seconds
_SPANS = {"DAILY": 86_400.0, "TEN_SECONDLY_ROLLING": _WINDOW, "SECONDLY": 1.0}


@dataclass
class Gateway:
    """What the account allows: calls in a span of real time, and the scopes of the app."""

    most: dict[str, int] = field(default_factory=lambda: {"DAILY": 625_000, "TEN_SECONDLY_ROLLING": 190, "SECONDLY": 5})
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    used: Counter[tuple[str, int]] = field(default_factory=Counter)

    def count(self, policy: str) -> int:
        """How many calls are left in the span that is now, after this one; below zero where it is one too many."""
        span = policy, int(time.monotonic() // _SPANS[policy])
        self.used = Counter({key: n for key, n in self.used.items() if key[0] != policy or key == span})
        self.used[span] += 1
        return self.most[policy] - self.used[span]


GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)


def middlewares(emulation: Emulation) -> list[Any]:
    """From the outside in."""
    return [_worded, _counted(emulation), _signed_in(emulation)]


def token(emulation: Emulation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Gives an access token for a refresh token; the values have to be in the body."""

    async def handle(request: web.Request) -> web.Response:
        form = dict(await request.post())
        if request.content_type != "application/x-www-form-urlencoded" or request.query:
            raise Refusal(415, "The values must be form-encoded in the body", "VALIDATION_ERROR")
        if form.get("grant_type") != "refresh_token":
            raise Refusal(400, "grant_type must be refresh_token", "BAD_GRANT_TYPE")
        for name in ("client_id", "client_secret", "refresh_token"):
            if form.get(name) != emulation.credentials[name]:
                code = f"BAD_{name.upper()}"
                raise Refusal(400, f"missing or invalid {name}", code, status=code)
        made = f"CI{secrets.token_urlsafe(60)}"
        ends = (emulation.now() + LIFE).timestamp()
        emulation.state.db.execute("insert into _tokens values (?, ?)", (made, ends))
        granted = {"access_token": made, "refresh_token": form["refresh_token"], "expires_in": int(LIFE.total_seconds())}
        return web.json_response(granted | {"token_type": "bearer"})

    return handle


def introspected(emulation: Emulation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Tells the app of its own token: whether it is good, and its scopes; the values have to be in the body."""

    async def handle(request: web.Request) -> web.Response:
        form = dict(await request.post())
        if any(form.get(name) != emulation.credentials[name] for name in ("client_id", "client_secret")):
            raise Refusal(400, "missing or invalid client credentials", "BAD_CLIENT_SECRET")
        if form.get("token") != emulation.credentials["refresh_token"]:
            return web.json_response({"active": False})
        about = {"active": True, "token_use": "refresh_token", "client_id": form["client_id"], "hub_id": 1, "user_id": 1}
        return web.json_response(about | {"scopes": granted(emulation, request)})

    return handle


def token_info(emulation: Emulation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Tells of a private app's token; who asks is known by it alone."""

    async def handle(request: web.Request) -> web.Response:
        if (await request.json()).get("tokenKey") != emulation.credentials.get("access_token"):
            raise Refusal(404, "The token is not known.", "OBJECT_NOT_FOUND")
        return web.json_response({"userId": 1, "hubId": 1, "appId": 1, "scopes": granted(emulation, request)})

    return handle


def granted(emulation: Emulation, request: web.Request) -> list[str]:
    """The scopes that the app has."""
    return sorted(scope for scope in request.app[GATEWAY].scopes if not emulation.lacks(scope))


def allow(emulation: Emulation, request: web.Request, scope: str) -> None:
    """Raises Refusal where the app has not this scope."""
    if scope not in granted(emulation, request):
        words = "This app hasn't been granted all required scopes to make this call."
        needed = {"requiredGranularScopes": [scope]}
        raise Refusal(
            403,
            words,
            "MISSING_SCOPES",
            errors=[{"message": "One or more of the following scopes are required.", "context": needed}],
        )


@web.middleware
async def _worded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as no:
        return no.response()
    except web.HTTPException as no:
        if no.status not in (404, 405):
            raise
        return Refusal(no.status, f"No resource at {request.method} {request.path}", "OBJECT_NOT_FOUND").response()


def _counted(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    """Searches have a limit of their own, and their answers tell of none; those to a private app tell of the day's too."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/oauth/"):
            return await handler(request)
        gateway, is_search = request.app[GATEWAY], request.path.endswith("/search")
        left = {policy: gateway.count(policy) for policy in (("SECONDLY",) if is_search else ("DAILY", "TEN_SECONDLY_ROLLING"))}
        if passed := next((policy for policy, n in left.items() if n < 0), None):
            raise too_many(passed)
        response = await handler(request)
        if not is_search:
            is_private = _given(request) == emulation.credentials.get("access_token")
            response.headers.update(_told(gateway, left, is_private))
        return response

    return counted


def _told(gateway: Gateway, left: dict[str, int], is_private: bool) -> dict[str, str]:
    """What the headers of an answer tell of the limits."""
    told = {"Interval-Milliseconds": int(_WINDOW * 1000)}
    told |= {"Max": gateway.most["TEN_SECONDLY_ROLLING"], "Remaining": left["TEN_SECONDLY_ROLLING"]}
    told |= {"Daily": gateway.most["DAILY"], "Daily-Remaining": left["DAILY"]} if is_private else {}
    return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in told.items()}


def _given(request: web.Request) -> str:
    """The token that comes with a call."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given if scheme == "Bearer" else ""


def _signed_in(emulation: Emulation) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    @web.middleware
    async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/oauth/"):
            return await handler(request)
        if not (given := _given(request)):
            raise Refusal(401, "Authentication credentials not found.", "INVALID_AUTHENTICATION")
        if given == emulation.credentials.get("access_token"):
            return await handler(request)
        known = emulation.state.select("select expires from _tokens where token = ?", (given,))
        if not known:
            raise Refusal(401, "Authentication credentials not found.", "INVALID_AUTHENTICATION")
        if (late := emulation.now().timestamp() - known[0]["expires"]) >= 0:
            raise expired(int(late))
        return await handler(request)

    return signed_in
