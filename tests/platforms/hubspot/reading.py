"""Reading a table of the portal, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.hubspot import source
from q2c_pipelines.platforms.hubspot.emulator.values import stamp
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.hubspot.conftest import HUBSPOT, Portal


def read(client: Client, table: str, since: datetime | None = None, is_sweep: bool = False) -> Iterator[Page]:
    """The pages of one read, as the lake begins it."""
    client.first_answer_at = None
    yield from source.pages(client, HUBSPOT, HUBSPOT.tables[table], Window(since, is_sweep))


def records(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.body)["results"]
    return found


def told(pages: Iterable[Page]) -> tuple[list[str], list[str]]:
    """The ids of living and of gone records, in the order they came."""
    living: list[str] = []
    gone: list[str] = []
    for page in pages:
        if not page.names_living:
            (gone if page.is_deleted else living).extend(row["id"] for row in records(page))
    return living, gone


def named(pages: Iterable[Page]) -> list[str]:
    """The ids that pages name as living."""
    return [row["id"] for page in pages if page.names_living for row in records(page)]


def companies(portal: Portal, count: int, at: datetime) -> list[str]:
    """So many companies made at one moment."""
    keys = range(100, 100 + count)
    made = {"id": keys, "name": [f"Company {key}" for key in keys]}
    portal.state.load(
        "companies", pl.DataFrame(made).with_columns(createdate=pl.lit(stamp(at)), hs_lastmodifieddate=pl.lit(stamp(at)))
    )
    return [str(key) for key in keys]
