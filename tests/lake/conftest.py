"""A platform that holds records in a list, and a reader of it into a lake of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace

import duckdb
import httpx
import orjson
import pytest

from q2c_pipelines.lake.ingest import Again, Summary, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import Transient
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Credential, Handling, Limits, Platform, Right, Table

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Vendor:
    """A platform that holds records in a list and answers the clock; `windows` are the reads it was asked for."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.deleted: list[dict[str, object]] = []
        self.living: list[str] | None = None
        self.hidden: set[str] = set()
        self.unnamed: set[str] = set()
        self.repeated: set[str] = set()
        self.windows: list[datetime | None] = []
        self.sweeps: list[bool] = []
        self.asked: list[str] = []
        self.fails = False
        self.now = NOW
        self.patience = 0.0

    def pages(self, client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
        client.first_answer_at, self.patience = self.now, client.job_patience
        self.windows.append(window.since)
        self.sweeps.append(window.is_sweep)
        if window.is_sweep:
            named = [r for r in self.records if r["Id"] not in self.unnamed]
            yield Page(table.name, orjson.dumps({"records": named}), "records[]", names_living=True)
        due = [r for r in self.records if r["Id"] not in self.hidden or window.since is None]
        due = [r for r in due if r["Id"] in self.repeated or _is_due(r, window)]
        for start in range(0, len(due), 2):
            self.asked.append(table.name)
            yield Page(table.name, orjson.dumps({"records": due[start : start + 2]}), "records[]")
            if self.fails:
                raise Transient("down")
        yield Page(table.name, orjson.dumps({"records": self.deleted}), "records[]", is_deleted=True)
        for key in self.living or []:
            yield Page(table.name, orjson.dumps({"records": [{"Id": key}]}), "records[]", names_living=True)


def _is_due(record: dict[str, object], window: Window) -> bool:
    return window.since is None or datetime.fromisoformat(str(record["ChangedAt"])) >= window.since


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    vendor = Vendor()
    name = "q2c_pipelines.platforms.fakevendor"
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, f"{name}.source", SimpleNamespace(pages=vendor.pages))  # type: ignore[arg-type]
    monkeypatch.setitem(
        sys.modules,
        f"{name}.connection",
        SimpleNamespace(auth=lambda _: httpx.Auth(), error_of=lambda _: None),  # type: ignore[arg-type]
    )
    return vendor


def declared(**columns: dict[str, object]) -> Platform:
    table = {
        "name": "invoice",
        "object": "Invoice",
        "doc": "invoices",
        "key": ["Id"],
        "cursor": "ChangedAt",
        "columns": {
            "Id": {"type": "string", "doc": "key"},
            "Amount": {"type": "decimal(18,4)", "doc": "money"},
            "ChangedAt": {"type": "timestamp", "doc": "changed"},
        }
        | columns,
    }
    return Platform(
        name="fakevendor",
        title="Fake vendor",
        role="billing",
        protocol="-",
        credentials={"key": Credential(doc="the key")},
        least_privilege=[Right(right="read", reads="all")],
        handling=dict.fromkeys(Handling.model_fields, "none offered"),
        limits=Limits(requests_per_second=100),
        tables={"invoice": Table.model_validate(table)},
    )


class Reader:
    def __init__(self, folder: Path):
        self.folder, self.lake = folder, Lake(str(folder / "lake"))

    def __call__(self, platform: Platform | None = None, again: Again = MappingProxyType({}), is_sweep: bool = False) -> Summary:
        reached = Connection("http://127.0.0.1:1", {"key": "of the test"})
        return ingest(platform or declared(), reached, self.lake, self.folder / "dlt", again=again, is_sweep=is_sweep)

    def rows(self, columns: str = "id, amount, q2c_is_deleted") -> list[tuple[object, ...]]:
        files = f"{self.folder}/lake/fakevendor/invoice/*.parquet"
        return duckdb.sql(f"select {columns} from read_parquet('{files}', union_by_name=true) order by all").fetchall()


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def record(key: str, minutes: int = 0, amount: object = 1.5) -> dict[str, object]:
    return {"Id": key, "Amount": amount, "ChangedAt": (NOW - timedelta(days=1) + timedelta(minutes=minutes)).isoformat()}
