"""Every line of a complete file is loaded or refused with its reason; an incomplete file is not read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from q2c_pipelines.lake import quarantine
from q2c_pipelines.lake.ingest import Summary, ingest, replay
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import Transient
from q2c_pipelines.platforms.file_drop import emulator
from tests.platforms.file_drop.conftest import declared, look
from tests.proofs import validated

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINE = '536365,85123A,"HEART, WHITE",6,12/1/2010 8:26,2.55,17850,United Kingdom\n'
FILE = HEADER + LINE + LINE.replace("85123A", "71053")


def read(folder: Path) -> Summary:
    home = folder.parent
    return ingest(
        spec.load("file_drop"), Connection(str(folder)), Lake(str(home / "lake")), home / "dlt", only={"retail_invoice_line"}
    )


def reasons(folder: Path) -> list[str]:
    return [str(row["reason"]) for row in quarantine.held(Lake(str(folder.parent / "lake")), "file_drop")]


def test_every_line_is_loaded_or_refused(folder: Path) -> None:
    phone_number = LINE.replace(",6,", ",4420794600000,")
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("2.55", "free") + phone_number + "short,line\n")
    table = read(folder).tables[0]
    assert (table.rows, table.rejected) == (2, 3)
    assert sorted(reasons(folder)) == [
        "Quantity is declared decimal(14,6) and came as '4420794600000'",
        "UnitPrice is declared decimal(11,6) and came as 'free'",
        "line 5 of online_retail_1.csv has 2 fields, its header has 8",
    ]
    assert read(folder).rows == 0


def test_a_line_whose_invoice_is_blank_is_refused_as_an_empty_one_is(folder: Path) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE + LINE.replace("536365", "   ") + LINE.replace("536365", ""))
    assert read(folder).rows == 2
    assert reasons(folder) == ["InvoiceNo is required and empty"] * 2


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


@pytest.mark.proves("late_commit")
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
    validated("response", "the published file")


@pytest.mark.parametrize("twice", ["UnitPrice", "file_name"])
def test_a_header_that_names_a_field_twice_is_refused_whole(folder: Path, twice: str) -> None:
    header, line = FILE.splitlines()[:2]
    (folder / "online_retail_1.csv").write_text(f"{header},{twice}\n{line},0.01\n")
    seen = look(folder, declared("retail_invoice_line"))
    assert (seen.lines, [f"names {twice} twice" in each for each in seen.refused.values()]) == ([], [True])


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (Path.mkdir, "online_retail_1.csv is no file but a directory"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "is a link to nothing"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "is a link to nothing"),
    "a link out": (lambda path: path.symlink_to(Path(__file__)), "is a link to something outside the folder"),
    "a pipe": (os.mkfifo, "is no file but a pipe"),
    "nothing": (Path.touch, "the file online_retail_1.csv is empty"),
    "a NUL byte": (lambda path: path.write_text(FILE.replace("HEART", "HE\0RT")), "a NUL byte in line 2"),
    "no UTF-8": (lambda path: path.write_bytes(FILE.replace("HEART", "HÉART").encode("latin-1")), "is not utf-8"),
    "a huge field": (lambda path: path.write_text(FILE + LINE.replace("HEART", "H" * 200_000)), "cannot be read up to line 4"),
    "no header": (lambda path: path.write_text(LINE + LINE), "names none of InvoiceNo, StockCode, Description"),
    "other delimiter": (lambda path: path.write_text(FILE.replace(",", ";")), "is no header of this layout"),
    "a column less": (
        lambda path: path.write_text(FILE.replace("UnitPrice,CustomerID,", "").replace("2.55,17850,", "")),
        "column UnitPrice is missing; column CustomerID is missing",
    ),
    "a nameless column": (lambda path: path.write_text(FILE.replace("\n", ",\n")), "has a field without a name"),
    "a column of the lake": (
        lambda path: path.write_text(FILE.replace("Country\n", "Country,q2c_read_at\n").replace("Kingdom\n", "Kingdom,now\n")),
        "names q2c_read_at, as the lake's own columns are named",
    ),
    "one name in two ways": (
        lambda path: path.write_text(FILE.replace("Country\n", "Country,invoice_no\n").replace("Kingdom\n", "Kingdom,1\n")),
        "names InvoiceNo, invoice_no twice",
    ),
}


@pytest.mark.parametrize(("leave", "reason"), ODD.values(), ids=ODD)
def test_what_is_no_file_of_the_layout_is_refused_whole_and_stops_no_other(
    folder: Path, leave: Callable[[Path], object], reason: str
) -> None:
    leave(folder / "online_retail_1.csv")
    emulator.drop(folder, "online_retail_2.csv", FILE.replace("536365", "536366"))
    seen = look(folder, declared("retail_invoice_line"))
    assert [line["file_name"] for line in seen.lines] == ["online_retail_2.csv"] * 2
    assert list(seen.refused) == ["online_retail_1.csv"]
    assert reason in seen.refused["online_retail_1.csv"]


def test_what_is_refused_whole_is_kept_by_its_beginning_and_its_checksum(folder: Path) -> None:
    (folder / "online_retail_1.csv").mkdir()
    (folder / "online_retail_2.csv").write_text(LINE * 100)
    (table,) = read(folder).tables
    assert (table.rows, table.rejected, table.error) == (0, 2, "")
    raws = [str(row["raw"]) for row in quarantine.held(Lake(str(folder.parent / "lake")), "file_drop")]
    assert sorted(raw[:7] for raw in raws) == ["nothing", "sha256 "]
    assert max(map(len, raws)) < 1000


@pytest.mark.parametrize(
    "manifest",
    ["[]", "null", "junk{", "{}", '{"files": "all"}', '{"files": [{"name": "online_retail_1.csv"}]}', "\udcff"],
    ids=["list", "null", "junk", "no files", "files no list", "no checksum", "no UTF-8"],
)
def test_a_manifest_that_promises_nothing_costs_its_file_only(folder: Path, manifest: str) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE)
    (folder / "online_retail_1.manifest.json").write_bytes(manifest.encode(errors="surrogateescape"))
    emulator.drop(folder, "online_retail_2.csv", FILE.replace("536365", "536366"))
    seen = look(folder, declared("retail_invoice_line"))
    assert len(seen.lines) == 2
    assert ["its manifest online_retail_1.manifest.json cannot be used" in each for each in seen.refused.values()] == [True]


def test_a_manifest_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "online_retail_1.csv").write_text(FILE)
    os.mkfifo(folder / "online_retail_1.manifest.json")
    seen = look(folder, declared("retail_invoice_line"))
    assert seen.lines == []
    assert "is no file but a pipe" in seen.refused["online_retail_1.csv"]


def test_a_link_inside_the_folder_is_a_file(folder: Path) -> None:
    (folder / "2026-10.txt").write_text(FILE)
    (folder / "online_retail_1.csv").symlink_to("2026-10.txt")
    assert len(look(folder, declared("retail_invoice_line")).lines) == 2


@pytest.mark.proves("resume")
def test_a_file_that_cannot_be_read_this_time_fails_the_read_and_is_read_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.drop(folder, "online_retail_1.csv", FILE)

    def broken(*_: object) -> bytes:
        raise OSError("input/output error")

    platform = declared("retail_invoice_line")
    with monkeypatch.context() as patched:
        patched.setattr(LocalFileSystem, "cat_file", broken)
        with pytest.raises(Transient, match=r"^File drop: .*the next read begins with it again"):
            look(folder, platform)
    assert len(look(folder, platform).lines) == 2


def test_a_file_that_grows_while_it_is_read_costs_itself_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        emulator.drop(folder, f"online_retail_{number}.csv", FILE.replace("536365", f"53636{number}"), manifest=False)
    whole = LocalFileSystem.cat_file

    def growing(self: LocalFileSystem, path: str) -> bytes:
        return bytes(whole(self, path)) + (LINE.encode() if path.endswith("1.csv") else b"")

    monkeypatch.setattr(LocalFileSystem, "cat_file", growing)
    seen = look(folder, declared("retail_invoice_line"))
    assert (len(seen.lines), list(seen.refused)) == (2, ["online_retail_1.csv"])
    assert "it is still being written" in seen.refused["online_retail_1.csv"]


@pytest.mark.parametrize("value", ["red", ""], ids=["filled", "empty"])
def test_a_column_nobody_declared_is_reported_and_kept(folder: Path, value: str) -> None:
    header, line, *_ = FILE.splitlines()
    (folder / "online_retail_1.csv").write_text(f"{header},Colour\n{line},{value}\n")
    (table,) = read(folder).tables
    assert (table.rows, table.new_columns) == (1, {"Colour"})


def test_a_column_that_goes_costs_its_file_until_the_file_comes_whole(folder: Path) -> None:
    header, line, *_ = FILE.splitlines()
    less = f"{header.replace('CustomerID,', '')}\n{line.replace('17850,', '')}\n"
    (folder / "online_retail_1.csv").write_text(less)
    assert read(folder).rows == 0
    assert reasons(folder) == ["column CustomerID is missing"]
    emulator.drop(folder, "online_retail_1.csv", FILE)
    assert read(folder).rows == 2
    assert reasons(folder) == []


def test_a_type_that_changes_in_the_middle_costs_its_lines_and_is_replayed_when_declared(folder: Path) -> None:
    changed = LINE.replace("12/1/2010 8:26", "2010-12-01 08:26")
    emulator.drop(folder, "online_retail_1.csv", FILE + changed + changed.replace("85123A", "22752"))
    assert read(folder).rows == 2
    assert reasons(folder) == ["InvoiceDate is declared timestamp and came as '2010-12-01 08:26'"] * 2
    home, declared = folder.parent, spec.load("file_drop")
    table = declared.tables["retail_invoice_line"]
    column = table.columns["InvoiceDate"].model_copy(update={"format": "%Y-%m-%d %H:%M"})
    table = table.model_copy(update={"columns": table.columns | {"InvoiceDate": column}})
    mended = declared.model_copy(update={"tables": {table.name: table}})
    done = replay(mended, Lake(str(home / "lake")), home / "dlt")
    assert (done.rows, done.tables[0].rejected) == (2, 0)
    assert reasons(folder) == []
