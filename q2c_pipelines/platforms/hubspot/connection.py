"""How HubSpot lets us in, and how it says no.

refresh token -> access token of 30 minutes, renewed before it ends; or the token of a private app, sent as it is. Searches are held
to their own pace here: an account allows far fewer of them than of other calls.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import httpx
import orjson
from pyrate_limiter import Duration, Limiter, Rate

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

OBJECTS = "/crm/v3/objects"
PIPELINES = "/crm/v3/pipelines"
PROPERTIES = "/crm/v3/properties"
ASSOCIATIONS = "/crm/v4/associations"  # of many records
LINKS = "/crm/v4/objects"  # of one record
TOKEN = "/oauth/2026-03/token"  # takes everything in the body; /oauth/v1/token is switched off in February 2027
_EXPIRED = "EXPIRED_AUTHENTICATION"
_EARLY = 60.0  # seconds before its end that a token is renewed
_PAUSES = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}  # there is no Retry-After
_LATER = {423, 429, 477}  # locked, too many, the account is being moved


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request, and lets searches pass at the account's pace."""
    return _BearerAuth(connection)


class _BearerAuth(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._base, self._credentials = httpx.URL(connection.base_url), connection.credentials
        self._is_renewed = bool(connection.credentials.get("refresh_token"))
        self._token = "" if self._is_renewed else connection.credentials["access_token"]
        self._ends = 0.0
        self._searches = Limiter(Rate(int(connection.settings.get("searches_per_second") or 4), Duration.SECOND))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.url.path.endswith("/search"):
            self._searches.try_acquire("search")
        if self._is_renewed and time.monotonic() >= self._ends:
            yield from self._renew()
        response = yield self._signed(request)
        if self._is_renewed and response.status_code == 401 and _said(response).get("category") == _EXPIRED:
            yield from self._renew()  # its clock is ahead of ours
            yield self._signed(request)

    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Fetch a new access token. Raises what a refusal means, since nobody else logs in."""
        grant = {name: self._credentials[name] for name in ("client_id", "client_secret", "refresh_token")}
        response = yield httpx.Request("POST", self._base.join(TOKEN), data=grant | {"grant_type": "refresh_token"})
        if refusal := error_of(response):
            passing = isinstance(refusal, Transient)
            words = f"HubSpot: no access token was given: {refusal}"
            raise (Transient if passing else Unauthorized)(
                words, platform="hubspot", code=refusal.code, status=response.status_code
            )
        granted = response.json()
        self._token = granted["access_token"]
        self._ends = time.monotonic() + granted["expires_in"] - _EARLY

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def error_of(response: httpx.Response) -> PlatformError | None:
    """The failure that a reply is, or None. A batch that failed in part is none: its flow reads the errors."""
    if response.status_code < 400:
        return None
    said = _said(response)
    code = str(said.get("policyName") or said.get("category") or response.status_code)
    told = f"{explained(said) or response.text[:300]} (correlation {said.get('correlationId', 'unknown')})"
    words = f"{response.status_code} {code}: {told}"
    if response.status_code in (401, 403):
        return Unauthorized(f"{words}; check the app's credentials and scopes", code=code)
    kind = Transient if response.status_code in _LATER or response.status_code >= 500 else Terminal
    return kind(words, code=code, retry_after=_PAUSES.get(code))


def explained(said: dict[str, Any]) -> str:
    """The vendor's words, with each property that it names and each scope that it misses."""
    details = [each for each in said.get("errors") or [] if isinstance(each, dict)]
    contexts = [said.get("context") or {}, *(each.get("context") or {} for each in details)]
    named = sorted({value for context in contexts for values in context.values() for value in values})
    words = "; ".join(dict.fromkeys(filter(None, [said.get("message"), *(each.get("message") for each in details)])))
    return f"{words} [{', '.join(named)}]" if named else words


def _said(response: httpx.Response) -> dict[str, Any]:
    try:
        said = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
