"""A platform's own sums are asked before its tables and again after them: what they say both times was true of all that came."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import duckdb
import orjson
import pytest

from q2c_pipelines.lake import reads
from q2c_pipelines.lake.ingest import ingest
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table
from tests.lake.conftest import NOW, Reader, Vendor, declared

COLUMNS = {"Group": {"type": "string", "doc": "what is added up"}, "Count": {"type": "int", "doc": "how many"}}
SUMS = {"name": "sums", "object": "Sums", "doc": "the vendor's sums", "key": ["Group"], "is_control": True, "columns": COLUMNS}


@pytest.fixture
def platform(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A vendor whose every answer takes a minute, with invoices and its own sums of them, declared last."""
    invoices = vendor.pages

    def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
        vendor.asked.append(table.name)
        if not table.is_control:
            yield from invoices(client, platform, table, window)
            vendor.records.append({"Id": f"i{len(vendor.records)}", "ChangedAt": vendor.now.isoformat()})
        else:
            client.first_answer_at = vendor.now
            sums = [{"Group": "still", "Count": 7}, {"Group": "moving", "Count": len(vendor.records)}]
            yield Page(table.name, orjson.dumps({"records": sums}), "records[]")
        vendor.now += timedelta(minutes=1)

    monkeypatch.setattr(sys.modules["q2c_pipelines.platforms.fakevendor.source"], "pages", pages)
    both = {**declared().tables, "sums": Table.model_validate(SUMS)}
    return declared().model_copy(update={"tables": both})


def said(read: Reader) -> list[tuple[str, int, int]]:
    """What the sums said, and after how many minutes."""
    files = f"{read.folder}/lake/fakevendor/sums/*.parquet"
    found = duckdb.sql(f"select \"group\", count, q2c_read_at::timestamp from read_parquet('{files}') order by all").fetchall()
    return [(group, count, int((at - NOW.replace(tzinfo=None)).total_seconds() / 60)) for group, count, at in found]


def test_sums_are_asked_first_and_last_and_what_keeps_still_is_kept_once(vendor: Vendor, read: Reader, platform: Platform) -> None:
    read(platform)
    assert vendor.asked == ["sums", "invoice", "sums"]
    assert said(read) == [("moving", 0, 0), ("moving", 1, 2), ("still", 7, 0)]
    read(platform)
    assert said(read)[-1] == ("still", 7, 0)
    assert [count for _, count, _ in said(read)] == [0, 1, 2, 7]


def test_the_last_asking_is_the_one_that_is_logged(vendor: Vendor, read: Reader, platform: Platform) -> None:
    read(platform)
    through = reads.read_through(read.lake, "fakevendor", ["sums", "invoice"])
    assert through == {"sums": NOW + timedelta(minutes=2), "invoice": NOW + timedelta(minutes=1)}


def test_who_reads_some_tables_asks_for_the_sums_as_well(vendor: Vendor, read: Reader, platform: Platform) -> None:
    ingest(platform, Connection("http://127.0.0.1:1", {"key": "of the test"}), read.lake, read.folder / "dlt", only={"invoice"})
    assert vendor.asked == ["sums", "invoice", "sums"]
