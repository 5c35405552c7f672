"""What a model costs grows with its records, not with the pairs of them: no join of the build gives far more rows than it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.project import DBT_PROJECT
from tests.e2e.conftest import US, Lived

BY_PAIR = {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT"}
FEW = 150  # more than the months of the longest contract, which lines are laid out over
MANY, TIMES = 20_000, 60  # a document meets the periods of its company


def test_no_join_meets_pairs_that_grow_with_the_company(lived: Lived, tmp_path: Path) -> None:
    built = Settings(home=tmp_path, lake=lived.house.settings.lake_store.url, platforms=US)
    warehouse.rebuild(built)
    models = [file for file in sorted(tmp_path.rglob("compiled/**/models/**/*.sql")) if not file.stem.startswith("touched_")]
    assert len(models) > 200
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())["q2c"]["outputs"]["local"]
    as_built = {"disabled_optimizers": profile["config_options"]["disabled_optimizers"]}
    with duckdb.connect(str(built.warehouse_file), read_only=True, config=as_built) as db:
        for name, value in profile["settings"].items():
            db.execute(f"set {name} = '{value}'")
        found = {file.stem: list(dict.fromkeys(_swollen(_plan(db, file)))) for file in models}
    assert {model: joins for model, joins in found.items() if joins} == {}


@pytest.mark.parametrize(
    ("joined", "swollen"), [("a.id = b.id", False), ("a.kind = b.kind", True), ("a.id = b.id or a.id = b.other", True)]
)
def test_a_join_of_pairs_is_seen(tmp_path: Path, joined: str, swollen: bool) -> None:
    (tmp_path / "model.sql").write_text(f"select * from a inner join b on {joined}")
    with duckdb.connect() as db:
        db.execute("create table a as select range as id, range % 3 as kind from range(2000)")
        db.execute("create table b as select range as id, range % 3 as kind, range + 1 as other from range(2000)")
        assert bool(list(_swollen(_plan(db, tmp_path / "model.sql")))) is swollen


def _plan(db: duckdb.DuckDBPyConnection, file: Path) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(db.execute(f"explain (analyze, format json) {file.read_text()}").fetchall()[0][1])
    return plan


def _swollen(step: dict[str, Any]) -> Iterator[str]:
    """The joins of a plan that look at every pair, or give many more rows than either side has."""
    kind, rows = step.get("operator_type", ""), step.get("operator_cardinality") or 0
    sides = [each.get("operator_cardinality") or 0 for each in step["children"]]
    if len(sides) == 2 and ((kind in BY_PAIR and min(sides) > FEW) or ("JOIN" in kind and rows > max(MANY, TIMES * max(sides)))):
        yield f"{kind} of {sides[0]:,} with {sides[1]:,} gives {rows:,}: {step['extra_info'].get('Conditions', '')}"
    for each in step["children"]:
        yield from _swollen(each)
