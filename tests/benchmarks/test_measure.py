"""A child's peak memory is its own, and a cost is told as soon as it is had: the last of them may be an hour away, or fail."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.measure import STATUS, Cost, in_turns, peak_mb


def test_the_memory_of_the_parent_is_not_counted() -> None:
    large = b"x" * 400_000_000
    asked = [sys.executable, "-c", "from benchmarks.measure import peak_mb; print(peak_mb())"]
    child = float(subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout)
    if STATUS.exists():
        assert peak_mb() > len(large) / 1_048_576 > child > 5


def test_what_was_measured_before_a_side_failed_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> Cost:
        raise MemoryError

    with pytest.raises(MemoryError):
        in_turns(1, hand=lambda: Cost(2.0, 1.5, 1.6, 300.0), all=failing)
    assert capsys.readouterr().err == "hand: 2.0 s, 1.5 CPU s, 300 MB at its peak\n"
