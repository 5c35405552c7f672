"""What dbt knows of a project once it has parsed it, kept for a test run and lent to every home that has the same project."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock

from q2c_pipelines import project
from q2c_pipelines.config import Settings

PARSED = ("partial_parse.msgpack", "manifest.json", "manifest.digest")
Parsing = Callable[[Settings], AbstractContextManager[Path]]


def lent(parsing: Parsing, run: Path) -> Parsing:
    """Parses as `parsing` does, in a home that was lent what another one knows of the same project."""

    @contextmanager
    def parsed(settings: Settings) -> Iterator[Path]:
        kept, target = run / "parsed" / project.definitions(settings), settings.home / "target"
        kept.parent.mkdir(exist_ok=True)
        with FileLock(f"{kept}.lock"):
            if kept.is_dir() and not (target / PARSED[0]).exists():
                shutil.copytree(kept, target, dirs_exist_ok=True)
            with parsing(settings) as folder:
                if not kept.is_dir():
                    kept.mkdir()
                    for name in PARSED:
                        shutil.copy(folder / name, kept)
                yield folder

    return parsed
