"""Who may come in: a token of the identity domain, a self-signed token that an API authentication provider trusts, or a password.

client id and secret -> token for an hour of the sandbox's time;  RS256 JWT with x5t;  Basic
"""

from __future__ import annotations

import secrets
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal, answer, refuse

TOKEN_PATH = "/oauth2/v1/token"
_LIFE = timedelta(hours=1)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """The pod's door, and the identity domain's token endpoint."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation
        self._tokens: dict[str, datetime] = {}

    async def token(self, request: web.Request) -> web.Response:
        """A token for the client's own credentials."""
        form, known = await request.post(), self._emulation.credentials
        if _basic(request) != (known["client_id"], known["client_secret"]):
            return web.json_response({"error": "invalid_client", "error_description": "Client authentication failed."}, status=401)
        if form.get("grant_type") != "client_credentials":
            return web.json_response(
                {"error": "unsupported_grant_type", "error_description": "The grant is not supported."}, status=400
            )
        if not form.get("scope"):
            return web.json_response({"error": "invalid_scope", "error_description": "A scope is needed."}, status=400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self._emulation.now() + _LIFE
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": int(_LIFE.total_seconds())})

    def middleware(self) -> Any:
        """Lets in who is known; refusals leave in the form that the client asked for."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == TOKEN_PATH:
                return await handler(request)
            if not self._is_known(request):
                return refuse("expired_token")
            try:
                return await handler(request)
            except Refusal as refusal:
                return answer(refusal, request)

        return gate

    def _is_known(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = self._emulation.credentials
        if scheme == "Basic":
            return _basic(request) == (known["username"], known["password"])
        if scheme != "Bearer":
            return False
        expires = self._tokens.get(token)
        return self._trusts(token) if expires is None else self._emulation.now() < expires

    def _trusts(self, token: str) -> bool:
        """Whether the token is signed by the registered certificate, for the user that it is registered for."""
        known = self._emulation.credentials
        try:
            # the pod holds only the certificate; its public key is in the private one
            read = jwt.decode(token, _key(known["private_key"]), algorithms=["RS256"])
        except (JoseError, ValueError):
            return False
        issued, expires = read.claims.get("iat"), read.claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            return False
        meant = read.claims.get("iss") == known["issuer"] and read.claims.get("prn") == known["username"]
        return meant and read.header.get("x5t") == known["certificate_thumbprint"] and issued - 60 <= time.time() < expires


@cache
def _key(pem: str) -> RSAKey:
    return RSAKey.import_key(pem)


def _basic(request: web.Request) -> tuple[str, str]:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, word = b64decode(coded).decode().partition(":") if scheme == "Basic" else ("", "", "")
    except ValueError:
        return "", ""
    return name, word
