"""Which company the sandbox simulates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Its seed, and how many deals the 24 months of its history hold."""

    seed: int = 42
    deals: int = 2000
