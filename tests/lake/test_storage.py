"""A lake file is read and written whole, and reading leaves nothing behind that outlives it."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from fsspec.implementations.local import LocalFileSystem

from q2c_pipelines.lake.storage import Lake, UnreadableLake, UnwritableLake

SCHEMA = pa.schema([("name", pa.string()), ("amount", pa.decimal128(18, 4))])
READ = """
import os, sys
import pyarrow as pa
from q2c_pipelines.lake.storage import Lake
before = len(os.listdir("/proc/self/task"))
rows = Lake(sys.argv[1]).read("log", pa.schema([("name", pa.string()), ("amount", pa.decimal128(18, 4))]))
print(len(rows), len(os.listdir("/proc/self/task")) - before)
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(str(tmp_path))
    made.write("log/a.parquet", [{"name": "a", "amount": None}], SCHEMA)
    made.write("log/b.parquet", [{"name": "b", "amount": None}], SCHEMA)
    return made


def test_rows_come_back_in_the_order_of_their_files(lake: Lake) -> None:
    assert lake.read("log", SCHEMA)["name"].to_pylist() == ["a", "b"]


def test_a_file_without_a_column_is_named(lake: Lake) -> None:
    with pytest.raises(UnreadableLake, match=r"b\.parquet|a\.parquet"):
        lake.read("log", SCHEMA.append(pa.field("missing", pa.string())))


def test_a_storage_that_does_not_answer_is_told_with_what_to_look_at(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoCredentialsError(Exception):
        """What a client of a storage raises is of no kind that is known here."""

    def refuse(*_: object) -> None:
        raise NoCredentialsError("Unable to locate credentials")

    monkeypatch.setattr(LocalFileSystem, "glob", refuse)
    for ask in (lambda: lake.names("*"), lambda: lake.read("log", SCHEMA), lambda: lake.newest_first("log", SCHEMA)):
        with pytest.raises(UnreadableLake, match=r"the lake .* cannot be listed \(Q2C_LAKE\): Unable to locate credentials; check"):
            ask()


def test_a_storage_whose_client_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def lack(*_: object) -> None:
        raise ImportError("Please install gcsfs")

    monkeypatch.setattr(fsspec.core, "url_to_fs", lack)
    with pytest.raises(UnreadableLake, match=r"gs://x cannot be used \(Q2C_LAKE\): Please install gcsfs"):
        Lake("gs://x").names("*")


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_reading_starts_no_thread_that_could_outlive_the_process(lake: Lake) -> None:
    done = subprocess.run([sys.executable, "-c", READ, lake.url], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "0"]


def test_of_many_rows_few_are_in_memory_at_a_time(lake: Lake) -> None:
    held, schema = [], pa.schema([("number", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(50):
            held.append(pa.total_allocated_bytes())
            yield pa.record_batch([pa.array([number]).take([0] * 100_000)], schema)  # 0.8 MB

    lake.write_batches("many/a.parquet", pa.RecordBatchReader.from_batches(schema, batches()))
    assert max(held) - held[0] < 10_000_000
    assert lake.read("many", schema)["number"].to_pylist()[::100_000] == list(range(50))


def test_of_rows_that_end_in_an_error_nothing_is_left(lake: Lake, tmp_path: Path) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array([1])], names=["number"])
        raise ValueError("the query was interrupted")

    with pytest.raises(ValueError, match="interrupted"):
        lake.write_batches("many/a.parquet", pa.RecordBatchReader.from_batches(pa.schema([("number", pa.int64())]), batches()))
    assert list((tmp_path / "many").iterdir()) == []


def test_a_full_disk_is_told_and_nothing_is_left(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalFileSystem, "mv", refuse)
    with pytest.raises(UnwritableLake, match=r"the lake file .*log/c\.parquet cannot be written: No space left on device"):
        lake.write("log/c.parquet", [{"name": "c", "amount": None}], SCHEMA)
    assert sorted(each.name for each in (tmp_path / "log").iterdir()) == ["a.parquet", "b.parquet"]
