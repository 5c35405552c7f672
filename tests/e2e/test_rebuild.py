"""The warehouse is disposable: what grew day by day is what is made anew from the lake."""

from __future__ import annotations

import shutil
from pathlib import Path

from q2c_pipelines import cycle, news, project, warehouse
from q2c_pipelines.config import Settings
from tests.chaos.warehouses import differences, tables
from tests.dbt.conftest import HandmadeLake, Project
from tests.e2e.conftest import BROKEN, US, Lived


def test_what_grew_day_by_day_is_what_is_made_anew(lived: Lived, tmp_path: Path) -> None:
    grown = lived.house.settings
    anew = Settings(home=tmp_path, lake=grown.lake_store.url, platforms=US)
    _, verdicts = cycle.rebuild(anew)
    assert [str(verdict) for verdict in verdicts if verdict.blocks] == []
    assert differences(grown.warehouse_file, anew.warehouse_file) == []
    assert len(tables(anew.warehouse_file)) > 100
    assert warehouse.query(anew, "select count(*) as cases from canonical.operations_case")[0]["cases"] > 0
    assert news.why(anew) == "there is no finished build"


def test_every_break_is_found_in_what_grew(lived: Lived) -> None:
    found = warehouse.query(lived.house.settings, "select distinct rule from mismatches.fct_mismatches where state = 'break'")
    assert {row["rule"] for row in found} == set(BROKEN)


def test_what_the_models_and_seeds_declare_of_their_columns_holds(lived: Lived, tmp_path: Path) -> None:
    grown = lived.house.settings
    file = Path(shutil.copy(grown.warehouse_file, tmp_path))  # a run of dbt takes back that the build stands
    again = Project(
        project.DBT_PROJECT, HandmadeLake(Path(grown.lake_store.url)), file, tmp_path, variables=project.variables(grown)
    )
    assert len(again.dbt("test", "--exclude-resource-type", "unit_test").results) > 150


def test_a_deal_says_where_it_is_stuck_and_what_became_of_what_comes_next(lived: Lived) -> None:
    found = warehouse.query(
        lived.house.settings,
        "select distinct rule, last_good_stage, stuck_at, next_action, next_action_state, resolve_by is not null as has_case "
        "from marts.mart_deal_chain where rule in ('invoice_not_in_erp', 'crm_status_stale') order by rule, next_action",
    )
    assert [tuple(row.values()) for row in found] == [
        ("crm_status_stale", "posted", None, "UpdateField", "proposed", True),
        ("crm_status_stale", "posted", None, "UpdateStatus", "proposed", True),
        ("invoice_not_in_erp", "subscribed", "booking", "CreateInvoice", "proposed", True),
    ]
