"""Who may come in: Basic or a bearer token for the communication user, and for OData writes the session's CSRF token.

GET with X-CSRF-Token: Fetch -> token and session cookies -> every write carries both; a session that idled too long is forgotten
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, answer, csrf_refused, refuse

TOKEN_PATH = "/sap/bc/sec/oauth2/token"
ODATA, SOAP = "/sap/opu/odata/sap/", "/sap/bc/srt/scs_ext/sap/"
_COOKIE = "SAP_SESSIONID_S4H_100"
_TOKEN_LIFE, _SESSION_LIFE = timedelta(hours=1), timedelta(minutes=30)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """The account's door."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation
        self._tokens: dict[str, datetime] = {}
        self._sessions: dict[str, tuple[str, datetime]] = {}

    async def token(self, request: web.Request) -> web.Response:
        """A bearer token for the communication user's own secret."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if not self._knows_basic(request):
            return web.json_response({"error": "invalid_client", "error_description": "Authentication failed"}, status=401)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self._emulation.now() + _TOKEN_LIFE
        life = int(_TOKEN_LIFE.total_seconds())
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": str(life), "scope": ""})

    def middleware(self) -> Any:
        """Lets in whom the account knows; a write to OData needs the session's token too."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == TOKEN_PATH:
                return await handler(request)
            if not self._knows(request):
                return refuse("expired_token")
            if request.path.startswith(ODATA):
                return await self._odata(request, handler)
            return await handler(request)

        return gate

    async def _odata(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        wanted = request.headers.get("X-CSRF-Token", "")
        if request.method == "HEAD":
            return csrf_refused()
        if request.method not in ("GET", "HEAD") and not self._in_session(request, wanted):
            return csrf_refused()
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = answer(refusal, request.match_info.get("service", ""))
        if request.method == "GET" and wanted.lower() == "fetch":
            self._give_session(request, response)
        return response

    def _in_session(self, request: web.Request, token: str) -> bool:
        key = request.cookies.get(_COOKIE, "")
        held, until = self._sessions.get(key, ("", self._emulation.now()))
        if not held or held != token or self._emulation.now() >= until:
            return False
        self._sessions[key] = (held, self._emulation.now() + _SESSION_LIFE)
        return True

    def _give_session(self, request: web.Request, response: web.StreamResponse) -> None:
        key = request.cookies.get(_COOKIE, "")
        token, until = self._sessions.get(key, ("", self._emulation.now()))
        if not token or self._emulation.now() >= until:
            key, token = secrets.token_urlsafe(16), secrets.token_urlsafe(16) + "=="
        self._sessions[key] = (token, self._emulation.now() + _SESSION_LIFE)
        response.headers["x-csrf-token"] = token
        response.set_cookie(_COOKIE, key, path="/", httponly=True)
        response.set_cookie("sap-usercontext", "sap-client=100", path="/")

    def _knows(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            until = self._tokens.get(token)
            return until is not None and self._emulation.now() < until
        return self._knows_basic(request)

    def _knows_basic(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        known = self._emulation.credentials
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and (user, password) == (known["user"], known["password"])
