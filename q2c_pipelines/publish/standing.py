"""Whether the published file still is what was published: one that was deleted, cut off or written over is seen, and told.

published file -> its size and time, kept in the home -> compared whenever somebody asks; its content is not read
"""

from __future__ import annotations

from pathlib import Path

from q2c_pipelines import marker
from q2c_pipelines.config import Settings

REMEDY = "q2c sync publishes it again"


def remember(settings: Settings) -> None:
    """The published file as it is now is what was published."""
    marker.write(_file(settings), _seen(settings))


def is_as_published(settings: Settings) -> bool:
    """Whether the published file is the one that was published last."""
    return settings.published_file.exists() and marker.read(_file(settings), dict[str, int]) == _seen(settings)


def _seen(settings: Settings) -> dict[str, int]:
    found = settings.published_file.stat()
    return {"size": found.st_size, "written_at": found.st_mtime_ns}


def _file(settings: Settings) -> Path:
    return settings.home / "published.json"
