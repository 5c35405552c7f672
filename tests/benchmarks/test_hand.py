"""The hand-written SQL that the build is measured against gives what the build gives."""

from pathlib import Path

from benchmarks import build, company_lake
from q2c_pipelines.config import Settings


def test_both_sides_give_the_same_rows(tmp_path: Path) -> None:
    company = Settings(home=tmp_path, platforms=list(company_lake.PLATFORMS))
    company_lake.make(company.home / "lake", deals=1000)
    build.everything(company)
    build.hand(company)
    assert {result: count for result, count in build.differences(company).items() if count} == {}
