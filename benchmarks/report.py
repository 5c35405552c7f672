"""What was measured, as Markdown tables: the best of the repeats, and ratios of these."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.identity import Found
from benchmarks.measure import Cost, best

Costs = Mapping[str, list[Cost]]
_TITLES = {
    "reading": "Reading: {:,} records of 25 fields, best of {}",
    "building": "Transform: {:,} deals, best of {}",
    "growing": "What a change costs: {:,} deals and a tenth of that, best of {}",
    "cycling": "Cycles: {:,} deals, best of {}",
    "identity": "Identity: persons of Febrl, and about {:,} made companies",
}
_BUILT = ("models", "wall s", "CPU s", "peak MB", "wall to hand", "CPU to hand", "CPU to everything")
_SIDES = {"hand": "hand-written SQL", "same": "dbt, the same results", "all": "dbt, everything", "update": "dbt, after 1 % changed"}


def reading(costs: Costs) -> str:
    """Rows a second, and CPU seconds a million rows, of q2c's reading and of a plain loop."""
    rows = []
    for kind in ("json", "csv"):
        plain, ours = costs[f"plain {kind}"], costs[f"ours {kind}"]
        rows += [_read("plain loop", kind, plain, plain), _read("q2c", kind, ours, plain)]
    return _table(("", "pages", "records/s", "CPU s/million", "peak MB", "records/s to plain", "CPU to plain"), rows)


def building(costs: Costs, differences: Mapping[str, int], lines: int) -> str:
    """Seconds and memory of the transform, and that its results are those of the hand-written SQL."""
    rows = [_built(name, costs[side], costs["hand"], costs["all"]) for side, name in _SIDES.items()]
    wrong = {name: count for name, count in differences.items() if count}
    verdict = f"differing rows: {wrong}" if wrong else f"the {len(differences)} results are equal, row by row"
    table = _table(("", *_BUILT), rows)
    return f"{lines:,} invoice lines observed; {verdict}.\n\n{table}\n{_slowest(costs['all'])}"


def growing(costs: Mapping[int, Costs]) -> str:
    """Seconds and memory of a build by how much changed, beside hand-written SQL and all made anew in the same company."""
    rows = [
        (f"{deals:,}", *_built(_SIDES.get(side, side), each, sides["hand"], sides["all"]))
        for deals, sides in costs.items()
        for side, each in sides.items()
    ]
    return _table(("deals", "", *_BUILT), rows)


def cycling(costs: Costs) -> str:
    """Seconds of whole cycles, and of their steps."""
    rows = [
        (
            *(name, taken[-1].facts["rows"], f"{best(taken, 'seconds'):.1f}", f"{best(taken, 'process_cpu'):.1f}"),
            *(f"{best(taken, 'peak_mb'):.0f}", _steps(taken[-1])),
        )
        for name, taken in costs.items()
    ]
    return _table(("cycle", "rows read", "wall s", "CPU s, whole process", "peak MB", "CPU s by step"), rows)


def identity(found: Mapping[str, Found]) -> str:
    """Precision, recall and F1 over pairs of records."""
    rows = [
        (name, each.records, each.pairs, *(f"{of:.4f}" for of in (each.precision, each.recall, each.f1)), f"{each.seconds:.0f}")
        for name, each in found.items()
    ]
    return _table(("", "records", "pairs of one", "precision", "recall", "F1", "wall s"), rows)


def whole(parts: Mapping[str, str], sizes: Mapping[str, tuple[int, int]]) -> str:
    """The report, with the machine and the versions it was measured on."""
    tools = ", ".join(f"{name} {version(name)}" for name in ("dlt", "polars", "pyarrow", "duckdb", "dbt-core", "dbt-duckdb"))
    machine = f"{os.cpu_count()} shared cores, {platform.machine()}, Python {platform.python_version()}"
    made = f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; the [README](README.md) says how to read it."
    text = f"# Results\n\n{made} {machine}; {tools}.\n"
    return text + "".join(f"\n## {_TITLES[name].format(*sizes[name])}\n\n{part}" for name, part in parts.items())


def _read(name: str, kind: str, costs: list[Cost], plain: list[Cost]) -> Sequence[object]:
    rows = costs[0].facts["rows"]
    return (
        *(name, kind, f"{rows / best(costs, 'seconds'):,.0f}", f"{best(costs, 'cpu') / rows * 1e6:.1f}"),
        f"{best(costs, 'peak_mb'):.0f}",
        f"{best(plain, 'seconds') / best(costs, 'seconds'):.2f}",
        f"{best(costs, 'cpu') / best(plain, 'cpu'):.2f}",
    )


def _built(name: str, costs: list[Cost], hand: list[Cost], everything: list[Cost]) -> Sequence[object]:
    wall, cpu = best(costs, "seconds"), best(costs, "cpu")
    return (
        *(name, costs[-1].facts.get("models", ""), f"{wall:.1f}", f"{cpu:.1f}", f"{best(costs, 'peak_mb'):.0f}"),
        *(f"{wall / best(hand, 'seconds'):.2f}", f"{cpu / best(hand, 'cpu'):.2f}", f"{cpu / best(everything, 'cpu'):.2f}"),
    )


def _slowest(costs: list[Cost]) -> str:
    return "Slowest models: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in costs[-1].facts["slowest"][:10]) + ".\n"


def _steps(cost: Cost) -> str:
    return ", ".join(f"{name} {cpu:.1f}" for name, _, cpu in cost.facts["steps"] if cpu >= 0.05)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
