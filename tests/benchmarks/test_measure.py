"""A child's peak memory is its own."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import STATUS, peak_mb


def test_the_memory_of_the_parent_is_not_counted() -> None:
    large = b"x" * 400_000_000
    asked = [sys.executable, "-c", "from benchmarks.measure import peak_mb; print(peak_mb())"]
    child = float(subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout)
    if STATUS.exists():
        assert peak_mb() > len(large) / 1_048_576 > child > 5
