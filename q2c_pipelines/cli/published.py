"""Questions to the published marts: what analysts see, and nothing newer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from q2c_pipelines.cli import show
from q2c_pipelines.config import settings
from q2c_pipelines.publish import standing
from q2c_pipelines.warehouse import told


def require_begun(found: Sequence[Any]) -> None:
    """Leaves with code 5 where nothing was found because nothing was ever published, and says where that was looked for."""
    if not found and not settings().published_file.exists():
        show.fail(f"nothing was reconciled yet in {settings().home.absolute()} (Q2C_HOME); run q2c sync", 5)


def require_published() -> Path:
    """The published file; leaves with code 5 where nothing is published."""
    file = settings().published_file
    if not file.exists():
        show.fail(f"nothing is published yet ({file} does not exist); run q2c sync", 5)
    return file


@contextmanager
def legible() -> Iterator[None]:
    """What is read of the published file here; leaves with code 1, and says what to do, where it cannot be read."""
    try:
        yield
    except duckdb.IOException as error:
        file, is_whole = settings().published_file, standing.is_as_published(settings())
        broken = "" if is_whole else f"; {file} is not as it was published: {standing.REMEDY}"
        show.fail(f"the published marts cannot be read: {error}{broken}", 1)


def answer(query: str, parameters: Sequence[Any] = ()) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows and the names of their columns; leaves with code 5 where nothing is published, 1 where it cannot be answered."""
    file = require_published()
    try:
        with (
            legible(),
            duckdb.connect(str(file), read_only=True, config={"enable_external_access": False, "lock_configuration": True}) as db,
        ):
            return told(db.execute(query, list(parameters)))
    except duckdb.PermissionException as error:
        show.fail(f"the published marts can be asked, other files and the network cannot: {error}", 1)
    except duckdb.Error as error:
        show.fail(f"the query cannot be answered: {error}", 1)
