"""A platform small enough to see through: it counts every effect, fails when told to, and is talked to by the real client.

Run as a program it is a deliverer that kills itself: one line "<store url> <base url> <moment> <step>" on stdin, one exit status on
stdout. A step is a transaction about to begin or to commit, a request about to go out or an answer that came in.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine

from q2c_pipelines.config import SEEDS
from q2c_pipelines.outbox.delivery import deliver
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.commands import ApplyPayment
from q2c_pipelines.platforms.errors import PlatformError, Transient, Unauthorized
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.spec import Handling, Platform


def error_of(response: httpx.Response) -> PlatformError | None:
    kinds: dict[int, type[PlatformError]] = {401: Unauthorized, 429: Transient}
    return kinds[response.status_code](response.text, code="TINY") if response.status_code in kinds else None


connection = SimpleNamespace(auth=lambda _: None, error_of=error_of)


def apply_payment(command: ApplyPayment) -> Flow:
    """Look by key, write, read back."""
    path = f"/records/{command.key}"
    found = yield Request("GET", path, accept=(404,))
    if found.status_code == 200:
        return Receipt("adopted", found.json()["id"])
    answer = yield Request("POST", path, json={"amount": str(command.amount)}, is_write=True, accept=(412,))
    if answer.status_code == 412:
        return Receipt("superseded", "", detail="the invoice is paid")
    read_back = yield Request("GET", path)
    return Receipt("written", read_back.json()["id"], read_back=read_back.json())


def handlers(_: str) -> dict[type, Callable[..., Flow]]:
    return {ApplyPayment: apply_payment}


def clients(base_url: str) -> Callable[[str], Client]:
    """The real client, talking to the tiny platform under any name."""
    return lambda name: Client(_declared(name), Connection(base_url), attempts=1)


def _declared(name: str) -> Platform:
    sys.modules[f"q2c_pipelines.platforms.{name}.connection"] = connection  # type: ignore[assignment]
    limits = {"requests_per_second": 10000, "write_reserve": 0.5}
    return Platform.model_validate(
        {
            "name": name,
            "title": name,
            "role": "erp",
            "protocol": "-",
            "credentials": {},
            "least_privilege": [{"right": "all", "reads": "all", "writes": "all"}],
            "handling": dict.fromkeys(Handling.model_fields, "none offered"),
            "limits": limits,
            "tables": {},
        }
    )


class Tiny:
    """The platform's records and effects. `fault(method, key)` may answer a status, or "lose": done, but the answer never comes."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.effects: Counter[str] = Counter()
        self.fault: Callable[[str, str], int | str | None] = lambda method, key: None
        self.before_write: Callable[[str], None] = lambda key: None
        self.base_url = ""

    def answer(self, method: str, key: str, body: bytes) -> tuple[int, Any] | None:
        fault = self.fault(method, key)
        if isinstance(fault, int):
            return fault, {"fault": fault}
        if method == "POST":
            self.before_write(key)
            self.records[key] = json.loads(body) | {"id": f"id-{key}"}
            self.effects[key] += 1
        if fault == "lose":
            return None
        return (200, self.records[key]) if key in self.records else (404, {})


@contextmanager
def serving() -> Iterator[Tiny]:
    """A tiny platform on an ephemeral port."""
    tiny = Tiny()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = tiny.answer(self.command, self.path.rpartition("/")[2], body)
            if answer is None:
                self.close_connection = True
                return
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    tiny.base_url = f"http://127.0.0.1:{server.server_port}"
    yield tiny
    server.shutdown()
    server.server_close()


def _die_at(step: int) -> Callable[..., None]:
    left = [step]

    def count(*_: Any, **__: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def _deliver_once(url: str, base_url: str, moment: str, step: str) -> None:
    store = Store(url, lambda: datetime.fromisoformat(moment))
    count = _die_at(int(step))
    for name in ("begin", "commit"):
        event.listen(Engine, name, count)
    transport = httpx.HTTPTransport.handle_request

    def counted(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        count()
        response = transport(self, request)
        count()
        return response

    httpx.HTTPTransport.handle_request = counted  # type: ignore[method-assign]
    deliver(store, clients(base_url), load_ownership(SEEDS), handlers=handlers, limit=1)


def main() -> None:
    Store("sqlite://").close()  # loads what every child would load again
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _deliver_once(*line.split())
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
