"""The company is filled once, moves with its clock, and never undoes what was written or deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.sandbox.company import Company, reset
from q2c_pipelines.sandbox.emulators import Emulator
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.world import chunk
from tests.sandbox.conftest import COMPANIES

SOON = timedelta(days=40)


def state(company: Company) -> State:
    return company.emulation("abacus").state


def content(company: Company) -> list[Any]:
    return [state(company).select(f"select * from {table} order by 1") for table in ("invoice", "account")]


def test_history_is_filled_up_to_the_clock(company: Company, size: Size) -> None:
    world = chunk(size.seed, 0, size.deals)
    posted = world.invoices.filter(world.invoices["posted_at"] <= company.now)
    assert state(company).select("select count(*) as n from invoice") == [{"n": posted.height}]
    assert 0 < posted.height < world.invoices.height


def test_advancing_gives_what_the_world_is_at_the_later_time(company: Company, size: Size, emulators: dict[str, Emulator]) -> None:
    before = content(company)[0]
    company.advance(SOON)
    invoices = emulators["abacus"].rows(chunk(size.seed, 0, size.deals), company.now)["invoice"]
    expected = dict(zip(invoices["number"], invoices["status"], strict=True))
    assert {row["number"]: row["status"] for row in content(company)[0]} == expected
    assert len(expected) > len(before)


def test_a_deleted_record_stays_deleted(company: Company) -> None:
    open_one = state(company).select("select number from invoice where status = 'open' order by number")[0]["number"]
    state(company).delete("invoice", open_one, company.now)
    company.advance(SOON)
    assert state(company).get("invoice", open_one) is None


def test_what_was_written_stays_while_the_world_changes_other_columns(company: Company) -> None:
    open_one = state(company).select("select number from invoice where status = 'open' order by number")[0]["number"]
    state(company).update("invoice", open_one, {"amount": 1.25}, company.now)
    company.advance(SOON)
    row = state(company).get("invoice", open_one)
    assert row
    assert (row["amount"], row["status"]) == (1.25, "paid")


def test_the_clock_only_moves_forward(company: Company) -> None:
    with pytest.raises(SandboxError, match="only moves forward"):
        company.advance(timedelta(0))


def test_a_tick_is_told_from_when_to_when(tmp_path: Path, emulators: dict[str, Emulator], size: Size) -> None:
    told: list[tuple[Emulation, datetime, datetime]] = []
    watching = {"abacus": replace(emulators["abacus"], tick=lambda *call: told.append(call))}
    company = Company(tmp_path, watching, size, chains=COMPANIES)
    company.advance(timedelta(hours=2))
    assert told == [(company.emulation("abacus"), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, 2, tzinfo=UTC))]
    company.close()


def test_everything_is_kept_over_a_restart(company: Company, emulators: dict[str, Emulator]) -> None:
    company.advance(timedelta(hours=5))
    state(company).delete("account", state(company).select("select id from account")[0]["id"], company.now)
    held, now, secret = content(company), company.now, company.emulation("abacus").credentials
    company.close()
    again = Company(company.home, emulators, chains=COMPANIES)
    assert (content(again), again.now, again.emulation("abacus").credentials) == (held, now, secret)
    again.close()


def test_a_platform_that_comes_later_is_filled_then(tmp_path: Path, emulators: dict[str, Emulator], size: Size) -> None:
    Company(tmp_path, {"abacus": emulators["abacus"]}, size, chains=COMPANIES).close()
    both = Company(tmp_path, emulators, chains=COMPANIES)
    assert both.emulation("zither").state.select("select * from invoice") == state(both).select("select * from invoice")
    both.close()


def test_an_interrupted_advance_is_finished_at_the_next_start(company: Company, emulators: dict[str, Emulator]) -> None:
    before, target = content(company), company.now + SOON
    company.memory.put("target", target.isoformat())
    company.close()
    again = Company(company.home, emulators, chains=COMPANIES)
    assert again.now == target
    assert len(content(again)[0]) > len(before[0])
    again.close()


def test_another_size_is_refused_until_reset(company: Company, emulators: dict[str, Emulator]) -> None:
    company.close()
    with pytest.raises(SandboxError, match="reset the sandbox"):
        Company(company.home, emulators, Size(seed=5, deals=700), chains=COMPANIES)
    reset(company.home)
    fresh = Company(company.home, emulators, Size(seed=6, deals=100), chains=COMPANIES)
    assert fresh.size == Size(6, 100)
    fresh.close()


def test_a_home_is_held_by_one_at_a_time(company: Company, emulators: dict[str, Emulator]) -> None:
    with pytest.raises(SandboxError, match="already running"):
        Company(company.home, emulators, chains=COMPANIES)
    with pytest.raises(SandboxError, match="already running"):
        reset(company.home)


def test_an_unknown_platform_is_answered_with_those_there_are(company: Company) -> None:
    with pytest.raises(SandboxError, match="abacus, zither"):
        company.emulation("abakus")


def test_only_what_came_through_the_api_counts_as_an_effect(company: Company) -> None:
    state(company).insert("account", {"id": "a"}, company.now)
    state(company).insert("account", {"id": "b"}, company.now, by="sandbox")
    state(company).update("account", "a", {"name": "n"}, company.now)
    assert company.effects() == [
        {"platform": "abacus", "table_name": "account", "change": "insert", "records": 1},
        {"platform": "abacus", "table_name": "account", "change": "update", "records": 1},
    ]
