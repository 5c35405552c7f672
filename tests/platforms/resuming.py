"""Reads that die in the middle: a platform answers the first requests, is out for the others, and is back for the next read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from q2c_pipelines.lake.ingest import TableRead, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import client as calling
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault
from q2c_pipelines.platforms.spec import Platform, lake_name


@dataclass
class Later(Fault):
    """A fault that the first requests it is meant for do not meet yet."""

    skip: int = 0

    def meets(self, request: web.Request) -> bool:
        self.skip -= super().meets(request)
        return self.skip < 0 and super().meets(request)


def resumed(platform: Platform, connection: Connection, emulation: Emulation, outage: Later, folder: Path) -> Collection[str]:
    """The keys that the lake holds after a read of the one table died, another one went through, and a third found nothing new."""
    (table,) = platform.tables.values()
    lake = Lake(str(folder / "lake"))

    def attempt() -> TableRead:
        (outcome,) = ingest(platform, connection, lake, folder / "working").tables
        return outcome

    emulation.faults.append(outage)
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(calling, "sleep_using_event", lambda event: lambda seconds: None)
        died = attempt()
    emulation.faults.clear()
    assert (died.rows > 0, died.error == "") == (True, False)
    assert [attempt().error, attempt().rows] == ["", 0]
    held = lake.read(f"{platform.name}/{table.name}", table.schema)
    return {str(key) for key in held[lake_name(table.key[0])].to_pylist()}


def only(platform: Platform, table: str) -> Platform:
    """The platform as if it had this table alone."""
    return platform.model_copy(update={"tables": {table: platform.tables[table]}})
