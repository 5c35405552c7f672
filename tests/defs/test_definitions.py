"""The Dagster graph: whole, documented, and one line from every platform's table to the actions."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from q2c_pipelines.config import Settings
from q2c_pipelines.defs import build
from q2c_pipelines.mismatches.rules import load_all
from q2c_pipelines.project import DBT_PROJECT


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build(Settings(home=Path(tmp_path_factory.mktemp("home"))))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    dg.Definitions.validate_loadable(definitions)
    return definitions.resolve_asset_graph()


# What a legacy system knows of other platforms' documents, and of what quote-to-cash does not ask: read for analysts alone.
FOR_ANALYSTS = {
    f"legacy_oms/{table}" for table in ("invoices", "payments", "price_lists", "shipments", "notes", "integration_outbox")
}


def test_every_table_of_every_platform_leads_to_the_actions(graph: AssetGraph) -> None:
    last = dg.AssetKey(["operations", "planned_actions"])
    upstream = _ancestors(graph, last)
    tables = {key for key in graph.get_all_asset_keys() if (graph.get(key).group_name or "").startswith("lake_")}
    assert tables
    unused = {"/".join(key.path) for key in tables - upstream}
    assert unused == FOR_ANALYSTS, "read, but nothing depends on it"


def test_every_asset_has_a_group_an_owner_a_kind_and_a_description(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.owners, key
        assert node.kinds, key
        assert node.description, key


def test_a_description_is_for_people_and_the_sql_beside_it(graph: AssetGraph) -> None:
    node = graph.get(dg.AssetKey(["canonical", "fct_invoice"]))
    assert node.description == "Every invoice that a platform holds, with its deal and its customer."
    assert node.metadata["file"] == "models/canonical/entities/fct_invoice.sql"
    assert (DBT_PROJECT / node.metadata["file"]).read_text().strip() in node.metadata["sql"].value
    columns = {column.name: column for column in node.metadata["dagster/column_schema"].columns}
    assert columns["amount"].type == "decimal(18,4)"
    assert all(column.description for column in columns.values())


def test_a_rule_belongs_to_its_owner_and_says_first_what_it_looks_for(graph: AssetGraph) -> None:
    for code, rule in load_all().items():
        node = graph.get(dg.AssetKey(["mismatches", f"mismatch__{code}"]))
        assert list(node.owners) == [f"team:{rule.owner.replace('_', '-')}"]
        assert node.description.startswith(rule.says)


def test_the_operations_store_shows_the_columns_it_is_read_back_with(graph: AssetGraph) -> None:
    columns = {
        name: {
            column.name: column for column in graph.get(dg.AssetKey(["operations", name])).metadata["dagster/column_schema"].columns
        }
        for name in ("cases", "planned_actions")
    }
    assert columns["cases"]["assignee"].description
    assert columns["planned_actions"]["amount"].type == "decimal(18,4)"


def test_the_graph_of_groups_reads_from_left_to_right(graph: AssetGraph) -> None:
    groups = {key: graph.get(key).group_name or "" for key in graph.get_all_asset_keys()}
    edges = {(groups[parent], group) for key, group in groups.items() for parent in graph.get(key).parent_keys}
    behind: dict[str, set[str]] = {group: {a for a, b in edges if b == group and a != group} for group in groups.values()}
    assert len(list(TopologicalSorter(behind).static_order())) == len(behind)
    assert {"lake_netsuite", "staging_netsuite", "observed", "entities", "expected", "mismatches", "actions", "operations"} <= set(
        behind
    )


def test_gates_block(graph: AssetGraph, definitions: dg.Definitions) -> None:
    checks = [spec for each in definitions.asset_checks or () for spec in each.check_specs]
    assert {spec.name for spec in checks} == {"lake_gate", "canonical_gate", "mismatches_gate", "actions_gate"}
    assert all(spec.blocking for spec in checks)
    gated = {spec.asset_key for spec in checks}
    assert gated <= _ancestors(graph, dg.AssetKey(["published", "marts"]))


def test_jobs_schedules_and_sensors(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {"ingest", "ingest_changes", "reconcile", "deliver", "backfill"} <= set(repository.job_names)
    assert [schedule.cron_schedule for schedule in repository.schedule_defs] == ["0 * * * *"]
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "due_actions",
        "change_feed",
        "reconcile_after_reading",
        "reconcile_after_failed_reading",
    }


def _ancestors(graph: AssetGraph, key: dg.AssetKey) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys - found:
            found.add(parent)
            waiting.append(parent)
    return found
