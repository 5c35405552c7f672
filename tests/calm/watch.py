"""A group of companies with a sandbox of its own, and what is said of it that is not so."""

from __future__ import annotations

import random
import re
import shutil
import socket
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import yaml
from rich.console import Console

from q2c_pipelines import cycle, scorecard
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.sandbox import counterexample
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.running import running

HOUR = 3600
STEPS = (HOUR, 6 * HOUR, 24 * HOUR, 31 * HOUR, 96 * HOUR)  # within a day, over night, a working day, a long weekend
PATIENCE = 96 * HOUR  # longer than any hand-off may take
OF_A_READING = "platform_stale"  # that a platform cannot be read is true while it cannot

out = Console()


class Watch:
    """A group of companies with its own sandbox, and what was said of it that is not so."""

    def __init__(self, home: Path, sandbox: Remote, seed: int):
        self.home, self._sandbox = home, sandbox
        self._settings, self._began, self._random = Settings(home=home), time.monotonic(), random.Random(seed)
        self.wrong: list[str] = []

    def begin(self) -> None:
        """Read the clean group, and expect to hear nothing."""
        self._look("the clean group, first read", self._settings)

    def calm(self, advances: int) -> None:
        """Let time go by, and expect to hear nothing."""
        for number in range(1, advances + 1):
            step = self._random.choice(STEPS)
            self._sandbox.call("advance", seconds=step)
            self._look(f"advance {number} of {advances}, {step // HOUR} h", self._settings)

    def outages(self, cycles: int, planted: int) -> None:
        """Each platform in turn: break something there, do not reach it for some cycles, then find what was broken."""
        for platform in self._settings.platforms:
            self._break(platform, planted)
            away = self._settings.model_copy(update={"connections": self._without(platform)})
            for number in range(1, cycles + 1):
                self._sandbox.call("advance", seconds=PATIENCE // cycles)
                self._look(f"{platform} unreadable, cycle {number} of {cycles}", away, unreadable=platform)
            self._sandbox.call("advance", seconds=HOUR)
            self._look(f"{platform} is back", self._settings, is_whole=True)

    def _break(self, platform: str, count: int) -> None:
        """As many rules of this platform, by chance; one for which no deal is left that is whole gives way to another."""
        codes, broken = _rules_of(platform), 0
        for code in self._random.sample(codes, len(codes)):
            if broken == count:
                return
            try:
                self._sandbox.call("plant", rules=[code], chain=EVERY_CHAIN)
                broken += 1
            except SandboxError as error:
                out.print(f"not broken on {platform}: {error}", style="dim", highlight=False, soft_wrap=True)
        if not broken:
            self.wrong.append(f"{platform}: no rule could be broken")

    def _look(self, when: str, settings: Settings, unreadable: str = "", is_whole: bool = False) -> None:
        done, said = cycle.run(settings, delivering=False), []
        if {each.platform for each in done.unread} != {unreadable} - {""}:
            said.append(f"{when}: {'; '.join(each.error for each in done.unread) or 'everything was read'}")
        scores = scorecard.score(settings, self._sandbox.call("truth")).by_company
        false = [(each.rule, one) for each in scores for one in each.surplus if (each.rule, one[3]) != (OF_A_READING, unreadable)]
        lost = [(each.rule, one) for each in scores for one in each.missed] if is_whole else []
        said += [f"{when}: false alarm {one}" for one in false] + [f"{when}: not found {one}" for one in lost]
        self.wrong += said
        hits, planted = sum(each.hits for each in scores), sum(each.planted for each in scores)
        out.print(
            f"{time.monotonic() - self._began:6.0f} s  {when}: {hits} of {planted} planted found, {len(false)} false alarms"
            + (f", {len(lost)} LOST" if lost else ""),
            highlight=False,
        )
        for each in said:
            out.print(each, style="red", highlight=False, soft_wrap=True)

    def _without(self, platform: str) -> Path:
        """The connections, with an address of this platform at which nobody is."""
        entries, file = yaml.safe_load(self._settings.connections_file.read_text()), self.home / "without.yaml"
        address, with_port = entries[platform]["base_url"], re.compile(r"(?<=127\.0\.0\.1:)\d+")
        moved = with_port.sub(str(_closed_port()), address) if with_port.search(address) else f"{address}-away"
        entries[platform]["base_url"] = moved
        file.write_text(yaml.safe_dump(entries))
        return file


def _rules_of(platform: str) -> list[str]:
    """The rules that say something of this platform when they are broken."""
    return [rule for rule in counterexample.codes(rules.RULES) if _says_of(rule, platform)]


def _says_of(rule: str, platform: str) -> bool:
    ways = [way for of_chain in counterexample.load(rules.RULES, rule).values() for way in of_chain]
    return not any(step.fault for way in ways for step in way.steps) and any(
        finding.platform == platform for way in ways for finding in way.finds
    )


def _closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def advances(asked: Namespace) -> list[str]:
    """What is wrong while time goes by."""
    return _watched(asked, lambda watch: watch.calm(asked.advances))


def outages(asked: Namespace) -> list[str]:
    """What is wrong while platforms cannot be read."""
    return _watched(asked, lambda watch: watch.outages(asked.cycles, asked.planted))


def _watched(asked: Namespace, part: Callable[[Watch], None]) -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="q2c-calm-", dir=asked.folder))
    try:
        with running(folder, deals=asked.deals, seed=asked.seed) as sandbox:
            watch = Watch(folder, sandbox, asked.seed)
            watch.begin()
            part(watch)
    finally:
        if asked.keep:
            out.print(f"the home is in {folder}")
        else:
            shutil.rmtree(folder)
    return watch.wrong
