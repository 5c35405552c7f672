"""A small company over real HTTP, broken in several places, and q2c beside it, in a home of their own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from q2c_pipelines import cycle
from q2c_pipelines.config import PROJECT, Settings
from q2c_pipelines.sandbox.remote import ADDRESS, FOLDER, Remote
from q2c_pipelines.sandbox.running import running

DEALS = 600  # the fewest in which each of these rules finds a victim
BROKEN = (
    "order_not_billed",
    "quote_not_ordered",
    "payment_not_applied",
    "invoice_not_in_erp",
    "posting_missing",
    "crm_status_stale",
    "customer_missing",
)
DAY = 24 * 3600
US = ["salesforce", "zuora", "stripe", "netsuite", "file_drop"]  # one company, and a partner's files


class House:
    """A home, what is configured in it, and the company served to it."""

    def __init__(self, home: Path):
        self.home = home
        (home / "policy.yaml").write_text(
            "otherwise: approve\nbrake: {share_of_population: 1, from_actions: 10000, amount: 1000000000}\n"
        )
        self.settings = Settings(home=home, policy=home / "policy.yaml", platforms=US)
        self.sandbox = Remote(home)

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a q2c process in this home."""
        mine = {"Q2C_HOME": str(self.home), "Q2C_POLICY": str(self.settings.policy), "PYTHONPATH": str(PROJECT), "COLUMNS": "400"}
        mine["Q2C_PLATFORMS"] = json.dumps(US)
        return {name: value for name, value in os.environ.items() if not name.startswith("Q2C_")} | mine | more

    def q2c(self, *arguments: str, file_size: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """A run of the command line, to its end; `file_size` bytes are all that fits in a file, as on a full disk."""

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

        return subprocess.run(
            [sys.executable, "-m", "q2c_pipelines.cli", *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
            preexec_fn=limited if file_size else None,
        )


@dataclass(frozen=True)
class Lived:
    """A company after some days, and what two analysts saw while the last cycle ran: their answers, and how often each came."""

    house: House
    staying: dict[str, int]
    coming: dict[str, int]


@pytest.fixture(scope="session")
def lived(whole_run: Path) -> Lived:
    """Read when it was clean, broken, then read on two of the days after; nothing was written back. Made once in a test run."""
    home, told = whole_run / "lived", whole_run / "lived.json"
    with FileLock(whole_run / "lived.lock"):
        if not told.exists():
            home.mkdir()
            told.write_text(json.dumps(_live(House(home))))
    return Lived(House(home), **json.loads(told.read_text()))


def _live(house: House) -> dict[str, dict[str, int]]:
    with running(house.home, deals=DEALS, platforms=US) as sandbox:
        cycle.run(house.settings, delivering=False)
        sandbox.call("plant", rules=list(BROKEN))
        sandbox.call("advance", seconds=4 * DAY)
        cycle.run(house.settings, delivering=False)
        sandbox.call("advance", seconds=DAY)
        with _analyst(house, "staying") as staying, _analyst(house, "coming") as coming:
            cycle.run(house.settings, delivering=False)
    return {"staying": staying, "coming": coming}


@contextmanager
def _analyst(house: House, manner: str) -> Iterator[dict[str, int]]:
    """An analyst at work on what is published; the answers are there when the block is left."""
    program = [sys.executable, str(Path(__file__).with_name("analyst.py")), str(house.settings.published_file), manner]
    answers: dict[str, int] = {}
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield answers
        answers |= json.loads(process.communicate()[0])


@contextmanager
def copied(lived: Lived, home: Path) -> Iterator[House]:
    """The company and q2c as they were after those days, in a home of their own."""
    shutil.copytree(lived.house.home, home)
    (home / FOLDER / ADDRESS).unlink(missing_ok=True)
    with running(home, platforms=US):
        yield House(home)
