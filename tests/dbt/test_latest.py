"""Base models hold the latest version of every record, whatever order its loads come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

START = datetime(2026, 1, 1, tzinfo=UTC)
THING, WORD = "canonical.base_acme__thing", "canonical.base_acme__word"


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def thing(number: int, amount: str, hour: int, read: int | None = None) -> dict[str, Any]:
    return {"kind": "a", "id": number, "amount": Decimal(amount), "changed_at": at(hour), "q2c_read_at": at(read or hour)}


def gone(number: int, hour: int) -> dict[str, Any]:
    return {"kind": "a", "id": number, "changed_at": at(hour), "q2c_is_deleted": True, "q2c_read_at": at(hour)}


def word(key: str, text: str | None, read: int, **more: Any) -> dict[str, Any]:
    return {"id": key, "text": text, "q2c_read_at": at(read), **more}


@pytest.fixture(scope="module")
def loaded(acme: Any) -> Any:
    """The project after a history of loads, each taken by a run of its own."""
    lake, tables = acme.lake, acme.platform.tables
    steps: list[Callable[[], None]] = [
        lambda: lake.load(
            tables["thing"],
            "1000.1",
            thing(1, "1.00", 1),
            thing(2, "2.00", 1),
            thing(3, "3.00", 1),
            thing(4, "4.00", 1),
            thing(5, "5.00", 1),
        ),
        lambda: lake.load(tables["word"], "1000.2", word("x", "one", 1), word("y", "one", 1)),
        lambda: lake.load(tables["thing"], "1000.3", thing(1, "1.50", 5), gone(2, 5), gone(3, 5), gone(6, 5)),
        lambda: lake.load(tables["thing"], "1000.4", thing(8, "8.00", 4), committed=False),
        lambda: lake.load(tables["thing"], "1000.5", thing(1, "1.10", 3, 6), thing(3, "3.30", 3, 6), thing(6, "6.00", 2, 6)),
        lambda: lake.load(tables["thing"], "1000.7", thing(4, "4.10", 7), thing(4, "4.20", 8), thing(2, "2.50", 9)),
        lambda: lake.load(tables["word"], "1000.8", word("x", None, 9), word("y", None, 9, q2c_is_deleted=True)),
        lambda: lake.commit("1000.4"),
        lambda: lake.load(tables["thing"], "1000.35", thing(5, "9.99", 1)),
        lambda: lake.load(
            tables["thing"], "1000.91", thing(9, "9.00", 700_000, 10), thing(10, "1.00", 11, 10), thing(11, "1.00", 99, 10)
        ),
        lambda: lake.load(tables["thing"], "1000.92", thing(9, "9.10", 11), thing(10, "1.10", 10, 12), gone(11, 12)),
    ]
    for step in steps:
        step()
        acme.dbt("run")
    return acme


def test_the_newest_version_wins(loaded: Any) -> None:
    assert amounts(loaded)[1] == Decimal("1.50"), "a late load with an older version came after it"
    assert amounts(loaded)[4] == Decimal("4.20"), "two versions in one load"


def test_at_the_same_stamp_the_younger_load_wins(loaded: Any) -> None:
    assert amounts(loaded)[5] == Decimal("9.99")


def test_a_stamp_in_the_future_gives_way_to_what_is_read_later(loaded: Any) -> None:
    assert amounts(loaded)[9] == Decimal("9.10")
    assert things(loaded)[11]["q2c_is_deleted"]


def test_of_an_hour_that_the_clock_shows_twice_the_version_read_later_wins(loaded: Any) -> None:
    assert amounts(loaded)[10] == Decimal("1.10"), "stamped an hour late, and read before that"


def test_a_deleted_record_keeps_its_last_known_values(loaded: Any) -> None:
    by_number = things(loaded)
    assert by_number[3]["q2c_is_deleted"]
    assert by_number[3]["amount"] == Decimal("3.30"), "the newest live version came after the deletion was seen"
    assert by_number[6]["q2c_is_deleted"]
    assert by_number[6]["amount"] == Decimal("6.00")


def test_a_record_that_changes_after_its_deletion_is_back(loaded: Any) -> None:
    assert not things(loaded)[2]["q2c_is_deleted"]


def test_a_load_that_commits_after_a_younger_one_is_taken(loaded: Any) -> None:
    assert amounts(loaded)[8] == Decimal("8.00")


def test_without_a_cursor_the_newest_read_wins(loaded: Any) -> None:
    x, y = loaded.table(WORD)
    assert (x["text"], x["q2c_is_deleted"]) == (None, False)
    assert (y["text"], y["q2c_is_deleted"]) == ("one", True)


def test_a_table_that_never_came_is_empty(loaded: Any) -> None:
    assert loaded.table("canonical.base_acme__never_seen") == []


def test_taking_load_by_load_gives_what_taking_all_at_once_gives(loaded: Any) -> None:
    count, different = loaded.differing(loaded.anew("run"))
    assert count > 5
    assert not different


def test_a_run_without_news_reads_nothing(loaded: Any) -> None:
    before = loaded.table(THING)
    assert loaded.lake.root.parent.name not in sql_of_thing(loaded)
    assert loaded.table(THING) == before


def test_an_uncommitted_load_does_not_count(loaded: Any) -> None:
    table = loaded.platform.tables["thing"]
    loaded.lake.load(table, "1000.9", thing(77, "7.00", 9), committed=False)
    loaded.lake.load(table, "1001.0", thing(78, "7.00", 9))
    loaded.dbt("run")
    assert 77 not in things(loaded)
    assert 78 in things(loaded)
    loaded.lake.commit("1000.9")
    loaded.dbt("run")
    assert 77 in things(loaded)


def test_what_is_defined_otherwise_is_made_anew(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = next(loaded.folder.rglob("base_acme__thing.yml"))
    declared.write_text(declared.read_text().replace("decimal(18,2)", "double").replace("cursor: changedAt", "cursor: null"))
    loaded.dbt("run")
    assert isinstance(amounts(loaded)[8], float)
    count, different = loaded.differing(loaded.anew("run"))
    assert count > 5
    assert not different
    monkeypatch.setenv("Q2C_READING", "other macros")
    assert loaded.lake.root.parent.name in sql_of_thing(loaded)


def sql_of_thing(project: Any) -> str:
    """What a run of that model ran."""
    done = project.dbt("run", "--select", "base_acme__thing").results
    (sql,) = (each.node.compiled_code for each in done if each.node.name == "base_acme__thing")
    return str(sql)


def things(project: Any) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in project.table(THING)}


def amounts(project: Any) -> dict[int, Decimal]:
    return {number: row["amount"] for number, row in things(project).items()}
