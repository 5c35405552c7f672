"""What the client does when a platform is out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection, _pause
from q2c_pipelines.platforms.errors import Transient, Unauthorized
from q2c_pipelines.platforms.http import no_token


class Moody(ThreadingHTTPServer):
    """Answers with the next of `moods`, and with 200 once there are none; counts what it was asked."""

    moods: list[int]
    retry_after = 0
    asked = 0


@pytest.fixture
def moody() -> Iterator[Moody]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server: Any = self.server
            server.asked += 1
            self.send_response(server.moods.pop(0) if server.moods else 200)
            self.send_header("Retry-After", str(server.retry_after))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = Moody(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def connection(moody: Moody) -> Connection:
    return Connection(f"http://127.0.0.1:{moody.server_port}", {"api_key": "sk_test_1"})


def test_that_it_waits_is_told_at_once_and_for_how_long(moody: Moody, connection: Connection) -> None:
    moody.moods = [503, 503]
    told: list[tuple[str, int]] = []
    with Client(spec.load("stripe"), connection, attempts=3, waiting=lambda said: told.append((said, moody.asked))) as client:
        client.get("/v1/charges")
    ((said, asked),) = told
    assert asked == 1
    assert said.startswith("Stripe: GET /v1/charges: ")
    assert said.endswith("; it is asked 2 more times, for about 0 s")


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Transient("refused"), [1.0, 1.5, 2.5, 4.5, 8.5]),
        (Transient("slow down", retry_after=7), [7] * 5),
        (Transient("tomorrow", retry_after=86400), [120] * 5),
    ],
    ids=["by itself", "as asked", "not for ever"],
)
def test_how_long_a_platform_is_left_alone(error: Transient, seconds: list[float]) -> None:
    assert [_pause(error, number) for number in range(5)] == seconds


def test_an_outage_is_sat_out_once(moody: Moody, connection: Connection) -> None:
    moody.moods = [503] * 6
    with Client(spec.load("stripe"), connection, attempts=3) as client:
        asked = []
        for _ in range(4):
            with pytest.raises(Transient, match="503"):
                client.get("/v1/charges")
            asked.append(moody.asked)
        assert asked == [3, 4, 5, 6]
        assert client.get("/v1/charges").status_code == 200
        moody.moods = [503, 503]
        assert client.get("/v1/charges").status_code == 200


def test_where_nobody_listens_on_this_machine_is_asked_once() -> None:
    waited: list[str] = []
    nobody = Connection("http://127.0.0.1:1", {"api_key": "sk_test_1"})
    with Client(spec.load("stripe"), nobody, waiting=waited.append) as client:
        with pytest.raises(Transient, match="cannot be reached"):
            client.get("/v1/charges")
        assert (client.requests, waited) == (1, [])


def test_what_was_tried_is_told_without_values(moody: Moody, connection: Connection) -> None:
    moody.moods = [200]
    with Client(spec.load("stripe"), connection) as client:
        assert client.tried == ""
        client.get("/v1/charges", {"starting_after": "ch_secret"})
        assert client.tried == "GET /v1/charges"


def test_after_a_refused_login_nothing_is_asked_any_more(moody: Moody, connection: Connection) -> None:
    moody.moods = [401, 401]
    with Client(spec.load("stripe"), connection) as client:
        with pytest.raises(Unauthorized, match="check api_key"):
            client.get("/v1/charges")
        with pytest.raises(Unauthorized, match=r"not asked after this: Stripe: GET /v1/charges: .*check api_key"):
            client.get("/v1/refunds")
    assert moody.asked == 1


@pytest.mark.parametrize("moods", [[403], [200, 401]], ids=["a right is missing", "once let in"])
def test_what_one_table_is_refused_keeps_no_other_from_being_asked(moody: Moody, connection: Connection, moods: list[int]) -> None:
    moody.moods = moods
    with Client(spec.load("stripe"), connection) as client:
        for _ in moods[1:]:
            client.get("/v1/charges")
        with pytest.raises(Unauthorized):
            client.get("/v1/charges")
        assert client.get("/v1/refunds").status_code == 200


def test_closed_from_another_thread_it_waits_no_longer(moody: Moody, connection: Connection) -> None:
    moody.moods, moody.retry_after = [503], 100
    waits = threading.Event()

    def read() -> None:
        with pytest.raises(RuntimeError, match="closed"):
            client.get("/v1/charges")

    with Client(spec.load("stripe"), connection, waiting=lambda _: waits.set()) as client:
        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        assert waits.wait(30)
    reading.join(30)
    assert not reading.is_alive()
    assert moody.asked == 1


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (400, Unauthorized), (429, Transient), (503, Transient)])
def test_a_login_is_for_a_person_to_check_only_where_it_was_refused(status: int, kind: type[Exception]) -> None:
    refused = no_token("Stripe", "stripe", httpx.Response(status, text="no"), None, "Check the key.")
    assert type(refused) is kind
    assert ("Check the key." in str(refused)) is (kind is Unauthorized)
    assert f"it answered {status}: no" in str(refused)
