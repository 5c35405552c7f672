"""What a build tells DuckDB before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jinja2 import Template

from q2c_pipelines import project
from q2c_pipelines.config import Settings
from q2c_pipelines.project import DBT_PROJECT


def _profile(settings: Settings) -> Any:
    told = project.environment(settings)
    text = Template((DBT_PROJECT / "profiles.yml").read_text()).render(env_var=lambda name, default: told.get(name, default))
    return yaml.safe_load(text)["q2c"]["outputs"]["local"]


@pytest.fixture
def profile(tmp_path: Path) -> Any:
    return _profile(Settings(home=tmp_path, memory="3GiB"))


@pytest.fixture
def db(profile: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database opened as dbt opens the warehouse."""
    with duckdb.connect(config=profile.get("config_options", {})) as opened:
        yield opened


def test_every_thread_of_a_build_joins_as_it_is_written(db: duckdb.DuckDBPyConnection) -> None:
    assert _told(db.cursor())["disabled_optimizers"] == "join_order"


def test_a_thread_that_begins_sets_nothing_that_the_others_read(profile: Any, db: duckdb.DuckDBPyConnection) -> None:
    """dbt makes these settings by every cursor that it opens; one of the whole database crashes a query that is just planned."""
    planning, beginning = db.cursor(), db.cursor()
    before = _told(planning)
    for name, value in profile["settings"].items():
        beginning.execute(f"set {name} = '{value}'")
    assert _told(planning) == before


def test_a_build_keeps_in_memory_what_it_is_told(db: duckdb.DuckDBPyConnection) -> None:
    assert _told(db.cursor())["memory_limit"] == "3.0 GiB"


def test_a_build_leaves_room_for_what_duckdb_does_not_count(tmp_path: Path) -> None:
    with duckdb.connect() as by_itself, duckdb.connect(config=_profile(Settings(home=tmp_path))["config_options"]) as ours:
        (most, unit), (spared, same) = (_told(each)["memory_limit"].split() for each in (by_itself, ours))
    assert unit == same
    assert float(spared) == pytest.approx(float(most) * 3 / 4, rel=0.02)


def _told(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(cursor.execute("select name, value from duckdb_settings()").fetchall())
