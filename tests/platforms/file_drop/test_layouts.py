"""How a partner writes a file is declared: dialect, numbers, header, trailer, workbook; whatever is not so written is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import orjson
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.file_drop.layout import layout_of
from q2c_pipelines.platforms.file_drop.records import plain
from q2c_pipelines.platforms.page import Page
from tests.platforms.file_drop.conftest import HEADER, declared, look, payment, table_of

BANK = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": "."}
NUMBERS = {
    "1.234,56": "1234.56",
    "1234,56": "1234.56",
    "-1.234.567,00": "-1234567.00",
    "100,00-": "-100.00",
    "+7": "7",
    " 0,10 ": "0.10",
}
NO_NUMBERS = ["12.5", "1,234.56", "1.23,4", "12.34.567", "-1-", "--1", "1,", ",5", "EUR 1", "1 234"]


@pytest.mark.parametrize(("written", "read"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_is_read_as_the_layout_writes_it(written: str, read: str) -> None:
    platform = declared(**BANK)
    assert plain(layout_of(platform, table_of(platform)), written) == read


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_of_the_layout_is_refused_with_its_line_and_never_guessed(folder: Path, written: str) -> None:
    (folder / "payments_1.csv").write_text(HEADER + payment("FP1", written) + payment("FP2"))
    seen = look(folder, declared(**BANK))
    assert seen.refs == ["FP2"]
    said = f"line 1 of payments_1.csv: Gross amount is {written!r}, no number as this layout writes them (1.234,56)"
    assert seen.refused == {"payments_1.csv|1": said}


def test_text_that_looks_like_a_number_stays_as_it_is(folder: Path) -> None:
    (folder / "payments_1.csv").write_text(HEADER + payment("=1+1").replace("C-1", "007").replace("CIV-1", "1.000"))
    (line,) = look(folder, declared(**BANK)).lines
    assert (line["Payment reference"], line["Customer number"], line["Invoice number"]) == ("=1+1", "007", "1.000")


def test_bytes_are_read_in_the_encoding_that_is_declared(folder: Path) -> None:
    (folder / "payments_1.csv").write_bytes((HEADER + payment("FP£1")).encode("cp1252"))
    assert look(folder, declared(**BANK)).refs == ["FP£1"]
    assert "is not utf-8" in look(folder, declared(**BANK | {"encoding": "utf-8"})).refused["payments_1.csv"]


def test_lines_before_the_header_are_skipped(folder: Path) -> None:
    (folder / "payments_1.csv").write_text("Bank of Somewhere\n\n" + HEADER + payment("FP1"))
    assert look(folder, declared(**BANK, skip_lines="2")).lines[0]["row_number"] == "1"
    assert "is no header of this layout" in look(folder, declared(**BANK)).refused["payments_1.csv"]


def test_without_a_header_columns_are_by_place(folder: Path) -> None:
    (folder / "payments_1.csv").write_text(payment("FP1") + "FP2;short\n")
    seen = look(folder, declared(**BANK, header="no"))
    assert (seen.refs, seen.lines[0]["Currency"]) == (["FP1"], "GBP")
    assert seen.refused == {"payments_1.csv|2": "line 2 of payments_1.csv has 2 fields, its layout has 7"}


def test_a_line_of_empty_fields_is_a_line(folder: Path) -> None:
    (folder / "payments_1.csv").write_text(HEADER + payment("FP1") + "\n" + ";;;;;;\n")
    assert [line["row_number"] for line in look(folder, declared(**BANK)).lines] == ["1", "3"]


TRAILERS = {
    "right": ("TRL;2;2.469,12\n", ""),
    "blank lines after it": ("TRL;2;2.469,12\n\n", ""),
    "cut off": ("", "does not end with its trailer TRL: it was cut short"),
    "a line too few": ("TRL;3;2.469,12\n", "has 2 lines, its hand-over promises 3"),
    "another sum": ("TRL;2;2.469,13\n", "Gross amount of the file payments_1.csv comes to 2469.12, its hand-over promises 2469.13"),
    "no count": ("TRL;all;1,00\n", "does not give the number of lines and the sum of Gross amount"),
    "no sum": ("TRL;2\n", "does not give the number of lines and the sum of Gross amount"),
}


@pytest.mark.parametrize(("trailer", "reason"), TRAILERS.values(), ids=TRAILERS)
def test_a_trailer_is_held_against_the_lines_before_any_of_them_counts(folder: Path, trailer: str, reason: str) -> None:
    (folder / "payments_1.csv").write_text(HEADER + payment("FP1") + payment("FP2") + trailer)
    seen = look(folder, declared(**BANK, trailer="TRL", amount="Gross amount"))
    assert seen.refs == ([] if reason else ["FP1", "FP2"])
    assert reason in seen.refused.get("payments_1.csv", "")


def workbook(file: Path, *rows: list[object], sheet: str = "Payments") -> None:
    """A workbook with a cover sheet and these rows on another."""
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    page = book.create_sheet(sheet)
    for row in [HEADER.strip().split(";"), *rows]:
        page.append(row)
    book.save(file)


def test_a_workbook_is_another_format_of_the_same_layout(folder: Path) -> None:
    workbook(
        folder / "payments_1.xlsx",
        ["FP1", 4711, "C-1", date(2026, 12, 31), 1234.5, "0,10", "GBP"],
        [],
        ["FP2", "CIV-2", None, "30/12/2026", "1.000,25", 0.1 + 0.2, "GBP"],
    )
    platform = declared(**BANK, sheet="Payments")
    lines = look(folder, platform).lines
    assert [(line["row_number"], line["Invoice number"], line["Gross amount"]) for line in lines] == [
        ("1", "4711", "1234.5"),
        ("3", "CIV-2", "1000.25"),
    ]
    (folder / "payments_1.csv").write_text(HEADER + payment("FP3"))
    assert look(folder, platform).refs == ["FP3", "FP1", "FP2"]


def test_a_workbooks_times_and_binary_numbers_fit_the_contract(folder: Path) -> None:
    workbook(folder / "payments_1.xlsx", ["FP1", "CIV-1", "C-1", date(2026, 7, 15), 1234.5, 0.1 + 0.2, "GBP"])
    platform = declared(**BANK, sheet="Payments")
    page = Page("payment", b"\n".join(map(orjson.dumps, look(folder, platform).lines)), format="ndjson")
    (row,) = check(page, platform, table_of(platform)).rows.to_dicts()
    assert (row["gross_amount"], row["bank_fee"]) == (Decimal("1234.50"), Decimal("0.30"))
    assert row["value_date"].isoformat() == "2026-07-14T23:00:00+00:00", "midnight in London, in summer"


def test_a_workbook_without_the_sheet_or_that_is_none_is_refused(folder: Path) -> None:
    workbook(folder / "payments_1.xlsx", sheet="Other")
    (folder / "payments_2.xlsx").write_bytes(b"PK no workbook")
    refused = look(folder, declared(**BANK, sheet="Payments")).refused
    assert refused["payments_1.xlsx"] == "the workbook payments_1.xlsx has no sheet Payments; it has Cover, Other"
    assert "is no workbook that can be read" in refused["payments_2.xlsx"]


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", "=1+1"])
def test_a_cell_without_a_value_is_not_taken_for_an_empty_one(folder: Path, cell: str) -> None:
    workbook(folder / "payments_1.xlsx", ["FP1", "CIV-1", cell, date(2026, 7, 15), 1234.5, 0, "GBP"])
    refused = look(folder, declared(**BANK, sheet="Payments")).refused
    assert refused["payments_1.xlsx"].startswith("the workbook payments_1.xlsx has cells without a value (1)")
    assert refused["payments_1.xlsx"].endswith(": C2")


WRONG = {
    "unknown option": ({"delimeter": ";"}, "delimeter: Extra inputs"),
    "two characters": ({"delimiter": ";;"}, "delimiter"),
    "no number": ({"skip_lines": "two"}, "skip_lines"),
    "no way to be complete": ({"complete_by": "luck"}, "complete_by"),
    "no pattern": ({"sequence": "("}, "sequence"),
    "a total of no number": ({"amount": "Currency"}, "options.amount is 'Currency', which is no declared number"),
}


@pytest.mark.parametrize(("options", "wrong"), WRONG.values(), ids=WRONG)
def test_an_option_that_cannot_be_used_is_named(folder: Path, options: dict[str, str], wrong: str) -> None:
    with pytest.raises(Terminal, match=rf"^File drop: .*payment.*{wrong}"):
        look(folder, declared(**options))
