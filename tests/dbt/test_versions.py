"""A model of versions holds each that was read, whatever order the loads come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

START = datetime(2026, 1, 1, tzinfo=UTC)
NAME = "base_acme__thing_version"


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def thing(number: int, kind: str, hour: int, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": number, "changed_at": at(hour), "q2c_read_at": at(10)} | more


@pytest.fixture(scope="module")
def loaded(acme: Any) -> Any:
    """The project with a model of versions, after loads that were each taken by a run of its own."""
    columns = [("id", "bigint"), ("kind", "string"), ("q2c_load_id", "string"), ("q2c_version_at", "timestamp")]
    model = {
        "name": NAME,
        "config": {"meta": {"cursor": "changed_at"}},
        "columns": [{"name": name, "data_type": kind} for name, kind in columns],
    }
    folder = acme.folder / "models"
    folder.joinpath(f"{NAME}.sql").write_text("{{ versions('acme', 'thing') }}")
    folder.joinpath(f"{NAME}.yml").write_text(yaml.safe_dump({"version": 2, "models": [model]}))
    table = acme.platform.tables["thing"]
    acme.lake.load(table, "1000.1", thing(1, "open", 1), thing(2, "open", 1))
    acme.dbt("run")
    acme.lake.load(table, "1000.3", thing(1, "done", 5), thing(1, "done", 7), thing(2, "open", 6, q2c_is_deleted=True))
    acme.lake.load(table, "1000.4", thing(3, "open", 99))
    acme.lake.load(table, "1000.5", thing(4, "open", 1), committed=False)
    acme.dbt("run")
    acme.lake.load(table, "1000.2", thing(1, "done", 3))
    acme.dbt("run")
    return acme


def test_every_version_is_there_once_and_a_deletion_is_none(loaded: Any) -> None:
    rows = loaded.query(f"select id, kind, q2c_version_at from canonical.{NAME} where id < 3 order by all")
    assert [(row["id"], row["kind"], row["q2c_version_at"]) for row in rows] == [
        (1, "done", at(3).replace(tzinfo=None)),
        (1, "done", at(5).replace(tzinfo=None)),
        (1, "done", at(7).replace(tzinfo=None)),
        (1, "open", at(1).replace(tzinfo=None)),
        (2, "open", at(1).replace(tzinfo=None)),
    ]


def test_no_version_is_younger_than_the_read_that_brought_it(loaded: Any) -> None:
    (row,) = loaded.query(f"select q2c_version_at from canonical.{NAME} where id = 3")
    assert row["q2c_version_at"] == at(10).replace(tzinfo=None)


def test_an_uncommitted_load_does_not_count(loaded: Any) -> None:
    assert loaded.query(f"from canonical.{NAME} where id = 4") == []


def test_taking_load_by_load_gives_what_taking_all_at_once_gives(loaded: Any) -> None:
    count, different = loaded.differing(loaded.anew("run"))
    assert count > 5
    assert not different
