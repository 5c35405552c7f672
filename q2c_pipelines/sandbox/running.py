"""A sandbox in a process of its own, for as long as a block lasts; one that is already running is used and left alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import Remote

_PATIENCE = 1800  # seconds; a million deals take a while to fill


@contextmanager
def running(
    home: Path, *, deals: int | None = None, seed: int | None = None, port: int = 0, platforms: Sequence[str] = ()
) -> Iterator[Remote]:
    """The sandbox of this home, started where it is not running: of these platforms, else of all that are enabled.

    Raises SandboxError when it does not come up.
    """
    remote = Remote(home)
    if is_served(home):
        yield remote
        return
    command = [sys.executable, "-m", "q2c_pipelines.cli", "sandbox", "serve", "--port", str(port)]
    command += ["--deals", str(deals)] if deals else []
    command += [] if seed is None else ["--seed", str(seed)]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment(home, platforms))
        try:
            _await(process, home)
            yield remote
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def is_served(home: Path) -> bool:
    """Whether the sandbox of this home answers."""
    with suppress(SandboxError):
        Remote(home).call("status")
        return True
    return False


def _await(process: subprocess.Popen[bytes], home: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_served(home):
        if process.poll() is not None or time.monotonic() > end:
            last = (home / "sandbox.log").read_text(errors="replace").strip().splitlines()[-5:]
            raise SandboxError(f"the sandbox did not come up; {home / 'sandbox.log'} ends with: {' '.join(last)}")
        time.sleep(0.2)


def _environment(home: Path, platforms: Sequence[str]) -> dict[str, str]:
    import os

    served = {"Q2C_PLATFORMS": json.dumps(list(platforms))} if platforms else {}
    return {**os.environ, "Q2C_HOME": str(home), **served}
