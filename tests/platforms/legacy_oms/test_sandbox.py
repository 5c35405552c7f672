"""In the sandbox: a server of its own that follows the clock, is counted, broken on purpose, and outlives a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.commands import UpdateStatus
from q2c_pipelines.platforms.legacy_oms.writer import HANDLERS
from q2c_pipelines.sandbox import emulators
from q2c_pipelines.sandbox.chains import DE
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.server import serving
from q2c_pipelines.sandbox.size import Size
from tests.platforms.legacy_oms.conftest import PLATFORM
from tests.platforms.legacy_oms.holding import Holding

OPEN = """
import sys, time
from pathlib import Path
from tests.platforms.legacy_oms.test_sandbox import opened
company = opened(Path(sys.argv[1]))
print(company.emulation("legacy_oms").state.listen(0), flush=True)
time.sleep(600)
"""


def opened(home: Path) -> Company:
    return Company(home, emulators.found(["legacy_oms"]), Size(seed=5, deals=600), chains=[DE])


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    held = opened(tmp_path)
    yield held
    held.close()


def connected(company: Company, url: str = "") -> Connection:
    emulation = company.emulation("legacy_oms")
    return Connection(url or emulation.state.listen(0), emulation.credentials)  # type: ignore[attr-defined]


def read(company: Company, held: Holding) -> dict[str, int]:
    with Client(PLATFORM, connected(company)) as client:
        return held.read(client).counted


def test_it_is_filled_and_follows_the_clock_and_its_log_tells_the_clocks_time(company: Company) -> None:
    held = Holding()
    assert read(company, held)["products"] == 40
    before = set(held.of("orders"))
    company.advance(timedelta(days=90))
    assert read(company, held)["orders"] > 3
    new = [row for key, row in held.of("orders").items() if key not in before]
    assert new
    assert {row["committed_at"].replace(microsecond=0) for row in new} == {company.now}
    assert all(row["created_at"] < company.now for row in new)
    assert company.effects() == [], "the world's own changes are nobody's effect"


async def call(company: Company, name: str, **body: Any) -> Any:
    return await asyncio.to_thread(Remote(company.home).call, name, **body)


async def test_it_is_served_counted_changed_and_struck_by_control(company: Company, tmp_path: Path) -> None:
    async with serving(company, tmp_path, 0) as served:
        entry = yaml.safe_load((company.home / "connections.yaml").read_text())["legacy_oms"]
        assert entry["base_url"] == served.platforms["legacy_oms"]
        number = company.emulation("legacy_oms").state.select("select min(id) as id from oms.orders")[0]["id"]
        await call(company, "change", platform="legacy_oms", table="orders", key=number, values={"status": "entered"})
        assert company.effects() == []
        command = UpdateStatus(
            **{"key": "act-1", "platform": "legacy_oms", "deal_key": None, "legal_entity": "DE", "entity": "order"},
            **{"native_id": str(number), "observed": "draft", "value": "closed", "observed_version": None},
        )
        with Client(PLATFORM, Connection(entry["base_url"], entry["credentials"])) as client:
            assert client.run(HANDLERS[UpdateStatus](command)).outcome == "written"
        counted = {(row["table_name"], row["change"]): row["records"] for row in company.effects()}
        assert (counted["orders", "update"], counted["integration_outbox", "insert"]) == (1, 1)
        (order,) = company.emulation("legacy_oms").state.matching("orders", {"id": number})
        assert (order["status"], order["updated_at"].replace(microsecond=0)) == ("closed", company.now)
        await call(company, "fault", platform="legacy_oms", kind="schema_change", table="orders", column="colour", change="add")
        assert "colour" in company.emulation("legacy_oms").state.get("orders", number)  # type: ignore[operator]


def test_what_is_planted_is_stamped_as_asked_and_taken_back_with_the_rest(company: Company) -> None:
    state, late = company.holder("legacy_oms", "orders"), company.now - timedelta(minutes=30)
    number = state.select("select min(id) as id from oms.orders")[0]["id"]
    changed = state.update("orders", number, {"quote_number": "Q-X"}, late, by="sandbox")
    assert (changed["quote_number"], changed["updated_at"]) == ("Q-X", late)
    with suppress(LookupError), state.transaction():
        state.delete("orders", number, company.now, by="sandbox")
        state.insert("orders", changed | {"id": 7, "order_no": "OMS7", "external_ref": None}, company.now, by="sandbox")
        assert (state.get("orders", number), state.get("orders", 7) is None) == (None, False)
        state.delete("orders", 8, company.now, by="sandbox")
    assert (state.get("orders", number), state.get("orders", 7)) == (changed, None)
    with pytest.raises(KeyError):
        state.update("orders", 7, {"quote_number": "Q"}, company.now)
    with pytest.raises(state.Error, match="invalid input value for enum"):
        state.update("orders", number, {"status": "lost"}, company.now)


def test_it_is_kept_over_a_restart_with_its_slot_and_a_port_of_its_own(company: Company) -> None:
    held = Holding()
    read(company, held)
    company.close()
    again = opened(company.home)
    try:
        assert read(again, held) == {}
        state: Any = again.emulation("legacy_oms").state
        port = _free_port()
        assert state.listen(port) == f"postgresql://127.0.0.1:{port}/oms"
        assert read(again, held) == {}
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(OSError, match="in use"):
                state.listen(taken.getsockname()[1])
        assert read(again, held) == {}, "it goes on where it was"
    finally:
        again.close()


def test_it_outlives_the_kill_of_its_sandbox_and_is_taken_over(tmp_path: Path) -> None:
    held = Holding()
    with subprocess.Popen([sys.executable, "-c", OPEN, str(tmp_path)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        address = killed.stdout.readline().strip()
        os.kill(killed.pid, signal.SIGKILL)
    company = opened(tmp_path)
    try:
        assert read(company, held)["products"] == 40
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address, user="postgres", connect_timeout=3)
    finally:
        company.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
