"""Finds the emulators: every `platforms/<name>/emulator` that offers what `platforms/emulation.py` asks for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import polars as pl
from aiohttp import web

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.emulation import Emulation, OnChange
from q2c_pipelines.sandbox.credentials import made_for
from q2c_pipelines.sandbox.world import World

_NEEDED = ("DDL", "rows", "application", "on_change", "refuse")


@dataclass(frozen=True)
class Emulator:
    """How one platform is pretended. `make_credentials` gives new ones each time."""

    platform: str
    ddl: str
    rows: Callable[[World, datetime], Mapping[str, pl.DataFrame]]
    application: Callable[[Emulation], web.Application]
    on_change: OnChange
    make_credentials: Callable[[], dict[str, str]]
    keys: Mapping[str, str] = field(default_factory=dict)
    tick: Callable[[Emulation, datetime, datetime], object] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def found(platforms: Iterable[str]) -> dict[str, Emulator]:
    """The emulators of these platforms, by name; a platform without one is left out."""
    candidates = {name: _module(name) for name in sorted(platforms)}
    return {name: _emulator(name, module) for name, module in candidates.items() if module}


def _module(platform: str) -> ModuleType | None:
    name = f"q2c_pipelines.platforms.{platform}.emulator"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise
    return module if all(hasattr(module, needed) for needed in _NEEDED) else None


def _emulator(platform: str, module: Any) -> Emulator:
    fixed = getattr(module, "CREDENTIALS", {})
    return Emulator(
        platform=platform,
        ddl=module.DDL,
        rows=module.rows,
        application=module.application,
        on_change=module.on_change,
        make_credentials=lambda: made_for(spec.load(platform), fixed),
        keys=getattr(module, "KEYS", {}),
        tick=getattr(module, "tick", None),
        settings=getattr(module, "SETTINGS", {}),
        faults=getattr(module, "FAULTS", ()),
    )
