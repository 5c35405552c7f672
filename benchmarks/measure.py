"""Running a piece of work in a process of its own, and what that process used: seconds, CPU seconds, peak memory.

parent: run("ingest", "ours", ...) -> child: python -m benchmarks.ingest ours ... -> one line of JSON -> Cost
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Cost:
    """What a piece of work took. `seconds` and `cpu` are of the work itself; `process_cpu` with starting Python and importing."""

    seconds: float
    cpu: float
    process_cpu: float
    peak_mb: float
    facts: dict[str, Any] = field(default_factory=dict)


def report(work: Callable[[], Mapping[str, Any]]) -> None:
    """In the child: do the work and print its cost."""
    before, began = _cpu(), time.perf_counter()
    facts = dict(work())
    seconds, cpu = time.perf_counter() - began, _cpu() - before
    cost = {"seconds": seconds, "cpu": cpu, "process_cpu": _cpu(), "peak_mb": peak_mb(), "facts": facts}
    sys.stdout.write("\n" + json.dumps(cost) + "\n")


def run(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Cost:
    """In the parent: the cost of `python -m benchmarks.<module> <arguments>`. Raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment and dict(environment))
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def in_turns(repeats: int, **sides: Callable[[], Cost]) -> dict[str, list[Cost]]:
    """Every side once, then again, `repeats` times: what else runs befalls them alike. Each cost is told at once."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            cost = side()
            sys.stderr.write(f"{name}: {cost.seconds:.1f} s, {cost.cpu:.1f} CPU s, {cost.peak_mb:.0f} MB at its peak\n")
            costs[name].append(cost)
    return costs


def best(costs: list[Cost], what: str) -> float:
    """The least of one figure: what else the machine does only ever adds to it."""
    return min(float(getattr(cost, what)) for cost in costs)


def peak_mb() -> float:
    """The most memory this process has had. Linux's `ru_maxrss` would begin with what the parent had when it started us."""
    if STATUS.exists():
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # macOS counts in bytes


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
