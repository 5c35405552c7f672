"""A platform that is there twice has its staging twice, each under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from q2c_pipelines.lake import instances
from q2c_pipelines.lake.dbt_sources import DBT_PROJECT
from q2c_pipelines.platforms import spec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    instances.write([spec.load("stripe"), spec.load("stripe_ca"), spec.load("salesforce_emea")], DBT_PROJECT, tmp_path)
    return tmp_path / "staging"


def test_an_instance_stages_what_its_platform_does(folder: Path) -> None:
    staging = DBT_PROJECT / "models" / "staging" / "salesforce"
    ours = {str(file.relative_to(folder / "salesforce_emea")) for file in (folder / "salesforce_emea").rglob("*.*")}
    theirs = {str(file.relative_to(staging)).replace("_salesforce__", "_salesforce_emea__") for file in staging.rglob("*.*")}
    assert ours == theirs
    assert sorted(path.name for path in folder.iterdir()) == ["salesforce_emea", "stripe_ca"]


def test_an_instances_models_name_no_other(folder: Path) -> None:
    models = "".join(file.read_text() for file in (folder / "stripe_ca").rglob("*.sql"))
    assert "'stripe'" not in models
    assert "_stripe__" not in models
    assert models.count("cast('stripe_ca' as string) as platform") == len(list((folder / "stripe_ca").glob("stg_*.sql")))


def test_unit_tests_run_where_they_are_declared(folder: Path) -> None:
    assert not any("unit_tests" in yaml.safe_load(file.read_text()) for file in folder.rglob("*.yml"))


def test_an_instance_that_is_taken_out_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    instances.write([spec.load("stripe_ca")], DBT_PROJECT, tmp_path)
    assert {file.relative_to(folder).parts[0] for file in folder.rglob("*.*")} == {"stripe_ca"}


def test_what_is_right_is_not_written_again(folder: Path, tmp_path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*.*")}
    instances.write([spec.load("stripe_ca"), spec.load("salesforce_emea")], DBT_PROJECT, tmp_path)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("name", "kind"), [("stripe", "stripe"), ("stripe_ca", "stripe"), ("netsuite_emea_2", "netsuite"), ("stripes", "stripes")]
)
def test_an_instance_is_known_by_how_its_name_begins(name: str, kind: str) -> None:
    assert spec.kind_of(name) == kind
    assert spec.is_known(name) is (kind in spec.names())


def test_an_instance_is_declared_as_its_platform_is() -> None:
    one, other = spec.load("stripe"), spec.load("stripe_ca")
    assert (other.name, other.title, other.tables) == ("stripe_ca", "Stripe (ca)", one.tables)
