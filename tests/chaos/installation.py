"""A home with q2c and its own sandbox, either of which can be killed: processes, and nothing of what they do.

q2c runs as the command line does, in a process group of its own, from this checkout.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from q2c_pipelines.config import PROJECT, Settings
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action, Circuit
from q2c_pipelines.sandbox.remote import ADDRESS, FOLDER, Remote
from q2c_pipelines.sandbox.running import running

_POLICY = "otherwise: approve\nbrake: {share_of_population: 1, from_actions: 100000, amount: 1000000000000}\n"


class Run:
    """A q2c process. `marks` is when it said each line of progress, `lasted` how long it took, in seconds."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]):
        self.command, self.began, self.lasted = " ".join(command), time.monotonic(), 0.0
        self.lines: list[str] = []
        self.marks: list[tuple[float, str]] = []
        self._said, self._is_silent = threading.Condition(), False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "q2c_pipelines.cli", *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def reaches(self, line: str) -> bool:
        """Wait for a line that begins so; False when the process ended without saying it."""
        with self._said:
            self._said.wait_for(lambda: self._has_said(line) or self._is_silent, timeout=300)
            return self._has_said(line)

    def outlives(self, seconds: float) -> bool:
        """Whether it is still running after so long."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def kill(self) -> None:
        """SIGKILL for it and all it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> int:
        """Its exit code, once it is over."""
        code = self._process.wait()
        self.lasted = time.monotonic() - self.began
        self._listener.join()
        return code

    def _has_said(self, line: str) -> bool:
        return any(said.startswith(line) for _, said in self.marks)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._said:
                self.lines.append(line.rstrip())
                self.marks.append((time.monotonic() - self.began, line.strip()))
                self._said.notify_all()
        with self._said:
            self._is_silent = True
            self._said.notify_all()


US = ["salesforce", "zuora", "stripe", "netsuite", "file_drop"]  # one company, and a partner's files


class Installation:
    """One home. The sandbox keeps its ports over a restart, so a running q2c finds it again."""

    def __init__(self, home: Path, deals: int):
        home.mkdir(parents=True, exist_ok=True)
        self.home, self._deals, self._port = home, deals, 0
        self._life = ExitStack()
        policy = home / "policy.yaml"
        policy.write_text(_POLICY)
        self.settings = Settings(home=home, policy=policy, platforms=US)
        mine = {"Q2C_HOME": str(home), "Q2C_POLICY": str(policy), "PYTHONPATH": str(PROJECT), "Q2C_PLATFORMS": json.dumps(US)}
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("Q2C_")} | mine

    def start_sandbox(self) -> Remote:
        """The sandbox, running."""
        self._port = self._port or _free_ports()
        return self._life.enter_context(running(self.home, deals=self._deals, port=self._port, platforms=US))

    def kill_sandbox(self) -> None:
        """SIGKILL for the sandbox; it is started again with what it had on disk."""
        address = json.loads((self.home / FOLDER / ADDRESS).read_text())
        os.kill(address["pid"], signal.SIGKILL)
        self._life.close()

    def close(self) -> None:
        """Stop the sandbox."""
        self._life.close()

    def start(self, *command: str) -> Run:
        """A q2c process, begun."""
        return Run(command, self._environment)

    def q2c(self, *command: str, allowed: Sequence[int] = (0,)) -> Run:
        """A q2c process, undisturbed. Raises RuntimeError with what it said where its exit code is another one."""
        run = self.start(*command)
        code = run.end()
        if code not in allowed:
            raise RuntimeError(f"q2c {run.command} ended with {code}: " + " | ".join(run.lines[-8:]))
        return run

    def let_time_pass(self) -> None:
        """As if a day had gone by for the operations store."""
        let_time_pass(self.settings)


def let_time_pass(settings: Settings) -> None:
    """As if a day had gone by for the operations store: leases run out, waits are over."""
    store, long_ago = Store(settings.operations_url), datetime.now(UTC) - timedelta(days=1)
    with store.work() as work:
        work.session.execute(update(Action).where(Action.lease_expires_at.is_not(None)).values(lease_expires_at=long_ago))
        work.session.execute(update(Action).values(next_attempt_at=long_ago))
        work.session.execute(update(Circuit).where(Circuit.retry_at.is_not(None)).values(retry_at=long_ago))
        work.commit()
    store.close()


def _free_ports() -> int:
    """The first of some free ports in a row, one for each platform and one for control."""
    for first in range(18700, 60000, 20):
        with ExitStack() as held:
            try:
                for port in range(first, first + 10):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError("no free ports on 127.0.0.1")
