"""The verdicts of the last check, kept in the home, and whether they shut the gate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from q2c_pipelines import marker
from q2c_pipelines.config import Settings
from q2c_pipelines.quality.gate import Verdict


class GateClosed(RuntimeError):
    """What was built does not hold what is expected of it: it is neither published nor acted upon."""


def keep(settings: Settings, verdicts: Sequence[Verdict]) -> None:
    """Put them in the place of those of the check before."""
    marker.write(_file(settings), verdicts)


def kept(settings: Settings) -> list[Verdict]:
    """The verdicts of the last check; none where there was no check, or what it said is gone."""
    return marker.read(_file(settings), list[Verdict]) or []


def blocking(settings: Settings) -> list[Verdict]:
    """What of the last check did not hold and has to."""
    return [verdict for verdict in kept(settings) if verdict.blocks]


def are_of_this_build(settings: Settings) -> bool:
    """Whether the warehouse was checked after it was built, and what the check said is still there."""
    return bool(kept(settings)) and _file(settings).stat().st_mtime_ns >= settings.warehouse_file.stat().st_mtime_ns


def are_open(settings: Settings) -> bool:
    """Whether there is a warehouse, checked after it was built, that passed."""
    return settings.warehouse_file.exists() and are_of_this_build(settings) and not blocking(settings)


def require_open_gate(settings: Settings) -> None:
    """Raises GateClosed, naming what does not hold, unless the warehouse was checked after it was built and passed."""
    if not are_of_this_build(settings):
        raise GateClosed("the warehouse has not been checked since it was built; run the gate (q2c sync) first")
    require_passed(settings)


def require_passed(settings: Settings) -> None:
    """Raises GateClosed, naming what does not hold, where the last check did not pass, or nobody knows what it said."""
    if not kept(settings):
        raise GateClosed("nothing was checked yet, or what the last check said is gone, so nothing is written back; run q2c sync")
    if shut := blocking(settings):
        raise GateClosed("a gate is closed, so nothing is published and nothing written back; " + "; ".join(map(str, shut)))


def _file(settings: Settings) -> Path:
    return settings.home / "gate.json"
