"""A change of a made company moves records that it has, each once, and the more the more deals changed."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks import company_lake
from q2c_pipelines.platforms import spec

DEALS, MADE, SHARES = 2000, "made", (100, 10)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lakes")
    company_lake.make(folder / MADE, DEALS)
    company_lake.change({every: folder / str(every) for every in SHARES}, DEALS)
    return folder


def rows(lake: Path, platform: str, table: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(file) for file in (lake / platform / table).glob("*.parquet")])


@pytest.mark.parametrize("platform", company_lake.PLATFORMS)
def test_what_changed_is_there_already_and_changes_once(lakes: Path, platform: str) -> None:
    moved = 0
    for table, declared in spec.load(platform).tables.items():
        if not (lakes / str(SHARES[-1]) / platform / table).exists():
            continue
        key = [spec.lake_name(name) for name in declared.key]
        known, changed = rows(lakes / MADE, platform, table), rows(lakes / str(SHARES[-1]), platform, table)
        assert not changed.select(key).is_duplicated().any(), table
        assert changed.join(known, on=key, how="anti").is_empty(), table
        moved += changed.height
    assert moved


def test_the_more_deals_changed_the_more_is_moved(lakes: Path) -> None:
    made, few, many = (rows(lakes / str(lake), "zuora", "invoice").height for lake in (MADE, *SHARES))
    assert few * 5 < many < made / 5
