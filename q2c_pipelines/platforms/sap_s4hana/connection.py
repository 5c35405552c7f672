"""Who we are at S/4HANA and how it words a failure: a communication user, by Basic or a bearer token, and CSRF tokens for writes.

user and password -> Basic | bearer token -> GET {service}/ with X-CSRF-Token: Fetch -> token and cookies -> write

SOAP takes Basic only and knows no CSRF token. A token that is not taken any more, of either kind, was refused before anything
was done: it is fetched anew, once, and the request is sent again.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import no_token

TOKEN_PATH = "/sap/bc/sec/oauth2/token"
ODATA, SOAP = "/sap/opu/odata/sap/", "/sap/bc/srt/"
_LOCKED = {"V1/042", "R1/107", "MC/601"}
_NO_SERVICE = "/IWFND/MED/170"
_READING = ("GET", "HEAD")
_Steps = Generator[httpx.Request, httpx.Response, None]


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request; fetches tokens when they are first needed."""
    return _Session(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """What S/4HANA refused and why, in its own code and words; None where it did not."""
    if response.status_code < 400:
        return None
    code, words = _told(response)
    kind: type[PlatformError] = Terminal
    if response.status_code == 429 or response.status_code >= 500 or code in _LOCKED or _lost_session(response):
        kind = Transient
    elif response.status_code in (401, 403):
        kind = Unauthorized
    if code == _NO_SERVICE:
        words += ". The communication arrangement that offers this service may be missing, or this user is not its inbound user"
    return kind(words, platform="sap_s4hana", code=code, status=response.status_code)


def _told(response: httpx.Response) -> tuple[str, str]:
    """The vendor's code and sentence, with the further ones that it lists."""
    plain = f"answered {response.status_code}: {response.text[:300]}"
    try:
        error: Any = response.json()["error"]
        code, value = str(error["code"]), str(error["message"]["value"])
        details = [str(each["message"]) for each in error.get("innererror", {}).get("errordetails", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", plain
    return code, "; ".join(dict.fromkeys([f"{code}: {value}", *(each for each in details if each != value)]))


def _lost_session(response: httpx.Response) -> bool:
    return response.status_code == 403 and response.headers.get("x-csrf-token", "").lower() == "required"


class _Session(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._url = connection.base_url.rstrip("/")
        known = connection.credentials
        self._basic = httpx.BasicAuth(known["user"], known["password"])
        self._by_token = connection.settings.get("login") == "oauth"
        self._bearer: str | None = None
        self._csrf: str | None = None
        self._cookies = httpx.Cookies()

    def auth_flow(self, request: httpx.Request) -> _Steps:
        if request.url.path.startswith(SOAP):
            yield from self._basic.auth_flow(request)
            return
        yield from self._sign_in(request)
        if request.method not in _READING and self._csrf is None:
            yield from self._open_session(request)
        response = yield self._signed(request)
        if response.status_code == 401 and self._by_token:
            self._bearer = None
            yield from self._sign_in(request)
            response = yield self._signed(request)
        if _lost_session(response):
            yield from self._open_session(request)
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if self._by_token:
            request.headers["Authorization"] = f"Bearer {self._bearer}"
        else:
            next(self._basic.auth_flow(request))
        request.headers.pop("Cookie", None)
        self._cookies.set_cookie_header(request)
        if request.method not in _READING:
            request.headers["X-CSRF-Token"] = self._csrf or ""
        return request

    def _sign_in(self, request: httpx.Request) -> _Steps:
        if not self._by_token or self._bearer:
            return
        asked = httpx.Request("POST", self._url + TOKEN_PATH, data={"grant_type": "client_credentials"})
        response = yield next(self._basic.auth_flow(asked))
        if response.status_code != 200:
            check = "Check user and password of the communication user, and that its communication system allows OAuth 2.0."
            raise no_token("S/4HANA", "sap_s4hana", response, error_of(response), check)
        self._bearer = str(response.json()["access_token"])

    def _open_session(self, request: httpx.Request) -> _Steps:
        """Fetch the CSRF token from the service that is written to; it counts with the cookies that came along only."""
        self._csrf = None
        service = request.url.path.removeprefix(ODATA).partition("/")[0]
        headers = {"X-CSRF-Token": "Fetch", "Accept": "application/json"}
        response = yield self._signed(httpx.Request("GET", f"{self._url}{ODATA}{service}/", headers=headers))
        self._cookies.extract_cookies(response)
        self._csrf = response.headers.get("x-csrf-token", "")
