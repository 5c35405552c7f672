"""How DocuSign lets us in, and how it says no.

private key -> JWT (RS256) -> token for an hour -> userinfo -> the account's own host, where every path is relative to the account.

Accounts move between hosts: after a redirect or a refused token both are asked for anew, once.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIMITS = ("APIINVOCATION_LIMIT_EXCEEDED", "POLLING_LIMIT_EXCEEDED", "UPDATE_LIMIT_EXCEEDED")
_LATER = {"EDIT_LOCK_NOT_LOCK_OWNER"}
_NOT_ALLOWED = {"ACCOUNT_LACKS_PERMISSIONS", "USER_LACKS_PERMISSIONS"}
_MOVED = (301, 302, 307, 308, 401)
_ADVICE = {
    "consent_required": "; let the user consent once, under /oauth/auth with the scopes signature and impersonation",
    "EDIT_LOCK_NOT_LOCK_OWNER": "; somebody is editing the envelope",
}
_BURST = 30.0  # seconds of the burst limit's window


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request with a token that is fetched when it is first needed, and sends it to the account's host."""
    return _ImpersonatedUser(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """The failure that a reply is, by its error code; None where it is none. A limit is 400 or 429, and says when it ends."""
    if response.status_code < 300:
        return None
    said = _body(response)
    code = str(said.get("errorCode") or said.get("error") or f"HTTP_{response.status_code}")
    told = said.get("message") or said.get("error_description") or response.text[:300]
    trace = response.headers.get("X-DocuSign-TraceToken", "unknown")
    words = f"{code}: {told}{_ADVICE.get(code, '')} (trace {trace})"
    return _kind(response.status_code, code)(words, platform="docusign", code=code, retry_after=_wait(response, code))


def _kind(status: int, code: str) -> type[PlatformError]:
    if status in (401, 403) or code in _NOT_ALLOWED:
        return Unauthorized
    return Transient if status == 429 or status >= 500 or code in _LATER or _is_limit(code) else Terminal


def _is_limit(code: str) -> bool:
    return code.upper().endswith(_LIMITS)


def _wait(response: httpx.Response, code: str) -> float | None:
    """Seconds until a limit is over: the hourly one ends when its header says, by the platform's clock."""
    if not _is_limit(code):
        return None
    if code.startswith("BURST"):
        return _BURST
    ends, date = response.headers.get("X-RateLimit-Reset", ""), response.headers.get("Date")
    return max(1.0, float(ends) - parsedate_to_datetime(date).timestamp()) if ends.isdigit() and date else None


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


class _ImpersonatedUser(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._login = httpx.URL(connection.base_url)
        self._credentials = connection.credentials
        self._wanted = connection.settings.get("account_id", "")
        self._token = ""
        self._account = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        asked = request.url.raw_path.decode()
        if not self._token:
            yield from self._let_in()
        response = yield self._signed(request, asked)
        if response.status_code in _MOVED:
            yield from self._let_in()
            yield self._signed(request, asked)

    def _let_in(self) -> Generator[httpx.Request, httpx.Response, None]:
        """A token, and where the account is."""
        self._token = ""
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        granted = _granted((yield httpx.Request("POST", self._login.join("/oauth/token"), data=form)))
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        user = _granted((yield httpx.Request("GET", self._login.join("/oauth/userinfo"), headers=bearer)))
        chosen = _chosen(user["accounts"], self._wanted)
        self._account = f"{chosen['base_uri']}/restapi/v2.1/accounts/{chosen['account_id']}"
        self._token = granted["access_token"]

    def _signed(self, request: httpx.Request, asked: str) -> httpx.Request:
        request.url = httpx.URL(self._account + asked)
        request.headers["Host"] = request.url.netloc.decode()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._credentials["integration_key"],
            "sub": self._credentials["user_id"],
            "aud": self._login.netloc.decode(),
            "iat": now,
            "exp": now + 3600,
            "scope": "signature impersonation",
        }
        return jwt.encode({"typ": "JWT", "alg": "RS256"}, claims, _key(self._credentials["private_key"]), algorithms=["RS256"])


@cache
def _key(pem: str) -> RSAKey:
    """The key, checked once: that takes longer than signing with it."""
    return RSAKey.import_key(pem)


def _chosen(accounts: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """The account that was asked for, or the user's default."""
    found = [each for each in accounts if (each["account_id"] == wanted if wanted else _is_default(each))]
    if not found:
        known = ", ".join(each["account_id"] for each in accounts)
        raise Unauthorized(
            f"DocuSign: the user has no account {wanted or 'by default'}; settings.account_id can be {known}", platform="docusign"
        )
    return found[0]


def _is_default(account: dict[str, Any]) -> bool:
    return str(account.get("is_default")).lower() == "true"


def _granted(response: httpx.Response) -> dict[str, Any]:
    error = error_of(response)
    if error is None:
        return _body(response)
    kind = Transient if isinstance(error, Transient) else Unauthorized
    raise kind(
        f"DocuSign: login refused: {error}; check integration_key, user_id and private_key",
        platform="docusign",
        code=error.code,
        status=response.status_code,
        retry_after=error.retry_after,
    )
