"""How Salesforce lets us in, and how it says no.

credentials -> token and the org's own host (`instance_url`) -> signed requests. A token tells no lifetime: it is renewed, once,
when the platform says INVALID_SESSION_ID.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import Any

import httpx
from joserfc import jwk, jwt

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import TokenAuth

DATA = "/services/data/v64.0"
_TOKEN = "/services/oauth2/token"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOGIN_HOST = "https://login.salesforce.com"
_ASSERTION_SECONDS = 180

_LATER = {"REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"}
_NO_ACCESS = {
    "INVALID_SESSION_ID",
    "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "API_DISABLED_FOR_ORG",
    "API_CURRENTLY_DISABLED",
    "INVALID_TYPE",
}
_ADVICE = {
    "INVALID_FIELD": "a field hidden from us looks like one that does not exist: grant access or mend platform.yaml",
    "CurrencyIsoCode": "an org with one currency has no such field: say that currency under settings.currency in connections.yaml",
    "Legal_Entity__c": "an org that sells for one company has no such field: say it under settings.company in connections.yaml",
    "INVALID_TYPE": "an object hidden from us looks like one that does not exist",
}


def auth(connection: Connection) -> httpx.Auth:
    """Signs requests with a token fetched when first needed and once more when it is refused, and sends them to the token's org."""
    return _TokenAuth(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """The failure that a response tells, by its error codes; None where it tells none."""
    if response.status_code < 400 and response.status_code != 300:
        return None
    if response.status_code == 300:
        return Terminal("the external id fits several records; make it unique in Salesforce", code="MULTIPLE_CHOICES")
    said = _first_error(response)
    code = str(said.get("errorCode", ""))
    return _kind(response.status_code, code)(_wording(said, code), code=code)


def _kind(status: int, code: str) -> type[PlatformError]:
    if code in _LATER or status in (406, 429) or status >= 500:
        return Transient
    return Unauthorized if status == 401 or code in _NO_ACCESS else Terminal


def _wording(said: Mapping[str, Any], code: str) -> str:
    fields = f" ({', '.join(said['fields'])})" if said.get("fields") else ""
    message = str(said.get("message", ""))
    about = next((name for name in ("CurrencyIsoCode", "Legal_Entity__c") if f"'{name}'" in message), code)
    advice = f"; {_ADVICE[about]}" if about in _ADVICE else ""
    return f"{code}: {str(said.get('message', '')).strip()}{fields}{advice}"


def _first_error(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {"errorCode": f"HTTP_{response.status_code}", "message": response.text[:300]}
    first = body[0] if isinstance(body, list) and body else body
    return first if isinstance(first, Mapping) else {"errorCode": f"HTTP_{response.status_code}", "message": str(first)[:300]}


class _TokenAuth(TokenAuth):
    def __init__(self, connection: Connection):
        self._login = httpx.URL(connection.base_url)
        self._credentials = dict(connection.credentials)
        self._instance = self._login

    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            request = _grant(self._login, self._credentials)
        except KeyError as missing:
            raise Unauthorized(
                f"Salesforce: the credential {missing} is missing in connections.yaml", platform="salesforce"
            ) from missing
        response = yield request
        if response.status_code != 200:
            raise _refusal(response)
        granted = response.json()
        self._token = granted["access_token"]
        self._instance = httpx.URL(granted["instance_url"])
        if "refresh_token" in granted:
            self._credentials["refresh_token"] = granted["refresh_token"]

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.url = self._instance.copy_with(raw_path=request.url.raw_path)
        request.headers["Host"] = request.url.netloc.decode()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _grant(login: httpx.URL, credentials: Mapping[str, str]) -> httpx.Request:
    """The token request of the flow that the credentials at hand are for: JWT bearer, refresh token, or client credentials."""
    url = login.join(_TOKEN)
    if "private_key" in credentials:
        return httpx.Request("POST", url, data={"grant_type": _JWT_BEARER, "assertion": _assertion(credentials)})
    if "refresh_token" in credentials:
        form = {"client_id": credentials["consumer_key"], "refresh_token": credentials["refresh_token"]}
        if "consumer_secret" in credentials:
            form["client_secret"] = credentials["consumer_secret"]
        return httpx.Request("POST", url, data=form | {"grant_type": "refresh_token"})
    pair = httpx.BasicAuth(credentials["consumer_key"], credentials["consumer_secret"])
    return next(pair.auth_flow(httpx.Request("POST", url, data={"grant_type": "client_credentials"})))


def _assertion(credentials: Mapping[str, str]) -> str:
    claims = {
        "iss": credentials["consumer_key"],
        "sub": credentials["username"],
        "aud": credentials.get("audience", _LOGIN_HOST),
        "exp": int(time.time()) + _ASSERTION_SECONDS,
    }
    return jwt.encode({"alg": "RS256"}, claims, jwk.RSAKey.import_key(credentials["private_key"]))


def _refusal(response: httpx.Response) -> PlatformError:
    """Why there is no token: in OAuth's words where the grant was refused, else in those of any other failure."""
    said = _first_error(response)
    if "error" not in said:
        code = str(said.get("errorCode", ""))
        return _kind(response.status_code, code)(f"Salesforce: no token: {_wording(said, code)}", platform="salesforce", code=code)
    why = f"{said['error']}: {said.get('error_description', 'no reason given')}"
    return Unauthorized(
        f"Salesforce: login refused: {why}; check the credentials in connections.yaml and the app's policies",
        platform="salesforce",
        code=str(said["error"]),
        status=response.status_code,
    )
