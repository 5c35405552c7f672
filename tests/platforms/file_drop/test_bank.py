"""The simulated bank leaves what was paid, once, the morning after; and what it leaves is read to the penny."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from q2c_pipelines.lake import quarantine
from q2c_pipelines.lake.ingest import Summary, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import Transient
from q2c_pipelines.platforms.file_drop import ids
from q2c_pipelines.platforms.file_drop.connection import Storage
from q2c_pipelines.platforms.file_drop.emulator import bank
from q2c_pipelines.platforms.file_drop.requests import Listing
from q2c_pipelines.sandbox import files
from q2c_pipelines.sandbox.chains import UK, US
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World, chunk

SIZE = Size(seed=5, deals=600)


@cache
def world() -> World:
    """The company in Britain, whole."""
    return chunk(SIZE.seed, 0, SIZE.deals, UK)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """The company in Britain with a file drop, and no other platform."""
    held = Company(tmp_path / "home", {}, SIZE, chains=[UK])
    files.folder(held.folder).mkdir()
    held.leave_files()
    yield held
    held.close()


def left(company: Company) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(files.folder(company.folder).iterdir())}


def read(company: Company) -> Summary:
    where, home = files.folder(company.folder).as_uri(), company.home
    return ingest(spec.load("file_drop"), Connection(where), Lake(str(home / "lake")), home / "dlt", only={"payment"})


def held(company: Company) -> pl.DataFrame:
    """The payments in the lake."""
    return pl.read_parquet(company.home / "lake" / "file_drop" / "payment" / "*.parquet")


def test_a_payments_reference_is_the_same_for_ever() -> None:
    assert ids.payment_ref(np.array([1, 720_000_049], dtype=np.int64)).tolist() == ["FP9EQ9D1VM2C3NS", "FP561QRCX56F60R"]
    assert len(set(ids.payment_ref(np.arange(100_000, dtype=np.int64)).tolist())) == 100_000


@pytest.mark.parametrize("days", [0, 1, 10, 400])
def test_everything_paid_stands_in_one_file_and_nothing_of_the_future_does(days: int) -> None:
    now = END + timedelta(days=days, hours=6)
    statements = list(bank.statements([world()], END, now))
    paid = world().payments.filter(pl.col("paid_at") < END + timedelta(days=days))
    lines = [line.split(";") for each in statements for line in each.text.splitlines()[1:]]
    assert sorted(line[0] for line in lines) == sorted(paid["payment_ref"])
    assert sum(each.total for each in statements) == paid["amount"].sum()
    assert len({each.name for each in statements}) == len(statements)
    assert [line[6] for line in lines] == ["GBP"] * len(lines)


def test_a_day_is_a_day_in_london_and_its_file_is_there_the_morning_after() -> None:
    late = datetime(2027, 7, 14, 23, 30, tzinfo=UTC)  # half past midnight there
    one = world().payments.head(1).with_columns(paid_at=pl.lit(late))
    shifted = World(**{**world().__dict__, "payments": one})
    for minutes, names in ((-1, []), (0, ["payments_20270715.csv"])):
        now = datetime(2027, 7, 16, 5, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        assert [each.name for each in bank.statements([shifted], END, now)] == names
    (only,) = bank.statements([shifted], END, now)
    assert ";15/07/2027;" in only.text


def test_history_is_left_by_month_and_then_a_file_a_day_and_none_is_written_twice(company: Company) -> None:
    history = left(company)
    assert 12 <= len(history) // 2 <= 24
    assert max(history).startswith("payments_20261031.")
    company.advance(timedelta(days=20))
    later = left(company)
    assert set(history.items()) < set(later.items())
    new = sorted(set(later) - set(history))
    assert all(name.startswith("payments_202611") for name in new)
    company.leave_files()
    assert left(company) == later


def test_what_was_seen_is_told_by_the_companys_clock_where_that_is_ahead(company: Company) -> None:
    company.advance(timedelta(days=500))
    where = files.folder(company.folder).as_uri()
    for settings, ahead in ((files.SETTINGS, True), ({}, False)):
        with Client(spec.load("file_drop"), Connection(where, settings=settings)) as client:
            client.read(Listing())
        assert client.first_answer_at is not None
        assert (client.first_answer_at == company.now) is ahead


def test_every_file_is_left_with_its_manifest_and_its_control_total(company: Company) -> None:
    everything = left(company)
    for name in [name for name in everything if name.endswith(".csv")]:
        (promise,) = json.loads(everything[name.replace(".csv", ".manifest.json")])["files"]
        amounts = [line.split(";")[4] for line in everything[name].decode("cp1252").splitlines()[1:]]
        total = sum(Decimal(amount.replace(".", "").replace(",", ".")) for amount in amounts)
        assert (promise["rows"], promise["bytes"]) == (len(amounts), len(everything[name]))
        assert Decimal(promise["sums"]["Gross amount"]) == total


def test_no_file_is_left_for_companies_that_are_paid_elsewhere_or_without_a_file_drop(tmp_path: Path) -> None:
    for name, chain in (("us", US), ("uk", UK)):
        company = Company(tmp_path / name, {}, SIZE, chains=[chain])
        if name == "us":
            files.folder(company.folder).mkdir()
        company.advance(timedelta(days=3))
        assert list(company.folder.rglob("*.csv")) == []
        company.close()


def test_what_the_bank_leaves_is_read_to_the_penny_and_once(company: Company) -> None:
    first = read(company)
    assert (first.failed, first.tables[0].rejected, first.tables[0].new_columns) == ([], 0, set())
    company.advance(timedelta(days=30))
    second, third = read(company), read(company)
    paid = world().payments.filter(pl.col("paid_at") < company.now - timedelta(days=1))
    assert (first.rows + second.rows, third.rows) == (paid.height, 0)
    lines = held(company)
    assert lines["gross_amount"].sum() == paid["amount"].sum()
    assert lines["bank_fee"].sum() == paid["fee"].sum()
    known = paid.select("payment_ref", "invoice_no").rows()
    assert sorted(lines.select("payment_reference", "invoice_number").rows()) == sorted(known)


def test_a_read_that_dies_in_the_middle_loses_and_doubles_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, asked = Storage.send, list[Any]()

    def dying(self: Storage, request: Any) -> Any:
        asked.append(request)
        if len(asked) > 9:
            raise Transient("the disk is gone", retry_after=0)
        return whole(self, request)

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "send", dying)
        died = read(company)
    assert died.failed[0].error == "the disk is gone"
    rest = read(company)
    assert 0 < died.rows < rest.rows
    lines = held(company).unique(["file_name", "row_number"])
    assert sorted(lines["payment_reference"]) == sorted(world().payments.filter(pl.col("paid_at") < END)["payment_ref"])
    assert read(company).rows == 0


def test_a_file_that_is_refused_waits_in_quarantine_until_it_comes_whole(company: Company) -> None:
    name = max(left(company))
    file = files.folder(company.folder) / name.replace(".manifest.json", ".csv")
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    first = read(company)
    (waiting,) = quarantine.held(Lake(str(company.home / "lake")), "file_drop")
    assert (waiting["native_key"], "it was cut short" in waiting["reason"]) == (file.name, True)
    file.write_bytes(whole)
    assert first.rows + read(company).rows == world().payments.filter(pl.col("paid_at") < END).height
    assert quarantine.held(Lake(str(company.home / "lake")), "file_drop") == []
