"""A folder, and what is read of it: the lines with their places, what was refused and why, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.file_drop import source
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

HEADER = "Payment reference;Invoice number;Customer number;Value date;Gross amount;Bank fee;Currency\n"


def payment(ref: str, amount: str = "1.234,56") -> str:
    """A line of the bank's file."""
    return f"{ref};CIV-1;C-1;31/12/2026;{amount};0,10;GBP\n"


@dataclass
class Seen:
    """All that one read of a table gave."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # why, by file or by file and line
    gone: set[tuple[str, str]] = field(default_factory=set)

    @property
    def refs(self) -> list[str]:
        return [line["Payment reference"] for line in self.lines]

    def add(self, page: Page) -> None:
        """What a page has."""
        rows = [orjson.loads(line) for line in page.body.splitlines()]
        if page.is_deleted:
            self.gone |= {(row["file_name"], row["row_number"]) for row in rows}
        else:
            self.lines += rows
        self.refused |= {each.key: each.reason for each in page.refused}


def declared(table: str = "payment", **options: str) -> Platform:
    """The platform with these options of a table, and only these; without any, as it is declared."""
    platform = spec.load("file_drop")
    given = platform.tables[table]
    given = given.model_copy(update={"options": options}) if options else given
    return platform.model_copy(update={"tables": {table: given}})


def table_of(platform: Platform) -> Table:
    (table,) = platform.tables.values()
    return table


def look(url: str | Path, platform: Platform | None = None, attempts: int = 1, **given: Mapping[str, str]) -> Seen:
    """One read of the platform's one table; `given`: credentials and settings."""
    platform, seen = platform or declared(), Seen()
    with Client(platform, Connection(str(url), **given), attempts=attempts) as client:
        for page in source.pages(client, platform, table_of(platform), Window()):
            seen.add(page)
    return seen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, beside which there is room for a home."""
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


Leave = Callable[[Path], object]
