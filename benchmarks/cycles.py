"""Whole cycles against a running sandbox, and where their time goes.

`python -m benchmarks.cycles <home>` runs one cycle, as `q2c sync` does; what it finds new is up to the caller.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import measure
from q2c_pipelines.config import Settings


def whole(home: Path) -> Mapping[str, Any]:
    """One cycle; `steps` gives wall and CPU seconds from each step that is told to the next."""
    from q2c_pipelines import cycle  # imported within the measured time: a cycle on the command line pays for it too

    marks: list[tuple[str, float, float]] = [("importing", *_clock())]
    done = cycle.run(Settings(home=home), told=cycle.Told(step=lambda says: marks.append((says, *_clock()))))
    marks.append(("", *_clock()))
    steps = [(one[0], two[1] - one[1], two[2] - one[2]) for one, two in pairwise(marks)]
    return {"news": done.news, "rows": sum(each.rows for each in done.reads), "steps": steps}


def _clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    measure.report(lambda: whole(place))
