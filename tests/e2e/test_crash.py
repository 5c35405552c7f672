"""Killed in every phase of a cycle: nothing is lost, nothing is done twice. `make chaos` does it a hundred times at random."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.actions import approval
from q2c_pipelines.outbox import audit, listing
from tests.chaos import effects
from tests.chaos.installation import let_time_pass
from tests.chaos.verdict import made_once
from tests.e2e.conftest import DAY, House, Lived, copied

# where a run dies: the step, and the first event of a kind that has this text in it
IN_A_CYCLE = {
    "with rows in the lake and their load not committed": ("read", "open", "netsuite/_dlt_loads/"),
    "with the load committed and its reading not logged": ("read", "open", "_reads/zuora"),
    "while building": ("build", "open", "mismatch__order_not_billed.sql"),
    "before the gate's verdict is kept": ("check", "os.rename", "gate.json"),
    "before the publication takes its place": ("publish", "os.rename", ".building"),
    "with cases and plan not committed": ("follow_up", "commit", ""),
}
SLOW = 60  # seconds an answer is kept back: the killer is faster


@pytest.fixture(scope="module")
def house(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with copied(lived, tmp_path_factory.mktemp("crash") / "home") as made:
        made.sandbox.call("advance", seconds=DAY)
        yield made


def dies(house: House, step: str, kind: str, text: str) -> bool:
    """Whether a process that takes this step dies there."""
    program = [sys.executable, str(Path(__file__).with_name("mortal.py")), step, kind, text]
    return subprocess.run(program, env=house.environment(), capture_output=True, check=False).returncode == -signal.SIGKILL


def published(house: House) -> list[str]:
    """The tables of what is published."""
    with duckdb.connect(str(house.settings.published_file), read_only=True) as db:
        return [name for (name,) in db.execute("select table_name from duckdb_tables() order by all").fetchall()]


def approve_all(house: House) -> None:
    store = cycle.operations(house.settings)
    approval.approve(store, [each["key"] for each in listing.actions(store, state="proposed")], by="a second person")
    store.close()


def killed_after_a_write(house: House) -> None:
    """A delivery dies when the ERP has taken an order and its answer is still to come."""
    kept_back = {"method": "POST", "match": "/record/v1/salesOrder", "seconds": SLOW}
    house.sandbox.call("fault", platform="netsuite", kind="timeout_after_commit", **kept_back)
    process = subprocess.Popen([sys.executable, "-m", "q2c_pipelines.cli", "deliver"], env=house.environment())
    while ("netsuite", "transaction") not in {record[:2] for record in effects.made(house.home)}:
        with pytest.raises(subprocess.TimeoutExpired):  # or it ended before it wrote
            process.wait(0.1)
    process.kill()
    process.wait()


def states(house: House) -> Counter[str]:
    store = cycle.operations(house.settings)
    found = Counter(each["state"] for each in listing.actions(store))
    store.close()
    return found


def test_killed_in_every_phase(house: House) -> None:
    whole = published(house)
    assert "mart_deal_chain" in whole
    for moment, death in IN_A_CYCLE.items():
        assert dies(house, *death), moment
        assert published(house) == whole, moment
        if death[0] == "build":
            cycle.build(house.settings)
        elif death[0] == "check":
            cycle.check(house.settings)
    approve_all(house)
    killed_after_a_write(house)
    assert states(house)["sent"] > 0
    let_time_pass(house.settings)
    cycle.deliver(house.settings)
    healed = cycle.run(house.settings)

    assert healed.unread == []
    assert effects.doubled(house.home) == []
    made = made_once(house.settings)
    assert made.holds
    assert made.found > len(IN_A_CYCLE)
    assert set(states(house)) == {"confirmed"}
    left = warehouse.query(house.settings, "select rule, cause from mismatches.fct_mismatches where state = 'break' order by rule")
    by_people = [
        {"rule": "payment_not_applied", "cause": "payment_unapplied"},  # to be applied
        {"rule": "quote_not_ordered", "cause": "document_void"},  # to be opened again, or not
    ]
    assert left == by_people
    store = cycle.operations(house.settings)
    assert audit.verify(store).broken_at is None
    store.close()
