"""Whether there is news: whether the warehouse, if it were built now, could come out otherwise than it did.

what the last build was made of, what is there now -> why to build again, or nothing. A build counts once it was followed up, or
once its gate was found shut: the same rows would only shut it again.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from q2c_pipelines import marker, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.lake import reads
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.suites import EXPECTATIONS

_NO_BUILD = "there is no finished build"
_SAYS = {"loads": "new rows", "reads": "a platform's state", "quarantine": "refused rows"}
_WATCHED = ("loads", "reads", "quarantine", "definitions", "platforms")


def why(settings: Settings) -> str:
    """Why the warehouse must be built again; empty where nothing was read, no deadline has passed and nothing else changed."""
    file, now = _finished(settings), state(settings)
    if not settings.warehouse_file.exists():
        return _NO_BUILD
    if is_shut(settings) and not _differs(_building(settings), now):
        return ""
    if not file.exists():
        return _NO_BUILD
    if changed := _differs(file, now):
        return changed
    deadlines = marker.read(file)["deadlines"]
    late = [name for name, deadline in deadlines.items() if now["clocks"].get(name, "") >= deadline]
    return f"a deadline has passed on {', '.join(late)}" if late else ""


def is_shut(settings: Settings) -> bool:
    """Whether the warehouse as it is was checked and did not pass."""
    return settings.warehouse_file.exists() and verdicts.are_of_this_build(settings) and bool(verdicts.blocking(settings))


def state(settings: Settings) -> dict[str, Any]:
    """What a build is made of: what the lake holds, how the platforms were when last read, and the definitions."""
    latest = reads.latest(settings.lake_store)
    seen = [(each["platform"], each["observed_through"].isoformat()) for each in latest if each["observed_through"]]
    return {
        "loads": settings.lake_store.names("*/_dlt_loads/*"),
        "quarantine": settings.lake_store.names("_quarantine/*/*"),
        "reads": sorted(f"{each['platform']}.{each['table_name']}: {each['status']}" for each in latest),
        "definitions": _definitions(settings.policy),
        "platforms": settings.platforms,
        "clocks": {name: min(at for known, at in seen if known == name) for name, _ in seen},
    }


def built(settings: Settings, made_of: dict[str, Any]) -> None:
    """Remember what the warehouse was built of; whether it will count shows later."""
    marker.write(_building(settings), made_of)


def finished(settings: Settings) -> None:
    """Let the last build count. Called last, so that an interrupted reconciliation is done again."""
    marker.write(_finished(settings), marker.read(_building(settings)) | {"deadlines": _deadlines(settings)})


def forget(settings: Settings) -> None:
    """Let no build count, whatever it was made of."""
    _finished(settings).unlink(missing_ok=True)


def _differs(file: Path, now: dict[str, Any]) -> str:
    """What is not as it was when this file was written."""
    then = marker.read(file) if file.exists() else {}
    changed = next((what for what in _WATCHED if then.get(what) != now[what]), "")
    return _SAYS.get(changed, f"changed {changed}") if changed else ""


def _definitions(policy: Path) -> int:
    folders = (warehouse.DBT_PROJECT / "models", warehouse.DBT_PROJECT / "macros", warehouse.DBT_PROJECT / "seeds", EXPECTATIONS)
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return max((file.stat().st_mtime_ns for file in [*files, policy] if file.exists()), default=0)


def _deadlines(settings: Settings) -> dict[str, str]:
    rows = warehouse.query(settings, "select platform, next_deadline from mismatches.next_deadline")
    return {row["platform"]: row["next_deadline"].replace(tzinfo=UTC).isoformat() for row in rows}


def _building(settings: Settings) -> Path:
    return settings.home / "building.json"


def _finished(settings: Settings) -> Path:
    return settings.home / "built.json"
