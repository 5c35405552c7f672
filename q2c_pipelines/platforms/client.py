"""One HTTP client for both directions: authentication, the vendor's limits, and errors sorted by what to do about them.

A platform's `connection.py` says how it authenticates (`auth`) and how it words a failure (`error_of`); everything else is here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, Self

import httpx
from pyrate_limiter import Duration, Limiter, Rate
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    wait_exponential_jitter,
)

from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.spec import Platform

ErrorOf = Callable[[httpx.Response], PlatformError | None]
Waiting = Callable[[str], None]  # told, before the first pause, what is waited for and for how long
_BACKOFF = wait_exponential_jitter(multiplier=0.5, max=30)
_JOB_PATIENCE = 3 * 3600.0  # seconds: as long as Zuora lets a query run
_HERE = ("127.0.0.1", "::1", "localhost")
_LONGEST = 120.0  # seconds that a platform may ask to be left alone


@dataclass(frozen=True)
class Connection:
    """Where a platform is, who we are there and what is particular to it. Credentials never show in a repr."""

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Calls one platform. Reads are retried while the platform says to try later; a write is sent once, and says what became of it.

    After a read that failed in all its attempts the next ones are tried once, until one succeeds: an outage is sat out once.
    Where nobody listens on this machine there is one attempt: waiting starts nobody.
    After a refused login nothing is asked any more: more of them could lock the account.
    `waiting` is told as soon as it is sat out. `job_patience`: seconds that a job on the platform (a query, an export) may take.

    `server_time` is the platform's own clock as of the latest answer; `first_answer_at` as of the first one since it was set to
    None: everything that changed before it is seen by what is read after it.
    """

    def __init__(
        self,
        platform: Platform,
        connection: Connection,
        *,
        attempts: int = 6,
        timeout: float = 60.0,
        job_patience: float = _JOB_PATIENCE,
        waiting: Waiting = lambda _: None,
    ):
        if missing := platform.missing(connection.credentials):
            raise Unauthorized(
                f"{platform.title}: credentials.{', credentials.'.join(missing)} missing; q2c doctor says what they are",
                platform=platform.name,
            )
        vendor = importlib.import_module(f"q2c_pipelines.platforms.{platform.name}.connection")
        self.platform = platform
        self.base_url = connection.base_url
        self.server_time: datetime | None = None
        self.first_answer_at: datetime | None = None
        self.requests = 0
        self.job_patience = job_patience
        self._is_out = False
        self._login_refused: PlatformError | None = None
        self._is_let_in = False
        self._closed = Event()
        self._attempts, self._timeout, self._waiting = attempts, timeout, waiting
        self._error_of: ErrorOf = vendor.error_of
        self._http = httpx.Client(base_url=connection.base_url, auth=vendor.auth(connection), timeout=timeout)
        share = platform.limits.write_reserve
        self._reading = _limiter(platform.limits.requests_per_second * (1 - share))
        self._writing = _limiter(platform.limits.requests_per_second * share)
        self._retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(attempts),
            wait=_wait,
            sleep=sleep_using_event(self._closed),
            before_sleep=self._tell,
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End what is under way in another thread too: a pause between two attempts, then the next attempt."""
        self._closed.set()
        self._http.close()

    @property
    def is_login_refused(self) -> bool:
        """Whether the platform did not let us in at all; what it only does not let us do is told call by call."""
        return self._login_refused is not None

    def get(self, path: str, params: Any = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a read. Raises Transient after the last attempt, Terminal at once."""
        return self.read(Request("GET", path, params=params, headers=headers or {}))

    def read(self, request: Request) -> httpx.Response:
        """The answer to a request that changes nothing (a query may be a POST), retried while the platform says to try later."""
        retrying = self._retrying.copy(stop=stop_after_attempt(1)) if self._is_out else self._retrying
        try:
            response: httpx.Response = retrying(self._once, request)
        except Transient:
            self._is_out = True
            raise
        self._is_out = False
        return response

    def run(self, flow: Flow) -> Receipt:
        """Drive a writer's flow to its receipt: its looks are retried, its writes are sent once."""
        try:
            request = next(flow)
            while True:
                request = flow.send(self._once(request) if request.is_write else self.read(request))
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if state.attempt_number == 1 and isinstance(error, Transient):
            more = self._attempts - 1
            seconds = sum(_pause(error, number) for number in range(more))
            if isinstance(error.__cause__, httpx.TimeoutException):
                seconds += more * self._timeout
            self._waiting(f"{error}; it is asked {more} more times, for about {seconds:.0f} s")

    def _once(self, request: Request) -> httpx.Response:
        if (said := self._login_refused) is not None:
            raise Unauthorized(f"not asked after this: {said}", platform=said.platform, code=said.code, status=said.status)
        (self._writing if request.is_write else self._reading).try_acquire(self.platform.name)
        self.requests += 1
        try:
            response = self._http.request(
                request.method,
                request.path,
                params=request.params,
                json=request.json,
                data=request.form,
                content=request.content,
                headers=request.headers,
            )
        except Unauthorized as refusal:  # by the platform's own auth, which alone logs in
            self._login_refused = refusal
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._error(Transient, request, f"cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            kind = UnknownOutcome if request.is_write else Transient
            raise self._error(kind, request, f"gave no answer: {type(error).__name__} {error}") from error
        self._note_time(response)
        if response.status_code not in request.accept and (failure := self._failure(response)):
            sorted_out = self._classified(failure, request, response)
            if response.status_code == 401 and isinstance(sorted_out, Unauthorized) and not self._is_let_in:
                self._login_refused = sorted_out
            raise sorted_out
        self._is_let_in = True
        return response

    def _failure(self, response: httpx.Response) -> PlatformError | None:
        if error := self._error_of(response):
            return error
        if response.status_code >= 400:
            kind = Transient if response.status_code == 429 or response.status_code >= 500 else Terminal
            return kind(f"answered {response.status_code}: {response.text[:300]}")
        return None

    def _classified(self, error: PlatformError, request: Request, response: httpx.Response) -> PlatformError:
        lost = request.is_write and response.status_code >= 500
        kind = UnknownOutcome if lost else type(error)
        return kind(
            f"{self.platform.title}: {request.method} {request.path}: {error}",
            platform=self.platform.name,
            code=error.code,
            status=response.status_code,
            retry_after=error.retry_after or _retry_after(response),
        )

    def _error(self, kind: type[PlatformError], request: Request, what: str) -> PlatformError:
        return kind(f"{self.platform.title}: {request.method} {request.path}: {what}", platform=self.platform.name)

    def _note_time(self, response: httpx.Response) -> None:
        if date := response.headers.get("Date"):
            self.server_time = parsedate_to_datetime(date).astimezone(UTC)
            self.first_answer_at = self.first_answer_at or self.server_time


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Transient) and not _is_nobody_here(error.__cause__)


def _is_nobody_here(error: BaseException | None) -> bool:
    """Whether a connection to this machine was refused: nobody listens."""
    if not isinstance(error, httpx.ConnectError) or error.request.url.host not in _HERE:
        return False
    behind: BaseException | None = error
    while behind and not isinstance(behind, ConnectionRefusedError):
        behind = behind.__context__
    return behind is not None


def _limiter(per_second: float) -> Limiter:
    return Limiter(Rate(max(1, round(per_second)), Duration.SECOND))


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, PlatformError) else None
    return min(asked, _LONGEST) if asked is not None else _BACKOFF(state)


def _pause(error: PlatformError, number: int) -> float:
    """Seconds before it is asked for the so many-th time again, as far as is known after this error."""
    if error.retry_after is not None:
        return min(error.retry_after, _LONGEST)
    return float(min(_BACKOFF.multiplier * _BACKOFF.exp_base**number + _BACKOFF.jitter / 2, _BACKOFF.max))
