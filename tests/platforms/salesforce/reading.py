"""Reading the pretended org through the source, and what the pages then hold."""

from __future__ import annotations

import re
from typing import Any

import orjson
import polars as pl
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.salesforce import source
from q2c_pipelines.platforms.salesforce.emulator import soql
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal
from q2c_pipelines.platforms.spec import Platform

from .conftest import Company, quick

REST: dict[str, Any] = {"bulk_threshold": 0}
WHOLE = Window()


def read(company: Company, table: str, window: Window = WHOLE, **changes: Any) -> list[Page]:
    platform = quick(**changes)
    with company.client() as client:
        return list(source.pages(client, platform, platform.tables[table], window))


def ids(pages: list[Page], *, deleted: bool = False) -> list[str]:
    """The ids on the pages, in their order."""
    found: list[str] = []
    for page in pages:
        if page.is_deleted == deleted:
            rows = pl.read_csv(page.body).to_dicts() if page.format == "csv" else orjson.loads(page.body)["records"]
            found += [row["Id"] for row in rows]
    return found


def rows(platform: Platform, table: str, pages: list[Page]) -> list[dict[str, Any]]:
    """The rows as the lake types them; none may be refused."""
    checked = [check(page, platform, platform.tables[table]) for page in pages]
    assert [reject for each in checked for reject in each.rejected] == []
    assert {name for each in checked for name in each.new_columns} == set()
    return [row for each in checked for row in each.rows.to_dicts()]


def living(pages: list[Page]) -> list[str] | None:
    """The ids that are named as living; None where the living are not named."""
    named = [page for page in pages if page.names_living]
    return ids(named) if named else None


def too_slow(monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """Lets the org give up queries that match."""
    parse = soql.parse

    def timed_out(text: str) -> soql.Query:
        if re.search(slow, text):
            raise Refusal(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
        return parse(text)

    monkeypatch.setattr(soql, "parse", timed_out)
