"""How Dataverse lets us in, and how it says no.

tenant, app and secret -> token for an hour from Entra ID -> signed requests. It is renewed, once, when the environment answers 401.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import TokenAuth

DATA = "/api/data/v9.2"
_AUTHORITY = "https://login.microsoftonline.com/"
_HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
_BOILERPLATE = "InnerException :"
_ADVICE = {
    401: "the environment does not take the token: is the app registration an application user there?",
    "0x80060888": "a column that is not in the environment looks like this: add it there or mend platform.yaml",
}


def auth(connection: Connection) -> httpx.Auth:
    """Signs requests with a token that is fetched when it is first needed, and once more when it is refused."""
    return _ClientCredentials(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """What Dataverse refused and why, in its own code and words; None where it did not."""
    if response.status_code < 400:
        return None
    said = _said(response)
    code = str(said.get("code", ""))
    return _kind(response.status_code)(_wording(said, code, response.status_code), code=code)


def _kind(status: int) -> type[PlatformError]:
    if status in (408, 429) or status >= 500:
        return Transient
    return Unauthorized if status in (401, 403) else Terminal


def _said(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {"message": f"answered {response.status_code}: {response.text[:300]}"}


def _wording(said: Mapping[str, Any], code: str, status: int) -> str:
    message = str(said.get("message", "")).rpartition(_BOILERPLATE)[2].strip()
    advice = _ADVICE.get(status) or _ADVICE.get(code)
    return f"{f'{code}: ' if code else ''}{message}{f'; {advice}' if advice else ''}"


class _ClientCredentials(TokenAuth):
    def __init__(self, connection: Connection):
        environment = httpx.URL(connection.base_url)
        authority = connection.settings.get("authority") or _AUTHORITY
        self._given = connection.credentials
        self._url = environment.join(f"{authority}{self._given.get('tenant_id', '')}/oauth2/v2.0/token")
        self._scope = f"{str(environment).rstrip('/')}/.default"

    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._given["client_id"],
            "client_secret": self._given["client_secret"],
            "scope": self._scope,
        }
        response = yield httpx.Request("POST", self._url, data=form)
        if response.status_code != 200:
            raise _refusal(response)
        self._token = response.json()["access_token"]

    def _signed(self, request: httpx.Request) -> httpx.Request:
        fresh = {"If-None-Match": "null"} if request.method == "GET" else {}  # else lists that are expanded may be stale
        request.headers.update(_HEADERS | fresh | {"Authorization": f"Bearer {self._token}"})
        return request


def _refusal(response: httpx.Response) -> PlatformError:
    """Why there is no token: in Entra's words where it refused the app, else as any other failure."""
    if _kind(response.status_code) is Transient:
        return Transient(f"Dynamics 365 Sales: no token: Entra ID answered {response.status_code}", platform="dynamics365_sales")
    try:
        told = response.json()
    except ValueError:
        told = {}
    why = str(told.get("error_description", response.text[:300])).split(" Trace ID:")[0]
    return Unauthorized(
        f"Dynamics 365 Sales: login refused: {why}; check the credentials in connections.yaml and the app registration",
        platform="dynamics365_sales",
        code=str(told.get("error", "")),
        status=response.status_code,
    )
