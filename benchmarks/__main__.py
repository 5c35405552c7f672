"""`python -m benchmarks`: measures everything, prints the tables and writes results.md; `--quick` only tries out that it works."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import build, company_lake, identity, measure, pages, report
from benchmarks.measure import Cost
from q2c_pipelines import warehouse
from q2c_pipelines.config import PROJECT, Settings
from q2c_pipelines.sandbox.running import running

HOME = PROJECT / "var" / "benchmarks"
FULL = {"reading": (1_000_000, 3), "building": (125_000, 1), "cycling": (2000, 3), "identity": (2000, 1)}  # size, repeats
QUICK = {"reading": (200_000, 1), "building": (5000, 1), "cycling": (500, 1), "identity": (800, 1)}


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
    full, changed = (
        Settings(home=home / f"{name}_{deals}", platforms=list(company_lake.PLATFORMS)) for name in ("full", "changed")
    )
    if not (full.home / "made").exists():
        company_lake.make(full.home / "lake", deals)
        shutil.copytree(full.home / "lake", changed.home / "lake", copy_function=os.link, dirs_exist_ok=True)
        company_lake.change(changed.home / "lake", deals)
        (full.home / "made").touch()
    for settings in (full, changed):
        warehouse.manifest(settings)

    def update() -> Cost:
        shutil.copyfile(full.warehouse_file, changed.warehouse_file)
        return measure.run("build", "update", changed.home)

    costs = measure.in_turns(
        repeats,
        hand=_side("build", "hand", full.home),
        same=_side("build", "same", full.home),
        all=_side("build", "all", full.home),
        update=update,
    )
    return report.building(costs, build.differences(full), build.lines(full))


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
