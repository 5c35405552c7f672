"""Whether there is news: whether the warehouse, if it were built now, could come out otherwise than it did.

what the last build was made of, what is there now -> why to build again, or nothing. A build counts once it was followed up, or
once its gate was found shut: the same rows would only shut it again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path

from q2c_pipelines import marker, project, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.lake import reads
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.outbox import store
from q2c_pipelines.quality import suites, verdicts

NO_BUILD = "there is no finished build"
_UNCHECKED = "the warehouse was not checked since it was built, or what the check said is gone"
_SAYS = {"loads": "new rows", "reads": "a platform's state", "quarantine": "refused rows"}
_WATCHED = ("loads", "reads", "quarantine", "definitions", "platforms")


@dataclass(frozen=True)
class MadeOf:
    """What a build is made of: what the lake holds, how the platforms were when last read, and the definitions."""

    loads: list[str]
    quarantine: list[str]
    reads: list[str]
    definitions: str
    platforms: list[str]
    clocks: dict[str, str]


@dataclass(frozen=True)
class Finished(MadeOf):
    """What the last build that counts was made of, and the next deadline on each platform."""

    deadlines: dict[str, str]


def why(settings: Settings) -> str:
    """Why the warehouse must be built again; empty where nothing was read, no deadline has passed and nothing else changed."""
    if not settings.warehouse_file.exists():
        return NO_BUILD
    now = state(settings)
    if is_shut(settings) and not _differs(marker.read(_building(settings), MadeOf), now):
        return ""
    last = marker.read(_finished(settings), Finished)
    if last is None:
        return NO_BUILD
    if changed := _differs(last, now):
        return changed
    if not verdicts.are_of_this_build(settings):
        return _UNCHECKED
    late = [name for name, deadline in last.deadlines.items() if now.clocks.get(name, "") >= deadline]
    return f"a deadline has passed on {', '.join(late)}" if late else ""


def is_shut(settings: Settings) -> bool:
    """Whether the warehouse as it is was checked and did not pass."""
    return settings.warehouse_file.exists() and verdicts.are_of_this_build(settings) and bool(verdicts.blocking(settings))


def state(settings: Settings) -> MadeOf:
    """What a build would be made of now."""
    latest = reads.latest(settings.lake_store)
    others = [*suites.EXPECTATIONS.rglob("*"), *store.VERSIONS.glob("*.py")]
    seen = [(each["platform"], each["observed_through"].isoformat()) for each in latest if each["observed_through"]]
    return MadeOf(
        loads=_loads(settings.lake_store),
        quarantine=settings.lake_store.names("_quarantine/*/*"),
        reads=sorted(f"{each['platform']}.{each['table_name']}: {each['status']}" for each in latest),
        definitions=project.definitions(settings, [settings.policy, settings.matching, *others]),
        platforms=settings.platforms,
        clocks={name: min(at for known, at in seen if known == name) for name, _ in seen},
    )


def _loads(lake: Lake) -> list[str]:
    """Every load that brought rows; one that only moved a position in a platform's log, or its delta link, is no news."""
    files = (name.split("/") for name in lake.names("*/*/*.parquet"))
    with_rows = {(platform, file.rsplit(".", 2)[0]) for platform, table, file in files if not table.startswith("_")}
    committed = lake.names("*/_dlt_loads/*")
    return [name for name in committed if (name.split("/")[0], name.rpartition("__")[2].removesuffix(".jsonl")) in with_rows]


def built(settings: Settings, made_of: MadeOf) -> None:
    """Remember what the warehouse was built of; whether it will count shows later."""
    marker.write(_building(settings), made_of)


def finished(settings: Settings) -> None:
    """Let the last build count, if it is still known what it was made of. Called last: what is interrupted is done again."""
    made_of = marker.read(_building(settings), MadeOf)
    if made_of:
        marker.write(_finished(settings), Finished(**asdict(made_of), deadlines=_deadlines(settings)))
    else:
        forget(settings)


def forget(settings: Settings) -> None:
    """Let no build count, whatever it was made of."""
    _finished(settings).unlink(missing_ok=True)


def _differs(then: MadeOf | None, now: MadeOf) -> str:
    """What is not as it was then."""
    changed = next((what for what in _WATCHED if not then or getattr(then, what) != getattr(now, what)), "")
    return _SAYS.get(changed, f"changed {changed}") if changed else ""


def _deadlines(settings: Settings) -> dict[str, str]:
    rows = warehouse.query(settings, "select platform, next_deadline from mismatches.next_deadline")
    return {row["platform"]: row["next_deadline"].replace(tzinfo=UTC).isoformat() for row in rows}


def _building(settings: Settings) -> Path:
    return settings.home / "building.json"


def _finished(settings: Settings) -> Path:
    return settings.home / "built.json"
