"""What the development server needs is seen before it is started, and nothing is announced that does not answer."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from q2c_pipelines.cli import dev
from q2c_pipelines.config import PROJECT


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server((dev.HOST, 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_another_program_holds_is_refused_before_anything_starts(
    q2c: Callable[..., Any], home: Path, taken: int
) -> None:
    done = q2c("dev", "--port", str(taken))
    assert done.code == 1
    assert f"port {taken} is taken by another program" in done.err
    assert "--port" in done.err
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(("given", "command"), [([], "q2c dev"), (["PORT=3001"], "q2c dev --port 3001")], ids=["usual", "given"])
def test_make_hands_the_port_on(given: list[str], command: str) -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", "dev", *given], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert told.splitlines()[-1].strip().endswith(command)


def test_who_begins_is_told_what_makes_news() -> None:
    assert dev.BEGIN.index("q2c sandbox plant order_not_billed") < dev.BEGIN.index("job `ingest`")


def test_where_a_usual_port_of_the_sandbox_is_taken_it_gets_free_ones(taken: int) -> None:
    assert dev.first_port(taken - 1) == 0


def test_a_server_that_ends_before_it_answers_is_not_waited_for(taken: int) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
        assert not dev.answers(f"http://{dev.HOST}:{taken}/", ended)


def test_a_server_is_up_when_it_answers() -> None:
    class Up(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer((dev.HOST, 0), Up) as server, subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as alive:
        Thread(target=server.serve_forever, daemon=True).start()
        assert dev.answers(f"http://{dev.HOST}:{server.server_port}/", alive)
        server.shutdown()
        alive.communicate(b"\n")
