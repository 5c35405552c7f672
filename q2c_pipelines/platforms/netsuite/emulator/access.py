"""Who may come in: assertions checked as the token endpoint does, tokens for an hour, no more requests at once than licensed.

assertion (PS256 or ES*, by the mapped certificate's key) -> token -> Authorization: Bearer
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal, answer, refuse

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
CONCURRENCY = 5
_ALGORITHMS = ["PS256", "ES256", "ES384", "ES512"]
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = timedelta(hours=1)
_SKEW = 60

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """The account's door."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation
        self._tokens: dict[str, datetime] = {}
        self._inside = 0

    async def token(self, request: web.Request) -> web.Response:
        """A token for a good assertion."""
        form = await request.post()
        granted = form.get("grant_type") == "client_credentials" and form.get("client_assertion_type") == _ASSERTION
        if not granted or not self._trusts(
            str(form.get("client_assertion", "")), f"{request.scheme}://{request.host}{request.path}"
        ):
            return web.json_response({"error": "invalid_request"}, status=400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self._emulation.now() + _LIFE
        return web.json_response({"access_token": token, "expires_in": "3600", "token_type": "bearer"})

    def middleware(self) -> Any:
        """Lets in who holds a live token, and no more at once than the licence allows."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == TOKEN_PATH:
                return await handler(request)
            if not self._holds_token(request):
                return refuse("expired_token")
            if self._inside >= CONCURRENCY:
                return refuse("rate_limit")
            self._inside += 1
            try:
                return await handler(request)
            except Refusal as refusal:
                return answer(refusal)
            finally:
                self._inside -= 1

        return gate

    def _holds_token(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        expires = self._tokens.get(token) if scheme.lower() == "bearer" else None
        return expires is not None and self._emulation.now() < expires

    def _trusts(self, assertion: str, audience: str) -> bool:
        known = self._emulation.credentials
        try:
            # the account holds only the certificate; its public key is in the private one
            token = jwt.decode(assertion, _key(known["private_key"]), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            return False
        claims, now = token.claims, time.time()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            return False
        in_time = issued <= now + _SKEW and now < expires <= issued + 3600
        mapped = token.header.get("kid") == known["certificate_id"] and claims.get("iss") == known["client_id"]
        return in_time and mapped and claims.get("aud") == audience and "rest_webservices" in _scopes(claims.get("scope"))


@cache
def _key(pem: str) -> RSAKey:
    return RSAKey.import_key(pem)


def _scopes(scope: object) -> list[str]:
    return [str(each) for each in scope] if isinstance(scope, list) else str(scope or "").split(",")
