"""Reading the pretended environment through the source, and what the pages then hold."""

from __future__ import annotations

from typing import Any

import orjson

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.dynamics365_sales import source
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform

from .conftest import Office, quick

WHOLE = Window()


def read(office: Office, table: str, window: Window = WHOLE) -> list[Page]:
    platform = quick()
    with office.client() as client:
        return list(source.pages(client, platform, platform.tables[table], window))


def link(pages: list[Page]) -> str:
    """The delta link that a read ended with."""
    found = [page.position for page in pages if page.position]
    return found[-1] if found else ""


def since(pages: list[Page]) -> Window:
    """The window of the next read."""
    return Window(position=link(pages))


def keys(pages: list[Page], *, deleted: bool = False) -> list[str]:
    """The keys of the rows on the pages, in their order; not of those that only name the living."""
    found: list[str] = []
    for page in pages:
        if page.is_deleted == deleted and not page.names_living:
            key = quick().tables[page.table].key[0]
            found += [row[key] for row in orjson.loads(page.body)["value"]]
    return found


def living(pages: list[Page]) -> list[str] | None:
    """The keys that are named as living; None where the living are not named."""
    named = [page for page in pages if page.names_living]
    return [next(iter(row.values())) for page in named for row in _plain(page)] if named else None


def rows(platform: Platform, table: str, pages: list[Page]) -> list[dict[str, Any]]:
    """The rows as the lake types them; none may be refused."""
    checked = [check(page, platform, platform.tables[table]) for page in pages if not page.names_living]
    assert [reject for each in checked for reject in each.rejected] == []
    assert {name for each in checked for name in each.new_columns} == set()
    return [row for each in checked for row in each.rows.to_dicts()]


def _plain(page: Page) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if not name.startswith("@")} for row in orjson.loads(page.body)["value"]]
