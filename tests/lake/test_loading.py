"""How far was read is told by the lake alone: whatever becomes of the working folder, no row is lost, and few are read again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dlt
import duckdb
import pyarrow as pa
import pytest

from q2c_pipelines.lake.loading import IngestFailed, Loaded, load
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Table

FILES = spec.load("file_drop")


class Numbers:
    """A platform that holds the numbers up to a limit; `began` is after which one each read of them began."""

    def __init__(self, home: Path):
        self.home, self.limit, self.began = home, 2, list[int]()

    def load(self) -> Loaded:
        def rows(_: Table) -> Iterator[pa.Table]:
            position = dlt.current.resource_state()
            self.began.append(position.get("at", 0))
            position["at"] = self.limit
            yield pa.table({"n": range(self.began[-1] + 1, self.limit + 1)})

        return load(FILES, Lake(str(self.home / "lake")), self.home / "dlt", rows, only={"retail_invoice_line"})

    @property
    def working(self) -> Path:
        return self.home / "dlt" / "q2c_file_drop"

    @property
    def committed(self) -> list[int]:
        """The numbers in files of loads that were committed."""
        lake = self.home / "lake" / "file_drop"
        loads = {file.stem.partition("__")[2] for file in (lake / "_dlt_loads").glob("*__*.jsonl")}
        files = [str(each) for each in lake.glob("retail_invoice_line/*") if each.name.rsplit(".", 2)[0] in loads]
        return [n for (n,) in duckdb.sql(f"select n from read_parquet({files}) order by n").fetchall()]


@pytest.fixture
def numbers(tmp_path: Path) -> Numbers:
    """Two numbers were read, and there is a third one now."""
    numbers = Numbers(tmp_path)
    numbers.load()
    numbers.limit = 3
    return numbers


def junk(file: str, content: bytes) -> Callable[[Path], object]:
    return lambda working: (working / file).write_bytes(content)


SPOILT = {
    "state of bytes": (junk("state.json", b"\x00\xff"), "UnicodeDecodeError"),
    "state empty": (junk("state.json", b""), "JSONDecodeError"),
    "state a list": (junk("state.json", b"[]"), "TypeError"),
    "state without keys": (junk("state.json", b"{}"), "KeyError"),
    "schema junk": (junk("schemas/file_drop.schema.json", b"junk"), "JSONDecodeError"),
    "state gone": (lambda working: (working / "state.json").unlink(), ""),
    "folder gone": (shutil.rmtree, ""),
}


@pytest.mark.parametrize(("spoil", "why"), SPOILT.values(), ids=SPOILT)
def test_the_position_comes_back_from_the_lake(numbers: Numbers, spoil: Callable[[Path], object], why: str) -> None:
    spoil(numbers.working)
    note = numbers.load().note
    assert (numbers.began, numbers.committed) == ([0, 2], [1, 2, 3])
    assert note.startswith(f"the working folder could not be used ({why}") if why else note == ""
    assert numbers.load().note == ""


def crash(numbers: Numbers, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The third number is on its way when the process dies in this step."""
    with monkeypatch.context() as crashing:
        crashing.setattr(f"dlt.Pipeline.{step}", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            numbers.load()


@pytest.mark.parametrize("step", ["normalize", "load"])
def test_what_is_on_its_way_is_brought_to_its_end(numbers: Numbers, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    crash(numbers, monkeypatch, step)
    numbers.limit = 4
    numbers.load()
    assert (numbers.began, numbers.committed) == ([0, 2, 3], [1, 2, 3, 4])


LOST = {
    "state": junk("state.json", b""),
    "package": lambda working: shutil.rmtree(working / "normalize"),
    "files of the package": lambda working: [each.unlink() for each in working.glob("normalize/*/*/new_jobs/*")],
    "schema of the package": lambda working: [each.unlink() for each in working.glob("normalize/*/*/schema.json")],
    "folder": shutil.rmtree,
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_what_is_lost_on_its_way_is_read_again(
    numbers: Numbers, monkeypatch: pytest.MonkeyPatch, lose: Callable[[Path], object]
) -> None:
    crash(numbers, monkeypatch, "normalize")
    assert lose(numbers.working) != [], "there was something to lose"
    numbers.limit = 4
    numbers.load()
    assert (numbers.began[-1], numbers.committed) == (2, [1, 2, 3, 4])


def test_what_is_in_the_way_of_the_folder_is_named(numbers: Numbers) -> None:
    shutil.rmtree(numbers.working)
    numbers.working.write_text("no folder")
    with pytest.raises(IngestFailed, match="q2c_file_drop"):
        numbers.load()


def test_a_state_in_the_lake_that_cannot_be_read_is_named_and_the_one_before_is_enough(numbers: Numbers) -> None:
    numbers.load()
    newest = max((numbers.home / "lake" / "file_drop" / "_dlt_pipeline_state").glob("q2c_*"))
    newest.write_text('{"version":')
    with pytest.raises(IngestFailed, match=f"{newest.name} cannot be read.*move it away"):
        numbers.load()
    newest.unlink()
    numbers.load()
    assert (numbers.began, set(numbers.committed)) == ([0, 2, 2], {1, 2, 3})
