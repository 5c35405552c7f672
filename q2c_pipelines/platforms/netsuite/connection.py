"""Who we are at NetSuite and how it words a failure: OAuth 2.0 client credentials with a signed assertion, no refresh token.

private key -> JWT (PS256) -> token for an hour, kept in memory, renewed once when the account no longer takes it; where it does not
take the new one either, there is one more try a minute later.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import cache

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.http import no_token

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
DUPLICATE = "already exists"
_TRY_LATER = {"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "RCRD_HAS_BEEN_CHANGED"}
_OVERLOADED = 60.0  # seconds that an account with too many requests at once may take them for wrong logins
_NOT_ALLOWED = {"INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT", "INSUFFICIENT_PERMISSION"}


def auth(connection: Connection) -> httpx.Auth:
    """Signs every request with a token that is fetched when it is first needed."""
    return _ClientCredentials(connection)


def error_of(response: httpx.Response) -> PlatformError | None:
    """What NetSuite refused and why, in its own code and words; None where it did not."""
    if response.status_code < 400:
        return None
    codes, words = _told(response)
    told = "; ".join(words) or f"answered {response.status_code}: {response.text[:300]}"
    kind: type[PlatformError] = Terminal
    if response.status_code in (401, 403) or _NOT_ALLOWED & set(codes):
        kind = Unauthorized
    elif response.status_code == 429 or response.status_code >= 500 or _TRY_LATER & set(codes):
        kind = Transient
    return kind(told, platform="netsuite", code=next(iter(codes), ""), status=response.status_code)


def _told(response: httpx.Response) -> tuple[list[str], list[str]]:
    try:
        body = response.json()
    except ValueError:
        return [], []
    if not isinstance(body, dict):
        return [], []
    details = body.get("o:errorDetails") or ([{"o:errorCode": body["error"], "detail": body["error"]}] if "error" in body else [])
    return [str(each.get("o:errorCode", "")) for each in details], [_sentence(each) for each in details]


def _sentence(detail: dict[str, str]) -> str:
    place = detail.get("o:errorPath") or detail.get("o:errorQueryParam") or detail.get("o:errorHeader")
    return f"{detail.get('o:errorCode', '')}: {detail.get('detail', '')}" + (f" (at {place})" if place else "")


class _ClientCredentials(httpx.Auth):
    requires_response_body = True

    def __init__(self, connection: Connection):
        self._url = connection.base_url.rstrip("/") + TOKEN_PATH
        self._credentials = connection.credentials
        self._token: str | None = None
        self._is_doubted = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._token is None:
            self._token = _token((yield self._asked()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:
            self._token = None
            self._token = _token((yield self._asked()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
        self._note(response)

    def _note(self, response: httpx.Response) -> None:
        """Raises Transient the first time that a token is refused which the account has only just given."""
        was_doubted, self._is_doubted = self._is_doubted, response.status_code == 401
        if self._is_doubted and not was_doubted:
            raise Transient(
                f"NetSuite refuses a token that it has just given: {error_of(response)} An overloaded account says so for up to a "
                "minute; if it goes on, see what the Login Audit Trail says of the role",
                platform="netsuite",
                code="INVALID_LOGIN",
                status=401,
                retry_after=_OVERLOADED,
            )

    def _asked(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(),
        }
        return httpx.Request("POST", self._url, data=form)

    def _assertion(self) -> str:
        now = int(time.time())
        header = {"typ": "JWT", "alg": "PS256", "kid": self._credentials["certificate_id"]}
        claims = {
            "iss": self._credentials["client_id"],
            "scope": ["rest_webservices"],
            "aud": self._url,
            "iat": now,
            "exp": now + 300,
        }
        return jwt.encode(header, claims, _key(self._credentials["private_key"]), algorithms=["PS256"])


@cache
def _key(pem: str) -> RSAKey:
    """The key, checked once: that takes longer than signing with it."""
    return RSAKey.import_key(pem)


def _token(response: httpx.Response) -> str:
    if response.status_code == 200:
        return str(response.json()["access_token"])
    check = "Check client_id, certificate_id, private_key and the certificate mapping, which a sandbox refresh wipes."
    raise no_token("NetSuite", "netsuite", response, error_of(response), check)
