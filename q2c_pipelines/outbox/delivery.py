"""Delivery: what is due goes to its platform, each effect once.

    claim -> flow (look -> write -> read back) -> outcome

A run may be killed anywhere: the attempt is recorded before the write, the lease runs out, and the next run of the flow looks
before it writes. Platforms are delivered side by side; one that is down keeps none of the others waiting.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import select

from q2c_pipelines.outbox.claims import Claim, LeaseLost, about_to_write, claim, platforms_due
from q2c_pipelines.outbox.dependents import settle
from q2c_pipelines.outbox.outcomes import Result, finish
from q2c_pipelines.outbox.ownership import Ownership
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Circuit
from q2c_pipelines.outbox.terms import Terms
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.errors import PlatformError, Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.spec import part_of


class Runner(Protocol):
    """What drives a flow: `platforms.client.Client`."""

    def run(self, flow: Flow) -> Receipt:
        """The flow's receipt; raises the platform's errors."""


Clients = Callable[[str], AbstractContextManager[Runner]]
Handlers = Mapping[type[Command], Callable[..., Flow]]


@dataclass(frozen=True)
class Delivered:
    """What one platform's delivery did, counted by result; `waiting` says why the rest must wait, if it must."""

    platform: str
    results: Mapping[Result, int] = field(default_factory=dict)
    waiting: str = ""

    @property
    def attempts(self) -> int:
        return sum(self.results.values())


@dataclass(frozen=True)
class Delivery:
    """What one call of `deliver` did, by platform."""

    platforms: tuple[Delivered, ...]

    @property
    def results(self) -> Mapping[Result, int]:
        """The results of all platforms together."""
        return sum((Counter(one.results) for one in self.platforms), Counter())


def handlers_of(platform: str, settings: Mapping[str, str] = MappingProxyType({})) -> Handlers:
    """The platform's own writer, told the settings of its connection where it takes any."""
    writer = part_of(platform, "writer")
    handlers: Handlers = writer.handlers(settings) if hasattr(writer, "handlers") else writer.HANDLERS
    return handlers


def deliver(
    store: Store,
    clients: Clients,
    ownership: Ownership,
    *,
    platform: str | None = None,
    limit: int = 1000,
    terms: Terms | None = None,
    handlers: Callable[[str], Handlers] = handlers_of,
) -> Delivery:
    """Deliver what is due: of one platform or of all side by side, at most `limit` attempts each, until nothing more is due.

    What `ownership` does not allow is buried and not sent.

    A step that becomes due because the one before it was confirmed, on whatever platform, goes in the same call.
    """
    errand = _Errand(store, clients, ownership, handlers, terms or Terms())
    results: dict[str, Counter[Result]] = {}
    problems: dict[str, str] = {}
    while names := _having_work(store, platform, results, limit):
        with ThreadPoolExecutor(len(names)) as pool:
            rounds = list(pool.map(lambda name: errand.run(name, limit - _attempts(results, name)), names))
        for name, (counted, problem) in zip(names, rounds, strict=True):
            results[name] = results.get(name, Counter()) + counted
            problems[name] = problem
        if not any(counted for counted, _ in rounds):
            break
    waiting = _waiting(store)
    named = sorted(results) or ([platform] if platform else [])
    told = (Delivered(name, dict(results.get(name, {})), problems.get(name) or waiting.get(name, "")) for name in named)
    return Delivery(tuple(told))


def _having_work(store: Store, platform: str | None, results: Mapping[str, Counter[Result]], limit: int) -> list[str]:
    with store.work() as work:
        settle(work)
        work.commit()
    return [name for name in platforms_due(store) if platform in (None, name) and _attempts(results, name) < limit]


def _attempts(results: Mapping[str, Counter[Result]], platform: str) -> int:
    return results.get(platform, Counter()).total()


@dataclass(frozen=True)
class _Errand:
    """What every platform's delivery shares."""

    store: Store
    clients: Clients
    ownership: Ownership
    handlers: Callable[[str], Handlers]
    terms: Terms

    def run(self, platform: str, limit: int) -> tuple[Counter[Result], str]:
        """What became of the actions of one platform that were due, and why nothing could be done where that is so."""
        results: Counter[Result] = Counter()
        owner = f"{socket.gethostname()}:{os.getpid()}"
        with ExitStack() as stack:
            try:
                handlers, client = self.handlers(platform), stack.enter_context(self.clients(platform))
            except Exception as error:
                return results, f"cannot be opened: {type(error).__name__}: {error}"
            while results.total() < limit and (claimed := claim(self.store, platform, owner, self.terms, self.ownership)):
                results[_attempt(self.store, claimed, client, handlers, self.terms)] += 1
        return results, ""


def _attempt(store: Store, claimed: Claim, client: Runner, handlers: Handlers, terms: Terms) -> Result:
    progress = _Progress(lambda: about_to_write(store, claimed, terms))
    outcome: Receipt | Exception
    try:
        outcome = client.run(progress.watched(_flow(claimed.command, handlers)))
    except LeaseLost:
        return "lost"
    except Exception as error:
        outcome = progress.judged(error)
    return finish(store, claimed, outcome, wrote=progress.wrote, terms=terms)


def _flow(command: Command, handlers: Handlers) -> Flow:
    handler = handlers.get(type(command))
    if handler is None:
        raise Terminal(
            f"{command.platform} has no writer for {type(command).__name__}", platform=command.platform, code="NO_WRITER"
        )
    return handler(command)


class _Progress:
    """Watches a flow: calls `before_write` ahead of every write, and knows whether one went out and whether one was answered."""

    def __init__(self, before_write: Callable[[], None]):
        self.sent = self.wrote = False
        self._before_write = before_write

    def watched(self, flow: Flow) -> Flow:
        """The same flow."""
        try:
            request = next(flow)
            while True:
                if request.is_write:
                    self._before_write()
                    self.sent = True
                response = yield request
                self.wrote = self.wrote or request.is_write
                request = flow.send(response)
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt

    def judged(self, error: Exception) -> Exception:
        """The error, made an unknown outcome where an effect may be there although the error itself promises nothing about it."""
        lost = self.wrote if isinstance(error, PlatformError) else self.sent
        if not lost or isinstance(error, Terminal | UnknownOutcome):
            return error
        return UnknownOutcome(f"after a write went out: {type(error).__name__}: {error}", code=getattr(error, "code", ""))


def _waiting(store: Store) -> dict[str, str]:
    with store.reading() as session:
        circuits = session.scalars(select(Circuit).where(Circuit.state != "closed"))
        return {one.platform: f"not called until {one.retry_at:%Y-%m-%d %H:%M:%S} UTC: {one.reason}" for one in circuits}
