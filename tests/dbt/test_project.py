"""The dbt project of the repository builds over any lake, and what it builds does not depend on the way there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from q2c_pipelines.lake.dbt_sources import DBT_PROJECT
from q2c_pipelines.platforms import spec

TAKE = ("run", "--select", "base_*", "path:models/canonical/lake")
BUILD = (
    "build",
    "--exclude-resource-type",
    "test",
    "unit_test",
    "--select",
    "path:seeds",
    "path:models/staging",
    "path:models/canonical",
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(make_project: Callable[..., Any]) -> Any:
    """The project after two loads of every declared table, the second with changes and deletions, and a failed read."""
    project = make_project()
    tables = [(name, table) for name in spec.names() for table in spec.load(name).tables.values()]
    for name, table in tables:
        project.lake.load(table, "1000.1", *(invented(table.schema, number, START) for number in range(4)), platform=name)
        project.lake.read(name, table.name, observed_through=START, read_started_at=START, logged_at=START)
    project.dbt(*TAKE)
    with duckdb.connect(str(project.warehouse)) as db:
        db.execute("create or replace view staging.defined as select 'by these definitions' as digest")
    later = START + timedelta(days=1)
    for name, table in tables:
        changed = [invented(table.schema, number, later) | {"q2c_is_deleted": number == 1} for number in range(1, 3)]
        project.lake.load(table, "1000.2", *changed, platform=name)
    project.lake.read("stripe", "charge", status="failed", error="refused", logged_at=later)
    project.dbt(*BUILD)
    return project


def test_every_observed_entity_and_expectation_can_be_built(built: Any) -> None:
    models = [path for path in (DBT_PROJECT / "models" / "canonical").rglob("*.sql") if path.parent.name != "touched"]
    names = {path.stem for path in models}
    made = {
        row["table_name"]
        for row in built.query("from information_schema.tables select table_name where table_schema = 'canonical'")
    }
    assert names == made


def test_after_any_run_of_dbt_no_build_stands(built: Any) -> None:
    assert built.table("staging.defined") == [{"digest": ""}]


def test_every_unit_test_of_staging_and_canonical_passes(built: Any) -> None:
    done = built.dbt("test", "--select", "path:models/staging,test_type:unit", "path:models/canonical,test_type:unit")
    assert len(done.results) > 40


def test_the_seeds_pass_their_own_tests_in_dbt_too(built: Any) -> None:
    done = built.dbt("test", "--select", "path:seeds", "--exclude", "touch_minutes")
    asked = " ".join(each.node.name for each in done.results)
    assert [
        each for each in ("refers_to", "unique_together", "has_rows", "has_all", "within", "in_order") if each not in asked
    ] == []


def test_a_full_rebuild_gives_the_same_tables(built: Any) -> None:
    count, different = built.differing(built.anew(*BUILD))
    assert count > 80
    assert different == []


def test_what_is_derived_by_deal_reads_only_what_is_derived_by_deal_or_watched(built: Any) -> None:
    nodes = json.loads((built.target / "manifest.json").read_text())["nodes"]
    made = {key: node["config"]["materialized"] for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    watched = {f"model.q2c.{name}" for name in ("xref_customer", "dim_system", "rule", "platform_freshness", "touched_document")}
    by_deal = [key for key, how in made.items() if how == "by_deal"]
    read = {(key, parent) for key in by_deal for parent in nodes[key]["depends_on"]["nodes"] if parent not in watched}
    assert {(key, parent) for key, parent in read if made[parent] not in ("by_deal", "watched", "seed")} == set()
    assert len(by_deal) > 40
    assert all("deal_key" in nodes[key]["columns"] for key in by_deal)


def test_the_facts_of_what_is_watched_are_tables_and_know_what_was_observed(built: Any) -> None:
    nodes = json.loads((built.target / "manifest.json").read_text())["nodes"]
    watched = [node["name"] for node in nodes.values() if node["config"].get("materialized") == "watched"]
    facts = [nodes[f"model.q2c.fct_{name.removeprefix('obs_')}"] for name in watched if name.startswith("obs_")]
    assert len(facts) > 10
    assert {each["config"]["materialized"] for each in facts} == {"by_deal"}
    assert [each["name"] for each in facts if each["config"]["meta"].get("kept")] == []
    assert all("digest" in each["columns"] for each in facts)


def test_a_platform_is_known_as_far_as_its_reads_came_to_their_end(built: Any) -> None:
    by_platform = {row["platform"]: row for row in built.table("canonical.platform_freshness")}
    assert by_platform["zuora"]["last_read_ok"]
    assert not by_platform["stripe"]["last_read_ok"]
    assert by_platform["stripe"]["observed_through"] == START.replace(tzinfo=None)


def invented(schema: pa.Schema, number: int, at: datetime) -> dict[str, Any]:
    """A record with a value of the right type in every column; records with one number refer to each other."""
    return {field.name: value(field.type, number, at) for field in schema} | {"q2c_read_at": at}


def value(kind: pa.DataType, number: int, at: datetime) -> Any:
    if pa.types.is_timestamp(kind):
        return at
    if pa.types.is_date(kind):
        return date(2026, 1, 1 + number)
    if pa.types.is_decimal(kind):
        return Decimal(number)
    if pa.types.is_boolean(kind):
        return number % 2 == 0
    return number if pa.types.is_integer(kind) else f"{number}"
