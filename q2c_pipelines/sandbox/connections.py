"""The `connections.yaml` that leads to the sandbox: replaced at each start, never mistaken for one written by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from q2c_pipelines.sandbox.errors import SandboxError

FILE = "connections.yaml"
_MARK = "# Written by `q2c sandbox serve` at each start.\n"


def write_connections(home: Path, entries: dict[str, Any]) -> None:
    """Put the file in the home, readable by its owner alone. Raises SandboxError rather than replace anybody else's."""
    check(home)
    write_private(home / FILE, _MARK + yaml.safe_dump(entries, sort_keys=True))


def remove_connections(home: Path) -> None:
    """Take the file away where it is the sandbox's own."""
    if (home / FILE).exists() and is_ours(home / FILE):
        (home / FILE).unlink()


def check(home: Path) -> None:
    """Raises SandboxError where the home belongs to real platforms."""
    file = home / FILE
    if file.exists() and not is_ours(file):
        raise SandboxError(
            f"{file} was not written by the sandbox; move it away, or give the sandbox a home of its own with Q2C_HOME"
        )


def write_private(file: Path, text: str) -> None:
    """Replace a file that only its owner may read, all at once."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    part.replace(file)


def is_ours(file: Path) -> bool:
    """Whether the sandbox wrote this file, which exists."""
    return file.read_bytes().startswith(_MARK.encode())
