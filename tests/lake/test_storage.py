"""A lake file is read and written whole, and reading leaves nothing behind that outlives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from q2c_pipelines.lake.storage import Lake, UnreadableLake

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


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_reading_starts_no_thread_that_could_outlive_the_process(lake: Lake) -> None:
    done = subprocess.run([sys.executable, "-c", READ, lake.url], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "0"]
