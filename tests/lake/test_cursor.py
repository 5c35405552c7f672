"""Where the next read of a table begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from q2c_pipelines.lake.cursor import Cursor
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Column, Table

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
OVERLAP = timedelta(minutes=10)
INVOICE = Table(
    name="invoice",
    object="Invoice",
    doc="Invoices.",
    key=["id"],
    cursor="changed_at",
    columns={"id": Column(type="string", doc="its key"), "changed_at": Column(type="timestamp", doc="its last change")},
)


def after(state: dict[str, Any], began: datetime | None, *stamps: datetime, read_to: datetime | None = None) -> datetime | None:
    """Where the next read begins, after one that brought rows with these stamps."""
    cursor = Cursor(state, INVOICE, OVERLAP)
    rows = pl.DataFrame(
        {"id": [str(stamp) for stamp in stamps], "changed_at": list(stamps)},
        {"id": pl.String, "changed_at": pl.Datetime("us", "UTC")},
    )
    cursor.fresh(rows, Page("invoice", b"", read_to=read_to))
    cursor.commit(began, cursor.window())
    return Cursor(state, INVOICE, OVERLAP).window().since


def test_the_next_read_begins_before_the_newest_row() -> None:
    newest = BEGAN - timedelta(hours=3)
    assert after({}, BEGAN, newest - timedelta(hours=1), newest) == newest - OVERLAP


def test_a_row_that_changed_while_the_read_went_on_does_not_hide_what_changed_before_it() -> None:
    assert after({}, BEGAN, BEGAN + timedelta(minutes=40)) == BEGAN - OVERLAP


def test_a_platform_without_a_clock_is_taken_at_its_rows_word() -> None:
    assert after({}, None, BEGAN) == BEGAN - OVERLAP


@pytest.mark.parametrize("covered", [BEGAN - timedelta(hours=1), BEGAN + timedelta(hours=1)])
def test_what_the_platform_says_it_covered_decides_but_not_past_the_beginning(covered: datetime) -> None:
    assert after({}, BEGAN, BEGAN - timedelta(minutes=5), read_to=covered) == min(covered, BEGAN) - OVERLAP


def test_a_read_that_brought_nothing_leaves_the_position() -> None:
    state: dict[str, Any] = {}
    first = after(state, BEGAN, BEGAN - timedelta(hours=3))
    assert after(state, BEGAN + timedelta(hours=1)) == first


def test_a_logs_position_is_that_of_the_newest_page_that_was_committed() -> None:
    state: dict[str, Any] = {}
    rows = pl.DataFrame({"id": ["a"], "changed_at": [None]}, {"id": pl.String, "changed_at": pl.Datetime("us", "UTC")})
    reading = Cursor(state, INVOICE, OVERLAP)
    assert reading.window() == Window()
    for position in ("0/10", None, "0/20", None):
        reading.fresh(rows, Page("invoice", b"", position=position))
    assert Cursor(state, INVOICE, OVERLAP).window() == Window(), "it is not committed yet"
    reading.commit(BEGAN, reading.window())
    assert Cursor(state, INVOICE, OVERLAP).window() == Window(position="0/20")


def test_a_log_without_news_leaves_what_is_held_of_a_table_that_is_read_whole() -> None:
    state: dict[str, Any] = {}
    sums = INVOICE.model_copy(update={"cursor": None})
    row = pl.DataFrame({"id": ["a"]})
    for page in (Page("invoice", b"", position="7"), None, Page("invoice", b"", position="8")):
        cursor = Cursor(state, sums, OVERLAP)
        new = cursor.fresh(row, page) if page else None
        cursor.commit(BEGAN, cursor.window())
    assert new is not None
    assert len(new) == 0
