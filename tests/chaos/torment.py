"""Kills q2c at random moments of every phase, and the sandbox under it, while the company goes on and breaks.

    plant, advance -> start q2c -> wait for a phase -> kill -9 -> what is published is whole -> again

What the company was told to do is kept as its history, so that a twin can live the same life undisturbed.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import duckdb

from q2c_pipelines import warehouse
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.states import State
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.sandbox.errors import SandboxError
from tests.chaos.effects import PLATFORMS
from tests.chaos.installation import Installation, Run

DAY = 24 * 3600
PATIENCE = 4 * DAY  # the longest a rule waits, and a day
Say = Callable[[str], None]


@dataclass(frozen=True)
class Phase:
    """A part of a command's run: from the line of progress it begins with to the one after it, or to the end."""

    name: str
    command: tuple[str, ...]
    begins: str = ""
    ends: str = ""

    def length(self, run: Run, total: float) -> float:
        """How long it took in an undisturbed run."""
        return self._at(run, self.ends, total) - self._at(run, self.begins, total * 0.3)

    def _at(self, run: Run, line: str, otherwise: float) -> float:
        return next((at for at, said in run.marks if line and said.startswith(line)), otherwise)


_APPROVE = ("actions", "approve", "--all", "--by", "controller")
PHASES = (
    Phase("reading", ("sync",), "reading", "building"),
    Phase("building", ("sync",), "building:", "checking"),
    Phase("checking", ("sync",), "checking", "publishing"),
    Phase("publishing", ("sync",), "publishing", "bringing"),
    Phase("cases and plan", ("sync",), "bringing", "delivering"),
    Phase("delivering in a cycle", ("sync",), "delivering"),
    Phase("delivering", ("deliver",)),
    Phase("approving", _APPROVE),
    Phase("rebuilding", ("rebuild",)),
)
_DELIVERING = {"delivering in a cycle", "delivering"}


@dataclass
class Torment:
    """How it went: what was killed in which phase, and what was found wrong on the way."""

    kills: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    history: list[tuple[str, Any]] = field(default_factory=list)


class Tormentor:
    """Torments one installation. Everything random comes from `seed`."""

    def __init__(self, installation: Installation, rules: list[str], seed: int, say: Say):
        self._it, self._rules, self._say = installation, rules, say
        self._random = random.Random(seed)
        self._sandbox = installation.start_sandbox()
        self._lengths: dict[str, float] = {}
        self._published: set[str] = set()
        self.done = Torment()

    def run(self, kills: int) -> Torment:
        """Break the company, and kill so often."""
        self._it.q2c("sync")
        for rule in self._rules:
            self._plant(rule)
        self._stir()
        self._measure()
        for phase in itertools.cycle(PHASES):
            number = self.done.kills.total()
            if number >= kills:
                return self.done
            if number % 10 == 9:
                self._stir()
                self._kill_sandbox()
            else:
                self._kill(phase)
            self._say(f"{self.done.kills.total()}/{kills} {phase.name}")
        return self.done

    def _measure(self) -> None:
        for command in dict.fromkeys(phase.command for phase in PHASES):
            run = self._it.q2c(*command, allowed=(0, 5))
            total = run.lasted
            for phase in PHASES:
                if phase.command == command:
                    self._lengths[phase.name] = max(0.05, phase.length(run, total))
        self._say(", ".join(f"{name} {seconds:.1f} s" for name, seconds in self._lengths.items()))

    def _kill(self, phase: Phase) -> None:
        self._advance(self._random.randint(1, 12) * 3600)
        if phase.name in _DELIVERING:
            self._it.q2c(*_APPROVE, allowed=(0, 5))
        if self._random.random() < 0.5:
            self._it.let_time_pass()
        run = self._it.start(*phase.command)
        if phase.begins and run.reaches(phase.begins) and phase.name in _DELIVERING:
            self._slow_down()
        elif not phase.begins:
            run.outlives(self._lengths[phase.name] * 0.3 / 0.7)
            self._slow_down()
        if run.outlives(self._lengths[phase.name] * self._random.random() * (3 if phase.name in _DELIVERING else 1)):
            run.kill()
            self.done.kills[phase.name] += 1
        else:
            self._ended(run, 0, 5)
        self._sandbox.call("clear")
        self._look_at_publication(phase.name)

    def _kill_sandbox(self) -> None:
        run = self._it.start("sync")
        line = self._random.choice(("reading", "reading Salesforce", "reading Zuora", "delivering"))
        run.reaches(line)
        run.outlives(self._random.random())
        self._it.kill_sandbox()
        self._sandbox = self._it.start_sandbox()
        self.done.kills["the sandbox itself"] += 1
        self._ended(run, 0, 4)

    def _stir(self) -> None:
        """Break every hand-off once more, as long as there are victims left."""
        for rule in self._rules:
            with suppress(SandboxError):
                self._plant(rule)
        self._advance(PATIENCE)

    def _plant(self, rule: str) -> None:
        self._sandbox.call("plant", rules=[rule])
        self.done.history.append(("plant", rule))

    def _advance(self, seconds: int) -> None:
        self._sandbox.call("advance", seconds=seconds)
        self.done.history.append(("advance", seconds))

    def _slow_down(self) -> None:
        for platform in PLATFORMS:
            self._sandbox.call("fault", platform=platform, kind="slow", seconds=self._random.random() / 2, times=20)

    def _ended(self, run: Run, *allowed: int) -> None:
        code = run.end()
        if code not in allowed:
            self.done.problems.append(f"q2c {run.command} ended with {code}: {' | '.join(run.lines[-5:])}")
            self._say(self.done.problems[-1])

    def _look_at_publication(self, after: str) -> None:
        file = self._it.settings.published_file
        try:
            with duckdb.connect(str(file), read_only=True) as db:
                names = {name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()}
                deals = db.execute("select count(*) from mart_deal_chain").fetchall()[0][0]
        except duckdb.Error as error:
            self.done.problems.append(f"what is published cannot be read after a kill while {after}: {error}")
            return
        if names < self._published or not deals:
            self.done.problems.append(f"what is published is not whole after a kill while {after}: {self._published - names}")
        self._published = names


def relive(installation: Installation, history: list[tuple[str, Any]]) -> None:
    """The same life, without any disturbance."""
    sandbox = installation.start_sandbox()
    installation.q2c("sync")
    for step, (what, detail) in enumerate(history):
        sandbox.call(what, **({"rules": [detail]} if what == "plant" else {"seconds": detail}))
        if step == len(history) // 2:
            installation.q2c("sync")
            installation.q2c(*_APPROVE, allowed=(0, 5))
            installation.q2c("deliver")


def settle(installation: Installation) -> None:
    """Let everything that is due be done: cycles, approvals and deliveries without disturbance, until nothing is left to do."""
    sandbox = installation.start_sandbox()
    for _ in range(3):
        sandbox.call("advance", seconds=PATIENCE)
        for _ in _until_quiet(installation):
            installation.let_time_pass()
            installation.q2c("sync")
            installation.q2c(*_APPROVE, allowed=(0, 5))
            installation.q2c("actions", "replay", "--by", "controller", allowed=(0, 5))
            installation.q2c("deliver")
    installation.q2c("sync")
    installation.close()


def unfinished(installation: Installation) -> list[str]:
    """The actions on which something is still to be done."""
    store = Store(installation.settings.operations_url)
    actions = listing.actions(store)
    store.close()
    left = [one for one in actions if one["state"] not in (State.CONFIRMED, State.SUPERSEDED)]
    return [f"{one['command']} {one['key']} {one['state']} {one['code']} {one['reason']}" for one in left]


def mismatches(installation: Installation) -> Counter[str]:
    """What does not agree."""
    found = warehouse.query(installation.settings, "select rule, state, platform, document_number from mismatches.fct_mismatches")
    return Counter(" ".join(map(str, row.values())) for row in found)


def _until_quiet(installation: Installation) -> Iterator[None]:
    for turn in range(10):
        yield
        if turn and not unfinished(installation):
            return
