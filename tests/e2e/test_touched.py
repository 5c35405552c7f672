"""Deriving only what was touched ends where deriving everything ends, whatever was edited; and it derives nothing else."""

from __future__ import annotations

import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from q2c_pipelines import warehouse
from q2c_pipelines.config import Settings
from tests.chaos.warehouses import differences
from tests.e2e.conftest import US, Lived
from tests.e2e.disturbance import disturb, refer

PLATFORMS = ["salesforce", "zuora", "stripe", "netsuite"]
PLACES = "select native_id from canonical.fct_quote order by rowid"  # what is derived anew comes last

LOG = "select count(*) as told, count(*) filter (version > 1) as again, max(position) as position from canonical.business_event_log"


def test_what_the_touched_deals_become_is_what_all_deals_become(lived: Lived, tmp_path: Path) -> None:
    grown = Settings(home=tmp_path / "grown", platforms=US)
    anew = Settings(home=tmp_path / "anew", lake=str(tmp_path / "grown" / "lake"), platforms=US)
    shutil.copytree(lived.house.home / "lake", grown.home / "lake")
    shutil.copy(lived.house.settings.warehouse_file, grown.warehouse_file)
    before = {row["native_id"]: place for place, row in enumerate(warehouse.query(grown, PLACES))}
    disturb(grown.home / "lake", PLATFORMS, seed=1, later=timedelta(hours=30), records=10)
    warehouse.build(grown)
    after = [before.get(row["native_id"], -1) for row in warehouse.query(grown, PLACES)]
    standing = next(count for count, (one, other) in enumerate(pairwise(after), 1) if other < one)
    assert len(before) / 4 < standing < len(before)
    for place in range(2):  # one after the other, journals of two deals come to have one reference, of a kind that nothing expects
        refer(grown.home / "lake", "netsuite", "transaction", "custbody_journal_ref", "ACCRUAL-7", place)
        run = warehouse.build(grown).seconds
        generated = {name for name in run if name.startswith("base_") and not name.endswith("_version")}
        assert generated == {"base_netsuite__transaction"}
        assert not {name for name in run if name.startswith("stg_") or name == "mart_deal_timeline"}, "views stand"
    assert warehouse.query(grown, "select 1 from mismatches.mismatch__posting_duplicated where evidence like '%ACCRUAL-7%'")
    (log,) = warehouse.query(grown, LOG)
    assert log["again"] > 0, "what was edited is told otherwise"
    assert log["told"] == log["position"], "and what was told before is told still"
    warehouse.rebuild(anew)
    assert differences(grown.warehouse_file, anew.warehouse_file) == []
