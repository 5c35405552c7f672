"""On what terms delivery runs: how long a lease holds, how often and when it tries again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Terms:
    """A lease must outlast the longest single write; failures beyond `attempts` in a row make an action dead."""

    lease: timedelta = timedelta(minutes=5)
    attempts: int = 12
    backoff: timedelta = timedelta(seconds=15)
    backoff_at_most: timedelta = timedelta(hours=1)
    circuit_failures: int = 5
    circuit_wait: timedelta = timedelta(minutes=1)
    circuit_wait_at_most: timedelta = timedelta(minutes=30)

    def wait(self, failures: int, asked_seconds: float | None = None) -> timedelta:
        """How long after the n-th failure in a row: doubling, spread by up to a quarter, never less than the platform asked."""
        doubled: timedelta = min(self.backoff * (1 << min(failures - 1, 20)), self.backoff_at_most)
        return max(doubled * random.uniform(0.75, 1.0), timedelta(seconds=asked_seconds or 0))
