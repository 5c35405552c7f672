"""Every line of a complete file is loaded or refused with its reason; an incomplete file is not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines.lake import quarantine
from q2c_pipelines.lake.ingest import Summary, ingest, replay
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.file_drop import emulator

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINE = '536365,85123A,"HEART, WHITE",6,12/1/2010 8:26,2.55,17850,United Kingdom\n'
FILE = HEADER + LINE + LINE.replace("85123A", "71053")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def read(folder: Path) -> Summary:
    home = folder.parent
    return ingest(spec.load("file_drop"), Connection(str(folder)), Lake(str(home / "lake")), home / "dlt")


def reasons(folder: Path) -> list[str]:
    return [str(row["reason"]) for row in quarantine.held(Lake(str(folder.parent / "lake")), "file_drop")]


def test_every_line_is_loaded_or_refused(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("2.55", "free") + "short,line\n")
    table = read(folder).tables[0]
    assert (table.rows, table.rejected) == (2, 2)
    assert sorted(reasons(folder)) == [
        "UnitPrice is declared decimal(18,6) and came as 'free'",
        "line 4 of online_retail_1.csv has 2 fields, its header has 8",
    ]
    assert read(folder).rows == 0


def test_a_line_that_comes_whole_under_its_file_and_number_waits_no_longer(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("2.55", "free") + "short,line\n")
    read(folder)
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("2.55", "1.00") + "short,line\n")
    read(folder)
    assert reasons(folder) == ["line 4 of online_retail_1.csv has 2 fields, its header has 8"]


def test_a_broken_line_is_not_replayed_and_stops_nobody(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("2.55", "free") + "short,line\n")
    read(folder)
    home = folder.parent
    done = replay(spec.load("file_drop"), Lake(str(home / "lake")), home / "dlt")
    assert (done.rows, done.tables[0].rejected) == (0, 2)
    assert len(reasons(folder)) == 2


def test_a_late_file_is_read(folder: Path) -> None:
    emulator.drop(folder, "online_retail_2.csv", FILE)
    read(folder)
    emulator.drop(folder, "online_retail_1.csv", HEADER + LINE.replace("536365", "536300"))
    assert read(folder).rows == 1


def test_the_same_content_twice_is_read_once(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE)
    emulator.drop(folder, "online_retail_2.csv", FILE)
    assert read(folder).rows == 2


def test_a_file_left_again_under_its_name_corrects_its_lines(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE)
    read(folder)
    emulator.drop(folder, "online_retail_1.csv", FILE.replace("71053,", "71054,"))
    assert read(folder).rows == 1
    emulator.drop(folder, "online_retail_1.csv", HEADER + LINE)
    assert (read(folder).rows, sum(each.deleted for each in read(folder).tables)) == (0, 0)


def test_a_file_that_is_still_growing_waits(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE, "growing")
    assert read(folder).rows == 0
    emulator.drop(folder, "online_retail_1.csv", FILE)
    assert read(folder).rows == 2


@pytest.mark.parametrize("fault", ["truncated", "tampered"])
def test_a_file_that_contradicts_its_manifest_is_refused_whole(folder: Path, fault: str) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE, fault)
    assert read(folder).rows == 0
    assert "manifest promises" in reasons(folder)[0]
    emulator.drop(folder, "online_retail_1.csv", FILE)
    assert read(folder).rows == 2
    assert reasons(folder) == [], "its lines came well"


def test_a_truncated_last_line_and_another_encoding_are_refused(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE, "ragged", manifest=False)
    emulator.drop(folder, "online_retail_2.csv", FILE, "other_encoding", manifest=False)
    assert read(folder).rows == 1
    assert ["line 2 of online_retail_1.csv has 7 fields" in each or "is not utf-8" in each for each in reasons(folder)] == [
        True,
        True,
    ]


def test_a_folder_that_is_not_there_fails_visibly(folder: Path) -> None:
    summary = read(folder / "nowhere")
    assert "does not exist" in summary.failed[0].error


def test_the_real_file_loads_whole(folder: Path, contracts: Path) -> None:
    real = contracts.parent / "data" / "online_retail_2010-12.csv"
    (folder / real.name).write_bytes(real.read_bytes())
    table = read(folder).tables[0]
    assert table.rows + table.rejected == len(real.read_text().splitlines()) - 1
    assert table.rejected == 0


@pytest.mark.parametrize("twice", ["UnitPrice", "file_name"])
def test_a_header_that_names_a_field_twice_is_refused_whole(folder: Path, twice: str) -> None:
    header, line = FILE.splitlines()[:2]
    (folder / "online_retail_1.csv").write_text(f"{header},{twice}\n{line},0.01\n")
    assert read(folder).rows == 0
    assert [f"names {twice} twice" in each for each in reasons(folder)] == [True]
