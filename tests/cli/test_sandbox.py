"""The command line says what it did, and what to do when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.cli import sandbox
from q2c_pipelines.platforms.file_drop.emulator import FAULTS

Run = Callable[..., Any]


@pytest.fixture
def run(q2c: Run) -> Run:
    """Runs `q2c sandbox` with these arguments."""
    return lambda *arguments: q2c("sandbox", *arguments)


@pytest.mark.parametrize(
    "command", [["advance", "--hours", "1"], ["truth"], ["effects"], ["status"], ["plant", "--all"]], ids=" ".join
)
def test_without_a_running_sandbox_every_command_says_how_to_start_it(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert result.code == 1
    assert "start it with `q2c sandbox serve`" in result.err


class Told:
    """A running sandbox that gives the answers it was given."""

    def __init__(self, **answers: Any):
        self._answers = answers

    def call(self, what: str, **_: Any) -> Any:
        return self._answers[what]


def test_the_truth_and_the_clock_are_told_as_other_money_and_times_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at = "2026-11-05T00:00:00+00:00"
    planted = {"serial": 1, "rule": "price_differs", "chain": "US", "amount": "3277.2", "currency": "USD", "planted_at": at}
    told = {"now": at, "deals": 2000, "seed": 42, "platforms": {"zuora": {"url": "http://here", "faults": []}}}
    monkeypatch.setattr(sandbox, "_remote", lambda: Told(truth=[planted], status=told, advance={"now": at}))
    assert run("truth").out.splitlines()[2].split() == ["1", "price_differs", "US", "3,277.20", "USD", "2026-11-05", "00:00"]
    assert run("truth", "--json").json == [planted]
    title, heading, row = run("status").out.splitlines()
    assert title == "The sandbox at 2026-11-05 00:00 UTC, 2,000 deals of seed 42"
    assert (heading.split(), row.split()) == (["platform", "base", "URL", "faults"], ["zuora", "http://here", "none"])
    assert run("status", "--json").json == told
    assert run("advance", "--hours", "1").out.splitlines()[-1] == "2026-11-05 00:00"


def test_a_changed_record_is_told_as_the_platform_holds_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id can be given to the next command."""
    monkeypatch.setattr(sandbox, "_remote", lambda: Told(change={"id": 1031400, "startdate": "2025-03-05", "memo": None}))
    changing = ("change", "netsuite", "transaction", "1031400", "--set", "startdate=2025-03-05")
    assert [line.split() for line in run(*changing).out.splitlines()[2:]] == [["id", "1031400"], ["startdate", "2025-03-05"]]
    assert run(*changing, "--json").json == [{"column": "id", "value": 1031400}, {"column": "startdate", "value": "2025-03-05"}]


ONLY_AFTER = "only after q2c sandbox advance --hours 25: what is new is not yet due, its hand-off has up to 24 h"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["order_not_billed"], "to be found by the next q2c sync"),
        (["order_duplicated"], f"to be found by the next q2c sync, {ONLY_AFTER}"),
        (["quote_not_ordered"], f"to be found by the next q2c sync, {ONLY_AFTER}"),
        (["order_not_billed", "order_duplicated"], f"to be found by the next q2c sync, order_duplicated {ONLY_AFTER}"),
    ],
    ids=["an old document", "a new record", "a deal just won", "both"],
)
def test_who_plants_learns_when_it_will_be_found(run: Run, monkeypatch: pytest.MonkeyPatch, rules: list[str], said: str) -> None:
    at = "2026-11-05T00:00:00+00:00"
    planted = [{"serial": 1, "rule": rule, "chain": "US", "amount": "1", "currency": "USD", "planted_at": at} for rule in rules]
    monkeypatch.setattr(sandbox, "_remote", lambda: Told(plant=planted))
    assert run("plant", "--all").out.splitlines()[-1] == said
    assert run("plant", "--all", "--json").json == planted


def test_errors_are_json_where_json_is_asked_for(home: Path, run: Run) -> None:
    result = run("truth", "--json")
    assert result.code == 1
    assert "not running" in result.json["error"]


def test_reset_makes_a_new_company(home: Path, run: Run) -> None:
    result = run("reset", "--deals", "50", "--seed", "7", "--json")
    assert result.code == 0
    assert result.json == [{"now": "2026-11-01T00:00:00+00:00", "deals": 50, "seed": 7, "platforms": ""}]
    assert (home / "sandbox" / "sandbox.sqlite").exists()


def test_reset_leaves_the_rest_of_the_home_alone(home: Path, run: Run) -> None:
    (home / "operations.db").write_text("kept")
    assert run("reset").code == run("reset").code == 0
    assert (home / "operations.db").read_text() == "kept"


def test_another_size_is_refused_by_serve(home: Path, run: Run) -> None:
    run("reset", "--deals", "50")
    result = run("serve", "--deals", "60", "--port", "0")
    assert result.code == 1
    assert "reset the sandbox" in result.err


def test_plant_wants_a_rule_or_all(home: Path, run: Run) -> None:
    result = run("plant")
    assert result.code == 1
    assert "name one rule, or give --all" in result.err


def test_a_file_is_handed_over_or_spoilt_on_purpose(home: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "online_retail_1.csv").write_text("a,b\n1,2\n")
    whole, spoilt = (run("drop", str(tmp_path / "online_retail_1.csv"), *fault) for fault in ([], ["--fault", "growing"]))
    folder = home / "sandbox" / "file_drop"
    assert (whole.code, spoilt.code) == (0, 0)
    assert (folder / "online_retail_1.csv").read_text() == "a,b\n1,2\n"
    assert (folder / "online_retail_1.csv.part").exists()
    assert "growing, truncated" in run("drop", str(tmp_path / "online_retail_1.csv"), "--fault", "lost").err
    assert [fault for fault in FAULTS if fault not in run("drop", "--help").out.replace("\n", " ")] == []
