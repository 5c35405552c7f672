"""Platforms that are down, refuse or fail; a full disk; a broken lake: told, nothing false said, and the next run recovers."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.lake import reads
from q2c_pipelines.outbox import listing
from tests.e2e.conftest import DAY, US, House, Lived, copied

CREDENTIAL = {"salesforce": "consumer_secret", "netsuite": "client_id", "zuora": "client_secret", "stripe": "api_key"}


@pytest.fixture(scope="module")
def house(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with copied(lived, tmp_path_factory.mktemp("outage") / "home") as made:
        yield made


def connections(house: House, file: Path, platform: str, **changed: Any) -> Path:
    """The connections of this house, those of one platform changed."""
    entries = yaml.safe_load(house.settings.connections_file.read_text())
    entries[platform] |= changed
    file.write_text(yaml.safe_dump(entries))
    return file


def refusing() -> str:
    """An address at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"


def breaks(house: House) -> set[str]:
    found = warehouse.query(house.settings, "select distinct rule from mismatches.fct_mismatches where state = 'break'")
    return {row["rule"] for row in found}


def open_cases(house: House) -> set[str]:
    store = cycle.operations(house.settings)
    found = {each["fingerprint"] for each in listing.cases(store)}
    store.close()
    return found


def undecided(house: House) -> set[str]:
    found = warehouse.query(house.settings, "select rule from mismatches.rule_status where status = 'indeterminate'")
    return {row["rule"] for row in found}


def statuses(house: House) -> dict[str, set[str]]:
    """How the last reads went, by platform."""
    found: dict[str, set[str]] = {}
    for each in reads.latest(house.settings.lake_store):
        found.setdefault(each["platform"], set()).add(each["status"])
    return found


def drift(house: House) -> None:
    """Somebody changes the total of an order in the ERP, and the price of a product in billing."""
    (order,) = warehouse.query(
        house.settings,
        "select o.native_id, o.amount from canonical.fct_order o join canonical.dim_system s on s.platform = o.platform "
        "where s.role = 'erp' and o.status = 'billed' order by o.native_id limit 1",
    )
    values = {"foreigntotal": float(order["amount"]) + 100}
    house.sandbox.call("change", platform="netsuite", table="transaction", key=order["native_id"], values=values)
    house.sandbox.call("plant", rules=["price_differs"])
    house.sandbox.call("advance", seconds=4 * DAY)


def test_a_full_disk_is_told_and_costs_nothing(house: House) -> None:
    """The first here: what comes next recovers from it."""
    published = house.settings.published_file.read_bytes()
    house.sandbox.call("advance", seconds=DAY)
    run = house.q2c("sync", "--no-deliver", file_size=1_000_000)
    assert run.returncode == 1, run.stdout
    assert "Traceback" not in run.stderr
    assert "File too large" in run.stderr.splitlines()[-1]
    assert str(house.settings.warehouse_file) in run.stderr.splitlines()[-1]
    assert house.settings.published_file.read_bytes() == published


def test_what_depends_on_a_platform_that_is_down_waits_and_all_else_goes_on(house: House, tmp_path: Path) -> None:
    drift(house)
    before = open_cases(house)
    house.sandbox.call("fault", platform="stripe", kind="server_error", times=10**6)
    down = connections(house, tmp_path / "connections.yaml", "zuora", base_url=refusing())
    run = house.q2c("sync", "--no-deliver", Q2C_CONNECTIONS=str(down))
    house.sandbox.call("clear")

    assert run.returncode == 4, run.stderr
    assert "Traceback" not in run.stderr
    assert "Zuora" in run.stdout
    ok = {"ok"}
    assert statuses(house) == {"zuora": {"failed"}, "stripe": {"failed"}, "salesforce": ok, "netsuite": ok, "file_drop": ok}
    assert "order_amount_differs" in breaks(house)
    assert "price_differs" not in breaks(house)
    assert {"price_differs", "payment_not_applied", "order_not_billed"} <= undecided(house)
    assert before <= open_cases(house)

    back = cycle.run(house.settings, delivering=False)
    assert back.unread == []
    assert undecided(house) == set()
    assert {"price_differs", "order_amount_differs", "order_not_billed"} <= breaks(house)
    assert before <= open_cases(house)


@pytest.mark.parametrize("platform", CREDENTIAL)
def test_a_wrong_credential_fails_its_platform_at_once(house: House, platform: str, tmp_path: Path) -> None:
    known = yaml.safe_load(house.settings.connections_file.read_text())[platform]["credentials"]
    wrong = connections(
        house, tmp_path / "connections.yaml", platform, credentials=known | {CREDENTIAL[platform]: "sk_test_mistaken"}
    )
    settings = Settings(home=tmp_path, connections=wrong, platforms=US)
    declared = next(each for each in settings.enabled if each.name == platform)
    done = cycle.read(settings, declared)
    assert done.rows == 0
    assert set(done.failed_tables) == set(declared.tables)
    assert declared.title in done.error
    assert {each["status"] for each in reads.latest(settings.lake_store)} == {"failed"}


@pytest.mark.parametrize("platform", ["salesforce", "netsuite", "zuora"])
def test_a_token_that_expires_on_the_way_is_renewed(house: House, platform: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, connections=house.settings.connections_file, platforms=US)
    declared = next(each for each in settings.enabled if each.name == platform)
    house.sandbox.call("fault", platform=platform, kind="expired_token")
    assert cycle.read(settings, declared).error == ""


def test_a_second_run_leaves_the_first_alone(house: House) -> None:
    with warehouse.exclusive(house.settings, "cycle"):
        run = house.q2c("sync", "--json")
    assert run.returncode == 1
    assert "another cycle run is under way" in run.stderr
    assert run.stdout == "" or "error" in json.loads(run.stdout)


def test_a_broken_lake_file_is_named(house: House, tmp_path: Path) -> None:
    """The last here: it leaves no warehouse."""
    lake = shutil.copytree(house.home / "lake", tmp_path / "lake")
    broken = min((lake / "netsuite" / "transaction").glob("*.parquet"))
    broken.write_bytes(broken.read_bytes()[:100])
    run = house.q2c("rebuild", Q2C_LAKE=str(lake))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert str(broken) in run.stderr.splitlines()[-1]
