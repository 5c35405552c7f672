"""Every rule, action and mart by its own unit tests, over empty tables of the columns that the layers before them promise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from q2c_pipelines.mismatches.rules import PREFIX, ROOT, codes

PROJECT = ROOT / "dbt_project"
LAYERS = ("mismatches", "actions", "marts")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last three layers as they are, before them nothing but empty tables."""
    folder = tmp_path_factory.mktemp("layers")
    shutil.copytree(PROJECT / "macros", folder / "macros")
    for layer in LAYERS:
        shutil.copytree(PROJECT / "models" / layer, folder / "models" / layer)
    (folder / "models" / "before").mkdir()
    shutil.copy(PROJECT / "models" / "canonical" / "columns.md", folder / "models" / "before")
    for twin in [*(PROJECT / "models" / "canonical").rglob("*.yml"), *(PROJECT / "seeds").glob("*.yml")]:
        declared = yaml.safe_load(twin.read_text())
        for table in [*declared.get("models", []), *declared.get("seeds", [])]:
            (folder / "models" / "before" / f"{table['name']}.sql").write_text(_empty(table))
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    models = {layer: settings["models"]["q2c"][layer] for layer in LAYERS}
    kept = {name: settings[name] for name in ("name", "version", "config-version", "profile", "flags", "vars")}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(kept | {"models": {"q2c": {"+materialized": "table"} | models}}))
    return folder


def _empty(table: dict[str, Any]) -> str:
    types = table.get("config", {}).get("column_types") or {each["name"]: each["data_type"] for each in table["columns"]}
    nulls = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in types.items())
    return f"select {nulls} limit 0"


@pytest.fixture(scope="module")
def results(project: Path) -> dict[str, Any]:
    """How every model and every unit test went, by its id."""
    return dbt(project, "build", "--exclude-resource-type", "test")


def dbt(project: Path, *arguments: str) -> dict[str, Any]:
    """How each node that was run went, by its id."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("Q2C_LAKE", str(project / "lake"))
        environment.setenv("Q2C_WAREHOUSE", str(project / "warehouse.duckdb"))
        places = ["--project-dir", str(project), "--profiles-dir", str(PROJECT), "--target-path", str(project / "target")]
        quiet = ["--log-level", "none", "--log-path", str(project / "logs"), "--no-send-anonymous-usage-stats"]
        done = dbtRunner().invoke([*arguments, *places, *quiet])
        DuckDBConnectionManager.close_all_connections()
    assert done.exception is None, done.exception
    run = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"]: result for result in run}


def test_every_model_builds_and_every_unit_test_passes(results: dict[str, Any]) -> None:
    failed = {name: result["message"] for name, result in results.items() if result["status"] not in ("success", "pass")}
    assert not failed


def test_every_rule_was_tested(results: dict[str, Any]) -> None:
    tested = {name.split(".")[2] for name in results if name.startswith("unit_test.")}
    assert {f"{PREFIX}{code}" for code in codes()} <= tested


def test_without_a_rule_there_is_no_finding(project: Path, results: dict[str, Any]) -> None:
    told = dbt(project, "run", "--select", "rule", "finding", "fct_mismatches", "rule_status", "--vars", '{"enabled_rules": []}')
    assert [result["status"] for result in told.values()] == ["success"] * 4, told
