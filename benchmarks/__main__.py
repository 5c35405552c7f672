"""`python -m benchmarks`: measures everything, prints the tables and writes results.md; `--quick` only tries out that it works."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import build, company_lake, identity, measure, pages, report
from benchmarks.measure import Cost
from q2c_pipelines import warehouse
from q2c_pipelines.config import PROJECT, Settings
from q2c_pipelines.sandbox.running import running

HOME = PROJECT / "var" / "benchmarks"
# size, repeats
FULL = {"reading": (1_000_000, 3), "building": (125_000, 1), "growing": (1_000_000, 1), "cycling": (2000, 3), "identity": (2000, 1)}
QUICK = {"reading": (200_000, 1), "building": (5000, 1), "growing": (10_000, 1), "cycling": (500, 1), "identity": (800, 1)}
CHANGED = (1000, 100, 10)  # one deal in so many


def reading(home: Path, records: int, repeats: int) -> str:
    """Pages into the lake, beside a plain loop."""
    pages.make(home / "pages", records)
    costs: dict[str, list[Cost]] = {}
    with pages.served(home / "pages") as url:
        for kind in ("json", "csv"):
            sides = {f"{side} {kind}": _side("ingest", side, kind, url, home / "read" / side) for side in ("plain", "ours")}
            costs |= measure.in_turns(repeats, **sides)
    return report.reading(costs)


def building(home: Path, deals: int, repeats: int) -> str:
    """The warehouse from nothing and after a change, beside hand-written SQL."""
    full = _company(home, deals)
    _change(home, deals, [100])
    costs = measure.in_turns(
        repeats,
        hand=_side("build", "hand", full.home),
        same=_side("build", "same", full.home),
        all=_side("build", "all", full.home),
        update=lambda: _updated(home, deals, 100),
    )
    return report.building(costs, build.differences(full), build.lines(full))


def growing(home: Path, deals: int, repeats: int) -> str:
    """What a change costs by how much changed, beside SQL by hand and all made anew; in a company, and in one a tenth of it."""
    costs: dict[int, dict[str, list[Cost]]] = {}
    for size in (deals // 10, deals):
        full = _company(home, size).home
        sides = {side: _side("build", side, full) for side in ("hand", "all")}
        _change(home, size, CHANGED)
        sides |= {f"dbt, after {1 / every:.1%} changed": partial(_updated, home, size, every) for every in CHANGED}
        costs[size] = measure.in_turns(repeats, **sides)
    return report.growing(costs)


def _company(home: Path, deals: int) -> Settings:
    """A company whose lake is made, as it is."""
    full = _settings(home / f"full_{deals}")
    if not (full.home / "made").exists():
        company_lake.make(full.home / "lake", deals)
        (full.home / "made").touch()
    warehouse.manifest(full)
    return full


def _change(home: Path, deals: int, shares: Sequence[int]) -> None:
    """Beside a company's lake others, each with one load more, in which one deal in so many changed."""
    homes = {every: _settings(home / f"changed_{deals}_{every}").home for every in shares}
    missing = {every: place for every, place in homes.items() if not (place / "made").exists()}
    for place in missing.values():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(home / f"full_{deals}" / "lake", place / "lake", copy_function=os.link)
    if missing:
        company_lake.change({every: place / "lake" for every, place in missing.items()}, deals)
    for place in missing.values():
        (place / "made").touch()


def _updated(home: Path, deals: int, every: int) -> Cost:
    """A build after one deal in so many changed, from the warehouse that the company has."""
    full, changed = _settings(home / f"full_{deals}"), _settings(home / f"changed_{deals}_{every}")
    warehouse.manifest(changed)
    shutil.copyfile(full.warehouse_file, changed.warehouse_file)
    cost = measure.run("build", "update", changed.home)
    changed.warehouse_file.unlink()
    return cost


def _settings(home: Path) -> Settings:
    return Settings(home=home, platforms=list(company_lake.PLATFORMS))


def cycling(home: Path, deals: int, repeats: int) -> str:
    """Whole cycles on the simulated company: the first, one without news, one after a day."""
    place = home / "company"
    shutil.rmtree(place, ignore_errors=True)
    with running(place, deals=deals) as sandbox:
        costs = {"first": [measure.run("cycles", place)], "no news": [], "a day later": []}
        measure.run("cycles", place)  # the second one turns from reading lists to reading events
        for _ in range(repeats):
            costs["no news"].append(measure.run("cycles", place))
            sandbox.call("advance", seconds=24 * 3600)
            costs["a day later"].append(measure.run("cycles", place))
    return report.cycling(costs)


def finding(home: Path, companies: int, repeats: int) -> str:
    """Which records are one and the same, held against what is true; `repeats` count nothing, the result is always the same."""
    return report.identity(identity.measured(home, companies))


PARTS: dict[str, Callable[[Path, int, int], str]] = {
    "reading": reading,
    "building": building,
    "growing": growing,
    "cycling": cycling,
    "identity": finding,
}


def _side(module: str, *arguments: object) -> Callable[[], Cost]:
    return lambda: measure.run(module, *arguments)


def main() -> None:
    """Measure, print, write."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="small sizes, each once, and no results.md")
    asked.add_argument("--only", choices=list(PARTS))
    asked.add_argument("--home", type=Path, default=HOME, help="where made data is kept between runs")
    chosen = asked.parse_args()
    sizes = QUICK if chosen.quick else FULL
    told = {name: part(chosen.home, *sizes[name]) for name, part in PARTS.items() if chosen.only in (None, name)}
    text = report.whole(told, sizes)
    sys.stdout.write(text)
    if not (chosen.quick or chosen.only):
        (Path(__file__).parent / "results.md").write_text(text)


if __name__ == "__main__":
    main()
