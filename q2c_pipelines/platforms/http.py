"""HTTP behind the client: a request sent once, its answer or the platform's error sorted by what to do about it.

Request -> httpx -> httpx.Response, or PlatformError.  A vendor's `connection.py` says how it logs in (`auth`) and how it words a
failure (`error_of`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.flow import Request


class TokenAuth(httpx.Auth, ABC):
    """A login that gives a token: fetched before the first request, and once more where it is refused (401)."""

    requires_response_body = True
    _token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._token:
            yield from self._renew()
        response = yield self._signed(request)
        if response.status_code == 401:
            yield from self._renew()
            yield self._signed(request)

    @abstractmethod
    def _renew(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Fetch a new token. Raises what a refusal means, since nobody else logs in."""

    def _signed(self, request: httpx.Request) -> httpx.Request:
        """The request with the token that is held."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def no_token(title: str, platform: str, response: httpx.Response, error: PlatformError | None, check: str) -> PlatformError:
    """Why a login gave no token: for a person to mend (`check` says what), unless the platform only had no time for it."""
    told = f"{title} gave no token: {error or f'it answered {response.status_code}: {response.text[:200]}'}"
    if isinstance(error, Transient) or response.status_code == 429 or response.status_code >= 500:
        return Transient(f"{told}. It is asked again.", platform=platform, status=response.status_code)
    code = error.code if error else ""
    return Unauthorized(f"{told}. {check}", platform=platform, code=code, status=response.status_code)


class Http:
    """One platform's HTTP."""

    def __init__(self, title: str, platform: str, client: httpx.Client, vendor: Any):
        self.answered_at: datetime | None = None
        self.tried = ""
        client.event_hooks["request"].append(self._note_request)  # those of the login too
        self._title, self._platform, self._client, self._error_of = title, platform, client, vendor.error_of

    def send(self, request: Request) -> httpx.Response:
        """The answer. Raises the platform's error; of a write that got no answer, UnknownOutcome."""
        self.answered_at = None
        try:
            response = self._client.request(
                request.method,
                request.path,
                params=request.params,
                json=request.json,
                data=request.form,
                content=request.content,
                headers=request.headers,
            )
        except Unauthorized as refusal:  # by the platform's own auth, which alone logs in
            refusal.at_login = True
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._error(Transient, request, f"cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            kind = UnknownOutcome if request.is_write else Transient
            raise self._error(kind, request, f"gave no answer: {type(error).__name__} {error}") from error
        self._note_time(response)
        if response.status_code not in request.accept and (failure := self._failure(response)):
            raise self._classified(failure, request, response)
        return response

    def close(self) -> None:
        """End what is under way."""
        self._client.close()

    def _failure(self, response: httpx.Response) -> PlatformError | None:
        if error := self._error_of(response):
            found: PlatformError = error
            return found
        if response.status_code >= 400:
            kind = Transient if response.status_code == 429 or response.status_code >= 500 else Terminal
            return kind(f"answered {response.status_code}: {response.text[:300]}")
        return None

    def _classified(self, error: PlatformError, request: Request, response: httpx.Response) -> PlatformError:
        lost = request.is_write and response.status_code >= 500
        kind = UnknownOutcome if lost else type(error)
        return kind(
            f"{self._title}: {request.method} {request.path}: {error}",
            platform=self._platform,
            code=error.code,
            status=response.status_code,
            retry_after=error.retry_after or _retry_after(response),
        )

    def _error(self, kind: type[PlatformError], request: Request, what: str) -> PlatformError:
        return kind(f"{self._title}: {request.method} {request.path}: {what}", platform=self._platform)

    def _note_request(self, request: httpx.Request) -> None:
        self.tried = f"{request.method} {request.url.path}"

    def _note_time(self, response: httpx.Response) -> None:
        if date := response.headers.get("Date"):
            self.answered_at = parsedate_to_datetime(date).astimezone(UTC)


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
