"""Who may come in, and how often: signed assertions, tokens for an hour, limits by the hour, by 30 seconds and by envelope.

assertion (RS256) -> token -> userinfo, which tells where the account is;  request -> signed in -> counted -> handler
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.docusign.emulator.errors import Refusal, not_signed_in, too_many_an_hour, too_many_at_once
from q2c_pipelines.platforms.emulation import Emulation

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ACCOUNT = "4b2f8a10-6c1d-4e0a-9d53-0c1e7a5b9f21"
USER = {"userName": "Quote Desk", "email": "quotes@q2c.example"}
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOSTS = ("account-d.docusign.com", "account.docusign.com")
_OPEN = ("/oauth/", "/restapi/service_information")
_LIFE = timedelta(hours=1)
_SKEW = 60
_BURST_SECONDS = 30.0
SENDER = "Permission profile of the user: DocuSign Sender"
RIGHTS = {"Permission profile of the user: DocuSign Viewer": r"GET .*/envelopes", SENDER: r"(POST|PUT) .*/envelopes"}


@dataclass
class Limits:
    """What an account of a developer may do: calls an hour, calls in 30 seconds, and reads and changes of one envelope an hour."""

    hourly: int = 3000
    burst: int = 200
    reads: int = 250
    changes: int = 250


@dataclass
class Gate:
    """The account's door."""

    emulation: Emulation
    limits: Limits = field(default_factory=Limits)
    tokens: dict[str, datetime] = field(default_factory=dict)
    counts: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    async def token(self, request: web.Request) -> web.Response:
        """POST /oauth/token: a token for a good assertion."""
        form = await request.post()
        if form.get("grant_type") != _GRANT:
            return web.json_response({"error": "unsupported_grant_type", "error_description": ""}, status=400)
        if wrong := self._distrusts(str(form.get("assertion", "")), (*_HOSTS, request.host)):
            return web.json_response(dict(zip(("error", "error_description"), wrong, strict=False)), status=400)
        token = secrets.token_urlsafe(32)
        self.tokens[token] = self.emulation.now() + _LIFE
        said = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "signature impersonation"}
        return web.json_response(said)

    async def userinfo(self, request: web.Request) -> web.Response:
        """GET /oauth/userinfo: who the token stands for, and where the accounts are."""
        if not self._is_signed_in(request):
            return web.json_response({"error": "internal_server_error", "reference_id": "", "error_description": ""}, status=401)
        origin = f"{request.scheme}://{request.host}"
        account = {"account_id": ACCOUNT, "is_default": True, "account_name": "q2c", "base_uri": origin}
        who = {"sub": self.emulation.credentials["user_id"], "name": USER["userName"], "email": USER["email"]}
        return web.json_response(who | {"accounts": [account]})

    def middleware(self) -> Any:
        """Lets in who holds a live token, as often as the limits allow."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(_OPEN):
                return await handler(request)
            try:
                if not self._is_signed_in(request):
                    raise not_signed_in()
                self._count()
                self._count_envelope(request)
                if self.emulation.withheld(RIGHTS, request):
                    words = "This user lacks sufficient permissions to access this resource."
                    raise Refusal("USER_LACKS_PERMISSIONS", words)
                return await handler(request)
            except Refusal as refusal:
                return refusal.response()

        return gate

    def counter(self) -> Any:
        """Tells with every answer what is left of the limits."""

        @web.middleware
        async def counter(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            response.headers.update(self._told())
            return response

        return counter

    def _is_signed_in(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        expires = self.tokens.get(token) if scheme.lower() == "bearer" else None
        return expires is not None and self.emulation.now() < expires

    def _hour(self) -> tuple[Any, ...]:
        """The hour on the sandbox's clock; where that stands still, an hour of ours is one as well."""
        return ("hour", self.emulation.now().replace(minute=0, second=0, microsecond=0), int(time.monotonic() // 3600))

    def _burst(self) -> tuple[Any, ...]:
        return ("burst", int(time.monotonic() // _BURST_SECONDS))

    def _count(self) -> None:
        if self.counts[self._hour()] >= self.limits.hourly:
            raise too_many_an_hour()
        if self.counts[self._burst()] >= self.limits.burst:
            raise too_many_at_once()
        self.counts.update([self._hour(), self._burst()])

    def _count_envelope(self, request: web.Request) -> None:
        """One envelope may be read and changed so often an hour."""
        envelope_id = request.match_info.get("envelopeId")
        if envelope_id is None:
            return
        is_read = request.method == "GET"
        key, most = (*self._hour(), envelope_id, is_read), self.limits.reads if is_read else self.limits.changes
        if self.counts[key] >= most:
            kind = "Polling" if is_read else "Update"
            words = f"The number of calls for envelope {envelope_id} exceeded the hourly limit."
            raise Refusal(f"Hourly_Envelope_{kind}_Limit_Exceeded", words)
        self.counts[key] += 1

    def _told(self) -> dict[str, str]:
        ends = self.emulation.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return {
            "X-RateLimit-Limit": str(self.limits.hourly),
            "X-RateLimit-Remaining": str(self.limits.hourly - self.counts[self._hour()]),
            "X-RateLimit-Reset": str(int(ends.timestamp())),
            "X-BurstLimit-Limit": str(self.limits.burst),
            "X-BurstLimit-Remaining": str(self.limits.burst - self.counts[self._burst()]),
        }

    def _distrusts(self, assertion: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """Why an assertion is turned down, in OAuth's words; empty where it is good."""
        known = self.emulation.credentials
        try:
            # the app holds only the public key, which is in the private one
            claims = jwt.decode(assertion, _key(known["private_key"]), algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return "invalid_grant", "no_valid_keys_or_signatures"
        issued, expires, now = claims.get("iat"), claims.get("exp"), time.time()
        if not isinstance(issued, int) or not isinstance(expires, int) or issued > now + _SKEW:
            return "invalid_grant", "expired_or_invalid_assertion"
        if not now < expires <= issued + 3600 or claims.get("aud") not in hosts:
            return "invalid_grant", "expired_or_invalid_assertion"
        if claims.get("iss") != known["integration_key"]:
            return "invalid_client", "unknown_integration_key"
        if claims.get("sub") != known["user_id"]:
            return "invalid_grant", "user_not_found"
        return () if {"signature", "impersonation"} <= set(str(claims.get("scope", "")).split()) else ("consent_required",)


@cache
def _key(pem: str) -> RSAKey:
    return RSAKey.import_key(pem)
