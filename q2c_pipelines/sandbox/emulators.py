"""Finds the emulators: every `platforms/<name>/emulator` that offers what `platforms/emulation.py` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
from aiohttp import web

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.emulation import Emulation, Fault, OnChange, State
from q2c_pipelines.sandbox.credentials import made_for
from q2c_pipelines.sandbox.world import World

_NEEDED = ("DDL", "rows", "application", "on_change", "refuse")
_NEEDED_OF_SERVERS = ("rows", "server", "strike")


@dataclass(frozen=True)
class Emulator:
    """How one platform is pretended: by HTTP over SQLite, or by a server. `make_credentials` gives new ones each time."""

    platform: str
    rows: Callable[[World, datetime], Mapping[str, pl.DataFrame]]
    make_credentials: Callable[[], dict[str, str]]
    ddl: str = ""
    application: Callable[[Emulation], web.Application] | None = None
    on_change: OnChange = lambda *_: None
    server: Callable[[Path, Mapping[str, str], datetime], State] | None = None
    strike: Callable[[Emulation, Fault], None] | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    tick: Callable[[Emulation, datetime, datetime], object] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    mend: Callable[[Emulation], None] = lambda _: None

    def state(self, place: Path | str, credentials: Mapping[str, str], now: datetime) -> State:
        """Its records, in that file or in the folder of its server, as of that time where they are new."""
        if self.server:
            return self.server(Path(place), credentials, now)
        return State(place, self.ddl, self.on_change, self.keys)


def found(platforms: Iterable[str]) -> dict[str, Emulator]:
    """The emulators of these platforms, by name; a platform without one is left out."""
    candidates = {name: _module(name) for name in sorted(platforms)}
    return {name: _emulator(name, module) for name, module in candidates.items() if module}


def _module(platform: str) -> ModuleType | None:
    try:
        module = spec.part_of(platform, "emulator")
    except ModuleNotFoundError as error:
        if error.name and error.name.endswith(".emulator"):
            return None
        raise
    is_one = any(all(hasattr(module, name) for name in needed) for needed in (_NEEDED, _NEEDED_OF_SERVERS))
    return module if is_one else None


def _told(module: Any) -> dict[str, Any]:
    """What the module offers of one of the two ways."""
    if hasattr(module, "server"):
        return {"server": module.server, "strike": module.strike}
    return {"ddl": module.DDL, "application": module.application, "on_change": module.on_change}


def _emulator(platform: str, module: Any) -> Emulator:
    fixed = getattr(module, "CREDENTIALS", {})
    return Emulator(
        platform=platform,
        rows=module.rows,
        make_credentials=lambda: made_for(spec.load(platform), fixed),
        **_told(module),
        keys=getattr(module, "KEYS", {}),
        tick=getattr(module, "tick", None),
        settings=getattr(module, "SETTINGS", {}),
        faults=getattr(module, "FAULTS", ()),
        rights=tuple(getattr(module, "RIGHTS", ())),
        mend=getattr(module, "mend", lambda _: None),
    )
