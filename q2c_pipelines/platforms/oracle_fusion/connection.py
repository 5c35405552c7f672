"""Who we are at the pod and how it words a failure: a token of the identity domain, a token signed by ourselves, or a password.

client id and secret -> token, renewed once when it is refused;  private key -> JWT (RS256, x5t) for minutes;  password
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import no_token

TOKEN_PATH = "/oauth2/v1/token"
_TRUSTED_FOR = 300  # seconds
_PRODUCT = re.compile(r"JBO-[\w-]*:::(?P<name>\w+):.*?<NUMBER>(?P<number>[^<]*)</NUMBER>.*?<TEXT>(?P<text>[^<]*)</TEXT>", re.DOTALL)


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request, in the first way of logging in whose credentials are given."""
    given = {name for name, value in connection.credentials.items() if value}
    if {"client_id", "client_secret"} <= given:
        return _ClientCredentials(connection)
    if "private_key" in given:
        return _SignedToken(connection)
    return httpx.BasicAuth(connection.credentials["username"], connection.credentials["password"])


def error_of(response: httpx.Response) -> PlatformError | None:
    """What the pod refused and why, in its own code and words; None where it did not."""
    if response.status_code < 400:
        return None
    code, said = _told(response)
    kind: type[PlatformError] = Terminal
    if response.status_code in (401, 403):
        kind = Unauthorized
    elif response.status_code == 429 or (response.status_code >= 500 and not code):
        kind = Transient
    return kind(said, platform="oracle_fusion", code=code, status=response.status_code)


def _told(response: httpx.Response) -> tuple[str, str]:
    """The code and the words of a refusal, whichever of its forms it has."""
    try:
        details = response.json()["o:errorDetails"]
        code, said, place = (str(details[0].get(name) or "") for name in ("o:errorCode", "detail", "o:errorPath"))
    except (ValueError, KeyError, IndexError, TypeError):
        code, said, place = _bare(response)
    if product := _PRODUCT.search(said):
        code, said = product["number"], f"{product['name']}: {product['text']}"
    return code, f"{said or 'no reason given'}" + (f" (at {place})" if place else "")


def _bare(response: httpx.Response) -> tuple[str, str, str]:
    if fault := re.search(r"<faultstring>(.*?)</faultstring>", response.text, re.DOTALL):
        return "SOAP_FAULT", fault[1].strip(), ""
    return "", f"answered {response.status_code}: {response.text[:300].strip()}", ""


class _ClientCredentials(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._url = connection.settings.get("token_url") or connection.base_url.rstrip("/") + TOKEN_PATH
        self._scope = connection.settings.get("scope") or "urn:opc:resource:consumer::all"
        self._credentials = connection.credentials
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        was_new = self._token is None
        if self._token is None:
            self._token = _token((yield self._asked()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and not was_new:
            self._token = _token((yield self._asked()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asked(self) -> httpx.Request:
        form = {"grant_type": "client_credentials", "scope": self._scope}
        basic = httpx.BasicAuth(self._credentials["client_id"], self._credentials["client_secret"])
        return next(basic.auth_flow(httpx.Request("POST", self._url, data=form)))


class _SignedToken(httpx.Auth):
    def __init__(self, connection: Connection):
        self._credentials = connection.credentials
        self._key = RSAKey.import_key(connection.credentials["private_key"])

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        now = int(time.time())
        header = {"typ": "JWT", "alg": "RS256", "x5t": self._credentials["certificate_thumbprint"]}
        claims = {"iss": self._credentials["issuer"], "prn": self._credentials["username"], "iat": now, "exp": now + _TRUSTED_FOR}
        request.headers["Authorization"] = f"Bearer {jwt.encode(header, claims, self._key, algorithms=['RS256'])}"
        yield request


def _token(response: httpx.Response) -> str:
    if response.status_code == 200:
        return str(response.json()["access_token"])
    check = "Check client_id, client_secret and settings.scope, and that token_url is that of the pod's own domain."
    raise no_token("Oracle Fusion's identity domain", "oracle_fusion", response, None, check)
