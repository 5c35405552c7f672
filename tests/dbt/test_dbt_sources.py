"""The dbt side of the declarations is generated, complete, and never out of date unnoticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from q2c_pipelines.lake import dbt_sources
from q2c_pipelines.platforms import spec


def test_the_repositorys_files_are_what_the_declarations_give() -> None:
    wanted = dbt_sources.files([spec.load(name) for name in spec.names()], dbt_sources.DBT_PROJECT)
    assert dbt_sources.stale(wanted, dbt_sources.DBT_PROJECT) == [], "run `python -m q2c_pipelines.lake.dbt_sources`"


def test_every_declared_column_is_described_with_its_type(platform: Any, tmp_path: Path) -> None:
    wanted = dbt_sources.files([platform], tmp_path)
    source = yaml.safe_load(wanted[tmp_path / "models/staging/acme/_acme__sources.yml"])["sources"][0]
    thing = source["tables"][0]
    assert thing["config"]["meta"]["dagster"]["asset_key"] == ["acme", "thing"]
    columns = {column["name"]: column for column in thing["columns"]}
    assert set(columns) == {"kind", "id", "amount", "changed_at", "q2c_is_deleted", "q2c_read_at"}
    assert columns["id"]["data_type"] == "bigint"
    assert all(column["description"] for column in columns.values())


def test_a_base_model_knows_its_key_and_cursor_by_their_names_in_the_lake(platform: Any, tmp_path: Path) -> None:
    wanted = dbt_sources.files([platform], tmp_path)
    base = yaml.safe_load(wanted[tmp_path / "models/staging/acme/base/base_acme__thing.yml"])["models"][0]
    assert base["config"] == {"unique_key": ["kind", "id"], "meta": {"cursor": "changed_at"}}


def test_what_is_staged_is_found_by_its_files(platform: Any, tmp_path: Path) -> None:
    staging = tmp_path / "models/staging/acme"
    staging.mkdir(parents=True)
    (staging / "stg_acme__order.sql").write_text("select 1")
    assert "'order': ['acme']" in dbt_sources.files([platform], tmp_path)[tmp_path / "macros/staged_platforms.sql"]


@pytest.mark.parametrize("change", ["missing", "different", "no longer declared"])
def test_a_file_out_of_date_is_named_and_mended(platform: Any, tmp_path: Path, change: str) -> None:
    wanted = dbt_sources.files([platform], tmp_path)
    dbt_sources.write(wanted, tmp_path)
    file = tmp_path / "models/staging/acme/base/base_acme__thing.sql"
    if change == "missing":
        file.unlink()
    elif change == "different":
        file.write_text("select 1")
    else:
        file = file.with_name("base_acme__gone.sql")
        file.write_text("select 1")
    assert dbt_sources.stale(wanted, tmp_path) == [file]
    dbt_sources.write(wanted, tmp_path)
    assert dbt_sources.stale(wanted, tmp_path) == []
