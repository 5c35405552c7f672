"""The company's file drop: the folder in which the simulated partners leave files.

File -> a file and its manifest in the folder, all of them or none. Worlds whose payments come in files -> the bank's statements.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from q2c_pipelines.platforms.file_drop.emulator import bank, drop
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World

FILE_DROP = "file_drop"
SETTINGS = {"clock": "folders"}  # of a connection to the folder: the company's clock may be ahead of this machine's


@dataclass(frozen=True)
class File:
    """What is to be left, and under which name."""

    name: str
    lines: Sequence[str]


def folder(sandbox: Path) -> Path:
    """Where the partner leaves files; it is there where the sandbox serves a file drop."""
    return sandbox / FILE_DROP


def leave(sandbox: Path, files: Sequence[File], now: datetime) -> None:
    """Leave each of these files. Raises SandboxError, and then leaves none."""
    place = folder(sandbox)
    if files and not place.is_dir():
        raise SandboxError(f"this sandbox has no file drop ({place} does not exist); enable {FILE_DROP} in Q2C_PLATFORMS")
    names = [file.name for file in files]
    if taken := sorted({name for name in names if names.count(name) > 1 or (place / name).exists()}):
        raise SandboxError(f"{', '.join(taken)} was already left in {place}; a counterexample's file name needs its ${{serial}}")
    for file in files:
        drop(place, file.name, "".join(f"{line}\n" for line in file.lines))
    if files:
        _tell_time(place, now)


def leave_payments(sandbox: Path, worlds: Iterable[World], now: datetime) -> None:
    """Leave what the bank has to say by now and has not said yet; nothing where the sandbox serves no file drop."""
    place = folder(sandbox)
    if place.is_dir():
        for statement in bank.statements(worlds, END, now):
            statement.leave(place)
        _tell_time(place, now)


def _tell_time(place: Path, now: datetime) -> None:
    """The folder's own time is the company's."""
    os.utime(place, (now.timestamp(), now.timestamp()))
