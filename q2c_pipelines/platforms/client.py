"""One client for both directions: the vendor's limits, what is tried again and what never is, and the platform's clock.

A platform's `connection.py` says how it authenticates (`auth`) and how it words a failure (`error_of`) over HTTP; one that is not
HTTP brings its own wire (`session(platform, connection, timeout) -> Session`). Everything else is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, Protocol, Self

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    wait_exponential_jitter,
)

from q2c_pipelines.platforms.budget import Budget
from q2c_pipelines.platforms.errors import PlatformError, Transient, Unauthorized
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.http import Http
from q2c_pipelines.platforms.spec import Platform, part_of

Waiting = Callable[[str], None]  # told, before the first pause, what is waited for and for how long
_BACKOFF = wait_exponential_jitter(multiplier=0.5, max=30)
_JOB_PATIENCE = 3 * 3600.0  # seconds: as long as Zuora lets a query run
_HERE = ("127.0.0.1", "::1", "localhost")
_LONGEST = 120.0  # seconds that a platform may ask to be left alone


@dataclass(frozen=True)
class Connection:
    """Where a platform is, who we are there and what is particular to it. Credentials never show in a repr.

    `budget`: the file in which all who ask it count their requests together; without one, each client counts its own.
    """

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    budget: Path | None = None


class Session(Protocol):
    """A platform's own wire. `answered_at`: its clock as of the answer to the last request, None where there was none.

    `tried`: what it was asked last, without values: method and path over HTTP.
    """

    answered_at: datetime | None
    tried: str

    def send(self, request: Any) -> Any:
        """The answer to a request, sent once. Raises PlatformError; of a write whose answer was lost, UnknownOutcome."""

    def close(self) -> None:
        """End what is under way, in another thread too."""


class Client:
    """Calls one platform. Reads are retried while the platform says to try later; a write is sent once, and says what became of it.

    After a read that failed in all its attempts the next ones are tried once, until one succeeds: an outage is sat out once.
    Where nobody listens on this machine there is one attempt: waiting starts nobody.
    After a refused login nothing is asked any more: more of them could lock the account.
    `waiting` is told as soon as it is sat out. `job_patience`: seconds that a job on the platform (a query, an export) may take.

    `server_time` is the platform's own clock as of the latest answer; `first_answer_at` as of the first one since it was set to
    None: everything that changed before it is seen by what is read after it. `notes`: what a source has to tell of the platform
    that is no error.
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
        vendor = part_of(platform.name, "connection")
        self.platform = platform
        self.base_url = connection.base_url
        self.server_time: datetime | None = None
        self.first_answer_at: datetime | None = None
        self.requests = 0
        self.notes: list[str] = []
        self.job_patience = job_patience
        self._is_out = False
        self._login_refused: PlatformError | None = None
        self._is_let_in = False
        self._closed = Event()
        self._attempts, self._timeout, self._waiting = attempts, timeout, waiting
        self._session = _session(platform, connection, timeout, vendor)
        self._budget = Budget(platform.limits, connection.budget)
        self._retrying = Retrying(
            retry=retry_if_exception(self._may_pass),
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
        self._session.close()
        self._budget.close()

    @property
    def tried(self) -> str:
        """What the platform was asked last, in the words of its wire; never with a value of a query, or a secret."""
        return self._session.tried

    @property
    def is_login_refused(self) -> bool:
        """Whether the platform did not let us in at all; what it only does not let us do is told call by call."""
        return self._login_refused is not None

    def get(self, path: str, params: Any = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a read. Raises Transient after the last attempt, Terminal at once."""
        response: httpx.Response = self.read(Request("GET", path, params=params, headers=headers or {}))
        return response

    def read(self, request: Any) -> Any:
        """The answer to a request that changes nothing (a query may be a POST), retried while the platform says to try later."""
        return self._asked(request, as_write=False)

    def _asked(self, request: Any, *, as_write: bool) -> Any:
        retrying = self._retrying.copy(stop=stop_after_attempt(1)) if self._is_out else self._retrying
        try:
            answer = retrying(self._counted, request, as_write)
        except Transient:
            self._is_out = True
            raise
        self._is_out = False
        return answer

    def run(self, flow: Flow) -> Receipt:
        """Drive a writer's flow to its receipt: its looks are retried, its writes are sent once. All of it counts as writing."""
        try:
            request = next(flow)
            while True:
                request = flow.send(self._counted(request, True) if request.is_write else self._asked(request, as_write=True))
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt

    def _may_pass(self, error: BaseException) -> bool:
        is_nobody_here = _was_refused(error) and httpx.URL(self.base_url).host in _HERE
        return isinstance(error, Transient) and not is_nobody_here

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if state.attempt_number == 1 and isinstance(error, Transient):
            more = self._attempts - 1
            seconds = sum(_pause(error, number) for number in range(more))
            if isinstance(error.__cause__, httpx.TimeoutException):
                seconds += more * self._timeout
            self._waiting(f"{error}; it is asked {more} more times, for about {seconds:.0f} s")

    def _counted(self, request: Any, as_write: bool) -> Any:
        if self._closed.is_set():
            raise RuntimeError(f"{self.platform.title}: the client is closed")
        self._budget.spend(as_write=as_write)
        return self._once(request)

    def _once(self, request: Any) -> Any:
        if (said := self._login_refused) is not None:
            raise Unauthorized(f"not asked after this: {said}", platform=said.platform, code=said.code, status=said.status)
        self.requests += 1
        try:
            answer = self._session.send(request)
        except Unauthorized as refusal:
            if refusal.at_login or (refusal.status == 401 and not self._is_let_in):
                self._login_refused = refusal
            raise
        finally:
            self._note_time()
        self._is_let_in = True
        return answer

    def _note_time(self) -> None:
        if at := self._session.answered_at:
            self.server_time = at
            self.first_answer_at = self.first_answer_at or at


def _session(platform: Platform, connection: Connection, timeout: float, vendor: Any) -> Session:
    if hasattr(vendor, "session"):
        own: Session = vendor.session(platform, connection, timeout)
        return own
    client = httpx.Client(base_url=connection.base_url, auth=vendor.auth(connection), timeout=timeout)
    return Http(platform.title, platform.name, client, vendor)


def _was_refused(error: BaseException) -> bool:
    """Whether it began with a refused connection: nobody listens."""
    behind: BaseException | None = error
    while behind and not isinstance(behind, ConnectionRefusedError):
        behind = behind.__cause__ or behind.__context__
    return behind is not None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, PlatformError) else None
    return min(asked, _LONGEST) if asked is not None else _BACKOFF(state)


def _pause(error: PlatformError, number: int) -> float:
    """Seconds before it is asked for the so many-th time again, as far as is known after this error."""
    if error.retry_after is not None:
        return min(error.retry_after, _LONGEST)
    return float(min(_BACKOFF.multiplier * _BACKOFF.exp_base**number + _BACKOFF.jitter / 2, _BACKOFF.max))
