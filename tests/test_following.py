"""Cases and plan are followed up without news where time, cases.yaml or a person has moved a case, and only there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines import following
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches.decisions import accept, comment, reopen
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Case
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict

HOUR = timedelta(hours=1)


def now() -> datetime:
    """The time when it is asked: between when tests are collected and when they run a whole hour can pass."""
    return datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that is checked, and was followed up three hours ago; what is late for an hour becomes graver."""
    settings = Settings(home=tmp_path, platforms=["stripe"], cases=tmp_path / "cases.yaml")
    settings.cases.write_text("overdue: [{after_hours: 1, raise_to: critical}]")
    settings.warehouse_file.touch()
    verdicts.keep(settings, [Verdict("lake", "t", "e", True, "critical", "n")])
    following.remember(settings, now() - 3 * HOUR)
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store(settings.operations_url) as opened:
        yield opened


def put(store: Store, **facts: Any) -> None:
    """A case that is so; times are told from now."""
    with store.work() as work:
        case = open_case(work, "f1", "it differs", kind="mismatch", rule="price_differs")
        for name, value in facts.items():
            setattr(case, name, now() + value if isinstance(value, timedelta) else value)
        work.commit()
    with store.reading() as session:
        assert session.get(Case, "f1")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"state": "accepted", "accepted_until": -HOUR}, "the time of a case has passed"),
        ({"state": "accepted", "accepted_until": HOUR}, ""),
        ({"state": "accepted", "accepted_until": -4 * HOUR}, ""),
        ({"state": "healed", "accepted_until": -HOUR}, ""),
        ({"resolve_by": -2 * HOUR}, "the time of a case has passed"),
        ({"resolve_by": -HOUR / 2}, ""),
        ({"resolve_by": -9 * HOUR}, ""),
        ({}, ""),
    ],
)
def test_the_time_of_a_case_passes_once(settings: Settings, store: Store, facts: dict[str, Any], why: str) -> None:
    put(store, **facts)
    assert following.why(settings) == why


def test_what_cases_yaml_says_counts_and_not_how_it_is_written(settings: Settings) -> None:
    settings.cases.write_text("# said again\noverdue:\n- {after_hours: 1, raise_to: critical}")
    assert following.why(settings) == ""
    settings.cases.write_text("overdue: []")
    assert following.why(settings) == "changed cases.yaml"


def test_a_channel_that_could_not_be_told_is_told_again(settings: Settings) -> None:
    following.remember(settings, now(), is_untold=True)
    assert following.why(settings) == "a channel could not be told"


@pytest.mark.parametrize("then", [None, "f2"], ids=["lost", "another"])
def test_a_store_that_does_not_go_on_from_the_one_before_is_filled_again(
    settings: Settings, store: Store, then: str | None
) -> None:
    put(store)
    following.remember(settings, now())
    put(store, evidence="it differs more")
    assert following.why(settings) == ""
    store.close()
    for file in settings.home.glob("operations.db*"):
        file.unlink()
    if then:
        with Store(settings.operations_url) as other, other.work() as work:
            open_case(work, then, "it differs", kind="mismatch", rule="price_differs")
            work.commit()
    assert following.why(settings) == following.OTHER_STORE
    following.remember(settings, now())
    assert following.why(settings) == ""


def test_a_store_that_was_put_back_to_an_earlier_state_is_filled_again(settings: Settings, store: Store) -> None:
    put(store)
    with sqlite3.connect(settings.home / "backup.db") as backup, sqlite3.connect(settings.home / "operations.db") as held:
        held.backup(backup)
    accept(store, "f1", "ann", "known")
    following.remember(settings, store.now())
    earlier = settings.model_copy(update={"operations": f"sqlite:///{settings.home / 'backup.db'}"})
    assert (following.why(settings), following.why(earlier)) == ("", following.OTHER_STORE)


def test_what_a_person_decided_moves_the_plan_and_what_is_noted_does_not(settings: Settings, store: Store) -> None:
    put(store)
    comment(store, "f1", "looked at", by="ann")
    assert following.why(settings) == ""
    accept(store, "f1", "ann", "known")
    assert following.why(settings) == "a person accepted or reopened a case"
    following.remember(settings, store.now())
    comment(store, "f1", "looked at again", by="ann")
    assert following.why(settings) == ""
    reopen(store, "f1", by="ann", reason="it is not")
    assert following.why(settings) == "a person accepted or reopened a case"


def test_behind_a_shut_gate_nothing_moves(settings: Settings) -> None:
    following.remember(settings, now(), is_untold=True)
    verdicts.keep(settings, [Verdict("lake", "t", "e", False, "critical", "n", 1)])
    assert following.why(settings) == ""
