"""How Zuora lets us in, and how it says no.

A client id and secret are exchanged for a bearer token that lives about an hour. Refusals come mostly as HTTP 200 with
`success: false`, so a reply is an error by its body, not by its status.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

VERSION = "2025-08-12"  # without a version Zuora answers in its oldest form
_RETRY_CATEGORIES = {"50", "60", "61", "70", "99"}  # lock contention, internal, temporary, limit, integration
_ACCESS_CATEGORIES = {"10", "11"}  # permission, authentication


def auth(connection: Connection) -> httpx.Auth:
    """Signs requests to the tenant with a token fetched when first needed and once more when it is refused."""
    return _BearerAuth(connection)


class _BearerAuth(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._base = httpx.URL(connection.base_url)
        self._credentials = connection.credentials
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if (request.url.scheme, request.url.host, request.url.port) != (self._base.scheme, self._base.host, self._base.port):
            yield request  # a signed link to a result file: the storage service refuses a second kind of authorisation
            return
        if not self._token and not (yield from self._fetch_token()):
            return
        response = yield self._signed(request)
        if response.status_code == 401 and (yield from self._fetch_token()):
            yield self._signed(request)

    def _fetch_token(self) -> Generator[httpx.Request, httpx.Response, bool]:
        """Whether a new token was given; where not, the refusal is the answer the caller sees."""
        grant = {name: self._credentials[name] for name in ("client_id", "client_secret")}
        response = yield httpx.Request("POST", self._base.join("/oauth/token"), data=grant | {"grant_type": "client_credentials"})
        if response.status_code == 200:
            self._token = response.json()["access_token"]
        return response.status_code == 200

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        request.headers["Zuora-Version"] = VERSION
        return request


def error_of(response: httpx.Response) -> PlatformError | None:
    """What Zuora's answer says went wrong; None for a success."""
    code, message = _refusal(response)
    if not code and response.status_code < 400:
        return None
    said = f"{message or response.text[:300] or 'no reason given'} ({code or response.status_code})"
    return _kind(response.status_code, code)(said, code=code, retry_after=_wait(response))


def _refusal(response: httpx.Response) -> tuple[str, str]:
    """The vendor's first code and all its words; empty for a success and for a body that is no JSON."""
    if "json" not in response.headers.get("Content-Type", "") or b'"data":[' in response.content[:9]:
        return "", ""
    body: Any = response.json()
    if not isinstance(body, dict):
        return "", ""
    reasons = body.get("reasons") or body.get("Errors") or ([body] if {"code", "message"} <= body.keys() else [])
    failed = body.get("success", body.get("Success", not reasons)) is False or bool(reasons)
    if not failed:
        return "", ""
    said = [{key.lower(): value for key, value in reason.items()} for reason in reasons]
    return str(said[0].get("code", "")) if said else "unknown", "; ".join(str(reason.get("message", "")) for reason in said)


def _kind(status: int, code: str) -> type[PlatformError]:
    category = code[-2:] if code.isdigit() and len(code) >= 8 else code
    if status == 401 or category in _ACCESS_CATEGORIES:
        return Unauthorized
    if status in (409, 429) or status >= 500 or category in _RETRY_CATEGORIES or code in ("LOCK_COMPETITION", "TEMPORARY_ERROR"):
        return Transient
    return Terminal


def _wait(response: httpx.Response) -> float | None:
    """Seconds until a limit is lifted; Zuora's minute limit says so in a header of its own."""
    reset = response.headers.get("ratelimit-reset", "")
    return float(reset) if response.status_code == 429 and reset.isdigit() else None
