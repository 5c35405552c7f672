"""What dbt knows of a project once it has parsed it, kept for a test run and lent to every home that has the same project."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from q2c_pipelines import project
from q2c_pipelines.config import Settings

PARSED = ("partial_parse.msgpack", "manifest.json", "manifest.digest")
Parsing = Callable[[Settings], AbstractContextManager[Path]]


def lent(parsing: Parsing, run: Path) -> Parsing:
    """Parses as `parsing` does, in a home that was lent what another one knows of the same project."""

    @contextmanager
    def parsed(settings: Settings) -> Iterator[Path]:
        kept = run / "parsed" / project.definitions(settings)
        borrow(kept, settings.home / "target")
        with parsing(settings) as folder:
            keep(folder, kept)
            yield folder

    return parsed


def borrow(kept: Path, target: Path) -> None:
    """Give a target that has nothing yet what is kept, if anything is."""
    if kept.is_dir() and not (target / PARSED[0]).exists():
        shutil.copytree(kept, target, dirs_exist_ok=True)


def keep(target: Path, kept: Path) -> None:
    """Keep what a target has for the others; whoever comes first is kept, and whole."""
    if kept.is_dir():
        return
    kept.parent.mkdir(exist_ok=True)
    copy = Path(tempfile.mkdtemp(dir=kept.parent))
    for name in PARSED:
        if (target / name).exists():
            shutil.copy(target / name, copy)
    try:
        os.rename(copy, kept)
    except OSError:
        shutil.rmtree(copy)
