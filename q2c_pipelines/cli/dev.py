"""`dev`: the sandbox, the Dagster UI and its daemon, until interrupted.

A port that another program holds is found before anything is started; the UI's address is told when it answers.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import httpx
import typer

from q2c_pipelines.cli import show
from q2c_pipelines.config import PROJECT, settings
from q2c_pipelines.platforms import spec
from q2c_pipelines.sandbox.remote import FIRST_PORT
from q2c_pipelines.sandbox.running import is_served, running

HOST = "127.0.0.1"
_QUIET = "ignore:Function `dev_command` is superseded"  # what it is superseded by is not installed
BEGIN = (
    "Dagster: http://localhost:{port}. It reads every hour, and a reading without news is followed by nothing. To see runs at "
    "once: q2c sandbox plant order_not_billed, then launch the job `ingest` (/jobs)."
)


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(dev)


def dev(port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000) -> None:
    """Sandbox, Dagster UI and daemon, until interrupted: http://localhost:3000."""
    configured = settings()
    if not is_free(port):
        show.fail(f"port {port} is taken by another program; choose another one for the UI with --port", 1)
    if is_served(configured.home):
        show.say(f"using the sandbox that is already being served in {configured.home}")
    home = configured.home.absolute() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "q2c_pipelines" / "defs" / "instance.yaml", home / "dagster.yaml")
    with running(configured.home, port=first_port()), _dagster(home, port) as dagster:
        try:
            if answers(f"http://{HOST}:{port}/server_info", dagster):
                show.say(BEGIN.format(port=port))
            dagster.wait()
            show.fail("the Dagster UI or its daemon ended by itself; why is said above", 1)
        finally:
            dagster.send_signal(signal.SIGINT)  # it ends its own children; after its end this does nothing


def is_free(port: int) -> bool:
    """Whether a server could listen on this port."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            tried.bind((HOST, port))
            return True
    return False


def first_port(usual: int = FIRST_PORT) -> int:
    """Where the sandbox's ports begin: as usual, or 0, which takes free ones, where any of the usual ones is taken."""
    wanted: Iterable[int] = range(usual, usual + 1 + len(spec.names()))
    return usual if all(map(is_free, wanted)) else 0


def answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    """Waits for the server's first answer; false where it ended before."""
    while server.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(url, trust_env=False).is_success:
                return True
        time.sleep(0.5)
    return False


def _dagster(home: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dagster", "dev", "--host", HOST, "--port", str(port)]
    command += ["--workspace", str(PROJECT / "workspace.yaml"), "--log-level", "warning"]
    return subprocess.Popen(command, env={**os.environ, "DAGSTER_HOME": str(home), "PYTHONWARNINGS": _QUIET})
