"""Who we are at Dynamics 365 Finance and how it words a failure: OAuth 2.0 client credentials of a Microsoft Entra application.

client secret -> token for about an hour, kept in memory, renewed once when the environment no longer takes it
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from urllib.parse import urljoin

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import TokenAuth, no_token

NAME = "dynamics365_finance"
DUPLICATE = "already exists"
_AUTHORITY = "https://login.microsoftonline.com"


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request with a token that is fetched when it is first needed."""
    return _ClientCredentials(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """What the environment refused and why, in its own words; None where it did not."""
    if response.status_code < 400:
        return None
    code, words = _told(response)
    kind: type[PlatformError] = Terminal
    if response.status_code in (401, 403):
        kind = Unauthorized
    elif response.status_code in (408, 429) or response.status_code >= 500:
        kind = Transient
    return kind(words, platform=NAME, code=code, status=response.status_code)


def refusal_of(response: httpx.Response) -> PlatformError | None:
    """The same of a write: a broken business rule comes with status 500 too, and is no outage. The infolog tells them apart."""
    error = error_of(response)
    if error and "innererror" in _error(response):
        return Terminal(str(error), platform=NAME, code=error.code, status=error.status)
    return error


def _told(response: httpx.Response) -> tuple[str, str]:
    error = _error(response)
    if not error:
        return "", f"answered {response.status_code}: {response.text[:300]}"
    inner = error.get("innererror") or {}
    words = [str(error.get("message", "")), str(inner.get("message", ""))]
    return str(error.get("code", "")), " ".join(filter(None, words)) or f"answered {response.status_code} without saying why"


def _error(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):  # the sign-in service
        return {"code": error, "message": body.get("error_description", "")}
    return error if isinstance(error, dict) else {}


class _ClientCredentials(TokenAuth):
    def __init__(self, connection: Connection):
        self._base_url = httpx.URL(connection.base_url)
        self._resource = connection.base_url.rstrip("/")
        authority = urljoin(self._resource, connection.settings.get("authority") or _AUTHORITY)
        self._url = f"{authority.rstrip('/')}/{connection.credentials['tenant_id']}/oauth2/v2.0/token"
        self._credentials = connection.credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.url.host != self._base_url.host:  # a package in blob storage, whose link is signed
            yield request
        else:
            yield from super().auth_flow(request)

    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials["client_id"],
            "client_secret": self._credentials["client_secret"],
            "scope": f"{self._resource}/.default",
        }
        self._token = _token((yield httpx.Request("POST", self._url, data=form)))


def _token(response: httpx.Response) -> str:
    if response.status_code == 200:
        return str(response.json()["access_token"])
    check = "Check tenant_id, client_id and client_secret, and whether the secret has expired."
    raise no_token("Dynamics 365 Finance", NAME, response, error_of(response), check)
