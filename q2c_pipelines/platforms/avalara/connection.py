"""How AvaTax lets us in, and how it says no: account and license key with every request, one error body for everything."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

CLIENT = "q2c; 1; httpx; 1; q2c"  # name and version of the application, library and version, machine
_LATER = {"RateLimitExceeded", "RateLimitExceededError", "ServiceTimeout"}
_ADVICE = {
    "AuthenticationException": "; check account_id and license_key: a new key ends the old one",
    "AuthenticationIncomplete": "; check account_id and license_key: a new key ends the old one",
    "CannotModifyLockedTransaction": "; it was reported to an authority: record a credit instead",
}


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request; there is no token to fetch."""
    return _LicenseKey(connection.credentials["account_id"], connection.credentials["license_key"])


class _LicenseKey(httpx.BasicAuth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Avalara-Client"] = CLIENT
        yield from super().auth_flow(request)


def error_of(response: httpx.Response) -> PlatformError | None:
    """The failure that a reply is, with all its details; None where it is none."""
    if response.status_code < 400:
        return None
    said = _body(response)
    code = str(said.get("code") or f"HTTP_{response.status_code}")
    details = "; ".join(filter(None, map(_sentence, said.get("details") or [])))
    told = details or said.get("message") or response.text[:300]
    words = f"{code}: {told}{_ADVICE.get(code, '')} (correlation id {response.headers.get('x-correlation-id', 'unknown')})"
    return _kind(response.status_code, code)(words, platform="avalara", code=code)


def _kind(status: int, code: str) -> type[PlatformError]:
    if status in (401, 403):
        return Unauthorized
    return Transient if status == 429 or status >= 500 or code in _LATER else Terminal


def _sentence(detail: dict[str, Any]) -> str:
    words = ". ".join(str(detail[name]).rstrip(".") for name in ("message", "description") if detail.get(name))
    place = f" (at {detail['refersTo']})" if detail.get("refersTo") else ""
    return f"{words}{place}"


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        error = response.json().get("error")
    except (ValueError, AttributeError):
        return {}
    return error if isinstance(error, dict) else {}
