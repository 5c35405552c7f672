"""The warehouse is disposable: what grew day by day is what is made anew from the lake."""

from __future__ import annotations

from pathlib import Path

from q2c_pipelines import cycle, news, warehouse
from q2c_pipelines.config import Settings
from tests.chaos.warehouses import differences, tables
from tests.e2e.conftest import BROKEN, Lived


def test_what_grew_day_by_day_is_what_is_made_anew(lived: Lived, tmp_path: Path) -> None:
    grown = lived.house.settings
    anew = Settings(home=tmp_path, lake=grown.lake_store.url)
    _, verdicts = cycle.rebuild(anew)
    assert [str(verdict) for verdict in verdicts if verdict.blocks] == []
    assert differences(grown.warehouse_file, anew.warehouse_file) == []
    assert len(tables(anew.warehouse_file)) > 100
    assert news.why(anew) == "there is no finished build"


def test_every_break_is_found_in_what_grew(lived: Lived) -> None:
    found = warehouse.query(lived.house.settings, "select distinct rule from mismatches.fct_mismatches where state = 'break'")
    assert {row["rule"] for row in found} == set(BROKEN)
