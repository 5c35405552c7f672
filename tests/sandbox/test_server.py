"""Over real HTTP: every platform on its own port, faults, control, and a state that a kill leaves whole."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from q2c_pipelines.sandbox.company import Company, reset
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.server import serving


async def call(company: Company, name: str, **body: Any) -> Any:
    """A control call made from another thread, as another process would."""
    return await asyncio.to_thread(Remote(company.home).call, name, **body)


async def test_connections_say_where_and_who_and_are_the_owners_alone(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served:
        file = company.home / "connections.yaml"
        connections = yaml.safe_load(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert {name: entry["base_url"] for name, entry in connections.items()} == served.platforms
        assert connections["abacus"]["credentials"] == {"key": "secret of abacus"}
        assert (connections["abacus"]["settings"], "settings" in connections["zither"]) == ({"room": "1"}, False)
        assert Path(connections["file_drop"]["base_url"].removeprefix("file://")).is_dir()
        assert connections["file_drop"]["settings"] == {"clock": "folders"}
        async with httpx.AsyncClient() as client:
            for name in ("abacus", "zither"):
                answer = await client.get(served.platforms[name] + "/invoices")
                assert len(answer.json()) > 100
                assert answer.headers["Date"] == "Sun, 01 Nov 2026 00:00:00 GMT"


async def test_connections_to_real_platforms_are_never_replaced(company: Company, rules: Path) -> None:
    file = company.home / "connections.yaml"
    file.write_text("stripe: {base_url: https://api.stripe.com}")
    with pytest.raises(SandboxError, match="was not written by the sandbox; move it away"):
        async with serving(company, rules, 0):
            pass
    company.close()
    reset(company.home)
    assert file.read_text() == "stripe: {base_url: https://api.stripe.com}"


async def test_ports_follow_each_other_and_a_taken_one_is_named(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served:
        taken = int(served.platforms["abacus"].rsplit(":", 1)[1])
        with pytest.raises(SandboxError, match=f"port {taken} cannot be used"):
            async with serving(company, rules, taken - 1):
                pass


async def test_control_moves_the_clock_plants_and_tells(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served:
        assert (await call(company, "advance", seconds=7200))["now"] == "2026-11-01T02:00:00+00:00"
        found = await call(company, "plant", rules=["unbilled"])
        assert await call(company, "truth") == found
        assert await call(company, "effects") == []
        status = await call(company, "status")
        assert status["platforms"]["zither"]["url"] == served.platforms["zither"]
        assert (status["now"], status["deals"]) == ("2026-11-01T02:00:00+00:00", 600)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("fault", {"platform": "abakus", "kind": "reset"}, "abacus, zither"),
        ("fault", {"platform": "abacus", "kind": "explode"}, "abacus has no fault 'explode'; there are rate_limit"),
        ("fault", {"platform": "zither", "kind": "locked"}, "zither has no fault 'locked'"),
        ("fault", {"platform": "abacus", "kind": "reset", "often": 1}, "a fault has no often"),
        ("fault", {"platform": "abacus", "kind": "schema_change", "table": "invoice"}, "needs a table, a column and a change"),
        ("advance", {"seconds": -1}, "only moves forward"),
        ("plant", {"rules": ["nothing"]}, "known are unbilled"),
        ("dance", {}, "there are status, advance"),
    ],
    ids=["platform", "kind", "kind of another", "option", "schema", "clock", "rule", "call"],
)
async def test_control_says_what_is_wrong(company: Company, rules: Path, name: str, body: dict[str, Any], message: str) -> None:
    async with serving(company, rules, 0):
        with pytest.raises(SandboxError, match=message):
            await call(company, name, **body)


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("advance", '{"seconds": 1e300}', "at most ten years at a time"),
        ("advance", '{"seconds": 0.2}', "only moves forward"),
        ("advance", '{"seconds": NaN}', "NaN is no number"),
        ("advance", '{"seconds": -Infinity}', "-Infinity is no number"),
        ("advance", '{"seconds": 1e999}', "1e999 is no number"),
        ("advance", '{"seconds": "inf"}', "advance: seconds: Input should be a finite number"),
        ("advance", '{"hours": 1}', "advance: seconds: Field required; hours: Extra inputs"),
        ("advance", "[3600]", "is a JSON object, with a name"),
        ("advance", "3600 seconds", "is a JSON object: Extra data"),
        ("advance", "\udcff", "is a JSON object: 'utf-8' codec"),
        ("change", '{"values": {"amount": NaN}}', "NaN is no number"),
        ("change", '{"values": {"amount": 1e999}}', "1e999 is no number"),
        ("change", '{"values": {"amount": 1000000000000000000000000}}', "abacus cannot keep these values of invoice"),
        ("change", '{"values": {"number": "INV1"}}', "number is the key of invoice, and a record keeps its key"),
        ("change", '{"values": {}}', "change: values: Dictionary should have at least 1 item"),
        ("change", '{"values": ["void"]}', "change: values: Input should be a valid dictionary"),
        ("change", '{"values": {"status": "void"}, "minutes_late": 1e300}', "change: minutes_late: Input should be less than"),
        ("change", '{"values": {"status": "void"}, "by": "me"}', "change: by: Extra inputs"),
        ("change", '{"values": {"status": "void", "colour": "red"}}', "abacus: no such column: colour"),
        ("fault", '{"platform": "abacus", "kind": "slow", "seconds": "inf"}', "fault: seconds: Input should be a valid number"),
        ("fault", '{"platform": ["abacus"], "kind": "slow"}', "no platform \"['abacus']\""),
        ("clear", '{"platform": ["abacus"]}', "clear: platform: Input should be a valid string"),
        ("plant", '{"rules": "unbilled"}', "plant: rules: Input should be a valid list"),
        ("plant", '{"count": "many"}', "plant: count: Input should be a valid integer"),
    ],
    ids=lambda value: value[:50] if value.startswith(("{", "[")) else "",
)
async def test_control_refuses_nonsense_and_changes_nothing(
    company: Company, rules: Path, name: str, sent: str, message: str
) -> None:
    state = company.emulation("abacus").state
    held, now = state.select("select * from invoice order by number"), company.now
    if name == "change" and sent.startswith("{"):
        sent = json.dumps({"platform": "abacus", "table": "invoice", "key": held[0]["number"]})[:-1] + f", {sent[1:]}"
    async with serving(company, rules, 0) as served, httpx.AsyncClient() as client:
        token = json.loads((company.folder / "control.json").read_text())["token"]
        content = sent.encode(errors="surrogateescape")
        answer = await client.post(f"{served.control}/{name}", content=content, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert (state.select("select * from invoice order by number"), company.now) == (held, now)
    assert company.emulation("abacus").faults == []


async def test_control_is_for_the_owner_of_the_home(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served, httpx.AsyncClient() as client:
        answer = await client.post(f"{served.control}/advance", json={"seconds": 3600})
        assert answer.status_code == 401
        assert company.now.hour == 0
        assert stat.S_IMODE((company.folder / "control.json").stat().st_mode) == 0o600


async def test_a_fault_is_met_as_often_as_asked(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served, httpx.AsyncClient(base_url=served.platforms["abacus"]) as client:
        await call(company, "fault", platform="abacus", kind="rate_limit", times=2, match="/invoices")
        assert [(await client.get("/invoices")).status_code for _ in range(3)] == [429, 429, 200]


async def test_a_platform_may_have_a_fault_of_its_own(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served, httpx.AsyncClient(base_url=served.platforms["abacus"]) as client:
        await call(company, "fault", platform="abacus", kind="locked")
        assert [(await client.get("/invoices")).status_code for _ in range(2)] == [423, 200]


async def test_a_connection_can_be_reset_before_or_after_the_work(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served, httpx.AsyncClient(base_url=served.platforms["abacus"]) as client:
        number = (await client.get("/invoices")).json()[0]["number"]
        for kind, amount in (("reset", 1.0), ("timeout_after_commit", 2.0)):
            await call(company, "fault", platform="abacus", kind=kind, method="PATCH")
            with pytest.raises(httpx.RemoteProtocolError):
                await client.patch(f"/invoices/{number}", json={"amount": amount})
            held = company.emulation("abacus").state.get("invoice", number)
            assert held
            assert (held["amount"] == amount) == (kind == "timeout_after_commit")
        effects = await call(company, "effects")
        assert effects == [{"platform": "abacus", "table_name": "invoice", "change": "update", "records": 1}]


async def test_a_record_is_changed_by_hand_and_may_be_stamped_late(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0):
        number = company.emulation("abacus").state.select("select number from invoice")[0]["number"]
        asked = {"platform": "abacus", "table": "invoice", "key": number, "values": {"status": "void"}}
        changed = await call(company, "change", **asked, minutes_late=15)
        assert (changed["status"], changed["changed_at"]) == ("void", "2026-10-31T23:45:00Z")
        assert await call(company, "effects") == []
        for wrong in ({"table": "invoyce"}, {"table": "Invoice"}, {"key": "INV0"}, {"values": {"state": "x"}}):
            with pytest.raises(
                SandboxError,
                match=r"abacus.* (no table '(invoyce|Invoice)'; it has account, invoice, log|no invoice INV0|no such column)",
            ):
                await call(company, "change", **(asked | wrong))


async def test_a_schema_change_lasts_until_it_is_cleared(company: Company, rules: Path) -> None:
    async with serving(company, rules, 0) as served, httpx.AsyncClient(base_url=served.platforms["abacus"]) as client:
        await call(company, "fault", platform="abacus", kind="schema_change", table="invoice", column="amount", change="drop")
        assert all("amount" not in row for row in (await client.get("/invoices")).json())
        assert await call(company, "clear", platform="abacus") == {"abacus": 1}
        assert all("amount" in row for row in (await client.get("/invoices")).json())


SERVE = """
import asyncio, runpy, sys
from pathlib import Path
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.server import serving

async def hold(company):
    async with serving(company, Path("none"), 0):
        print("up", flush=True)
        await asyncio.Event().wait()

tiny = runpy.run_path(sys.argv[1])
company = Company(Path(sys.argv[2]), {"abacus": tiny["fake"]("abacus")}, Size(5, 600), chains=tiny["COMPANIES"])
asyncio.run(hold(company))
"""


@contextmanager
def process(home: Path) -> Iterator[str]:
    """The base URL of a served platform; the process is killed without warning at the end."""
    command = [sys.executable, "-c", SERVE, str(Path(__file__).parent / "conftest.py"), str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "up\n"
        yield yaml.safe_load((home / "connections.yaml").read_text())["abacus"]["base_url"]
        child.kill()


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    with process(tmp_path) as url:
        number = httpx.get(f"{url}/invoices").json()[0]["number"]
        httpx.patch(f"{url}/invoices/{number}", json={"amount": 3.5}).raise_for_status()
        Remote(tmp_path).call("advance", seconds=3600)
    with pytest.raises(SandboxError, match="not running; start it with `q2c sandbox serve`"):
        Remote(tmp_path).call("status")
    with process(tmp_path) as url:
        assert httpx.get(f"{url}/invoices").json()[0]["amount"] == 3.5
        assert Remote(tmp_path).call("status")["now"] == "2026-11-01T01:00:00+00:00"
        assert Remote(tmp_path).call("effects")[0]["records"] == 1
