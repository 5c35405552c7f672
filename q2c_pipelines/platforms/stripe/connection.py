"""How Stripe lets us in, and how it says no.

The key is sent as it is, there is no token to fetch; the API version is pinned, for without the header an account answers in the
version it was made with. A failure carries its own advice on whether to try again.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx
import orjson

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

VERSION = "2026-10-28.endive"
_LATER = {409, 424, 429}


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request with the account's key and pins the version."""
    return _KeyAuth(connection.credentials["api_key"])


class _KeyAuth(httpx.Auth):
    def __init__(self, key: str):
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        request.headers["Stripe-Version"] = VERSION
        yield request


def error_of(response: httpx.Response) -> PlatformError | None:
    """The failure that a reply is, or None. Stripe's own advice to retry wins over the status."""
    if response.status_code < 400:
        return None
    said = _body(response)
    code = str(said.get("code") or said.get("type") or response.status_code)
    words = f"{response.status_code} {code}: {said.get('message') or response.text[:300]} (request {_request_id(response)})"
    if response.status_code in (401, 403):
        return Unauthorized(f"{words}; check api_key, and that it may do this", code=code)
    return (Transient if _is_passing(response) else Terminal)(words, code=code)


def _is_passing(response: httpx.Response) -> bool:
    advice = response.headers.get("Stripe-Should-Retry")
    return advice == "true" if advice else response.status_code in _LATER or response.status_code >= 500


def _body(response: httpx.Response) -> dict[str, object]:
    try:
        error = orjson.loads(response.content).get("error", {})
    except (orjson.JSONDecodeError, AttributeError):
        return {}
    return error if isinstance(error, dict) else {"message": str(error)}


def _request_id(response: httpx.Response) -> str:
    return str(response.headers.get("Request-Id", "unknown"))
