"""What a file says: its lines with their places, every value as text, numbers as the lake reads them.

bytes -> rows (CSV, or the sheet of a workbook) -> header and trailer taken off -> Line, or Broken with its reason
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import python_calamine as calamine

from q2c_pipelines.platforms.file_drop.errors import Unusable
from q2c_pipelines.platforms.file_drop.layout import OURS, Layout
from q2c_pipelines.platforms.spec import lake_name

_LAKES = ("q2c_", "_dlt")  # how the lake's own columns begin
_NAMED = 5  # cells
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_NO_VALUE = re.compile(rb'<c ([^>]*\bt="e"[^>]*)>|<c ([^>]*)><f[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>')
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_CLOCK = "%Y-%m-%d %H:%M:%S"
Row = Sequence[Any]  # texts; of a workbook also numbers and times


@dataclass(frozen=True)
class Line:
    """One record at its place, the first after the header being 1."""

    number: int
    values: dict[str, str | None]


@dataclass(frozen=True)
class Broken:
    """A line that cannot be made out."""

    number: int
    reason: str
    raw: str


@dataclass(frozen=True)
class File:
    """A whole file, read as often as asked. `read` makes one, and raises Unusable where it is not of its layout."""

    name: str
    layout: Layout
    header: tuple[str, ...]
    trailer: Row | None
    rows: Callable[[], Iterator[Row]]  # without header and trailer

    def lines(self) -> Iterator[Line | Broken]:
        """Every line that is not blank."""
        as_it_is = self.layout.is_plain and not _is_workbook(self.name)
        line = self._plain if as_it_is else self._read
        for number, row in enumerate(self.rows(), start=1):
            if row:
                yield line(number, row) if len(row) == len(self.header) else self._ragged(number, row)

    def _plain(self, number: int, row: Row) -> Line:
        return Line(number, {field: value or None for field, value in zip(self.header, row, strict=True)})

    def _read(self, number: int, row: Row) -> Line | Broken:
        values = {field: _text(self.layout, field, cell) for field, cell in zip(self.header, row, strict=True)}
        for field, cell in zip(self.header, row, strict=True):
            if values[field] is None and _said(cell).strip():
                written = f"1{self.layout.thousands}234{self.layout.decimal}56"
                reason = f"line {number} of {self.name}: {field} is {cell!r}, no number as this layout writes them ({written})"
                return Broken(number, reason, self._raw(row))
        return Line(number, values)

    def _ragged(self, number: int, row: Row) -> Broken:
        against = "header" if self.layout.header else "layout"
        reason = f"line {number} of {self.name} has {len(row)} fields, its {against} has {len(self.header)}"
        return Broken(number, reason, self._raw(row))

    def _raw(self, row: Row) -> str:
        return self.layout.delimiter.join(map(_said, row))


def read(layout: Layout, name: str, body: bytes) -> File:
    """The file that these bytes are. Raises Unusable."""
    rows = _sheet(layout, name, body) if _is_workbook(name) else _csv(layout, name, body)
    header, last, trailer = _ends(layout, rows)
    if layout.trailer and (not trailer or _said(trailer[0]) != layout.trailer):
        raise Unusable(f"the file {name} does not end with its trailer {layout.trailer}: it was cut short")
    if layout.header:
        _require_header(layout, name, header)
    first, end = layout.skip_lines + layout.header, last if layout.trailer else None
    return File(name, layout, header or layout.fields, trailer if layout.trailer else None, lambda: islice(rows(), first, end))


def _ends(layout: Layout, rows: Callable[[], Iterator[Row]]) -> tuple[tuple[str, ...], int, Row]:
    """The header, and the last row that is not blank with its place."""
    header: tuple[str, ...] = ()
    place = 0
    last: Row = ()
    for number, row in enumerate(rows()):
        if number == layout.skip_lines and layout.header:
            header = tuple(map(_said, row))
        if row:
            place, last = number, row
    return header, place, last


def _is_workbook(name: str) -> bool:
    return name.lower().endswith(".xlsx")


def _csv(layout: Layout, name: str, body: bytes) -> Callable[[], Iterator[Row]]:
    text = _decoded(layout, name, body)

    def rows() -> Iterator[Row]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=False)
        try:
            yield from reader
        except csv.Error as error:
            said = f"the file {name} cannot be read up to line {reader.line_num}: {error}; is a quote not closed?"
            raise Unusable(said) from error

    return rows


def _decoded(layout: Layout, name: str, body: bytes) -> str:
    try:
        text = body.decode(layout.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unusable(f"the file {name} is not {layout.encoding}: {error}") from error
    if not text.strip():
        raise Unusable(f"the file {name} is empty: even one without lines has a header")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Unusable(f"the file {name} is no text, or not {layout.encoding}: there is a NUL byte in line {line}")
    return text


def _sheet(layout: Layout, name: str, body: bytes) -> Callable[[], Iterator[Row]]:
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(body)) as book:
            if layout.sheet and layout.sheet not in book.sheet_names:
                raise Unusable(f"the workbook {name} has no sheet {layout.sheet}; it has {', '.join(book.sheet_names)}")
            sheet = book.get_sheet_by_name(layout.sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
        unknown = _without_value(body)
    except (calamine.CalamineError, OSError, zipfile.BadZipFile) as error:
        raise Unusable(f"the file {name} is no workbook that can be read: {error}") from error
    if unknown:
        told = ", ".join(unknown[:_NAMED])
        raise Unusable(
            f"the workbook {name} has cells without a value ({len(unknown)}), as #N/A or a formula never calculated: {told}"
        )
    filled = [row if any(map(_said, row)) else [] for row in sheet]
    return lambda: iter(filled)


def _without_value(body: bytes) -> list[str]:
    """The cells of a workbook that hold an error, or a formula without its result: whoever reads values takes them for empty."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheets = [book.read(part) for part in sorted(book.namelist()) if _SHEET.fullmatch(part)]
    cells = (match[1] or match[2] for sheet in sheets for match in _NO_VALUE.finditer(sheet))
    return [place[1].decode() for attributes in cells if (place := _PLACE.search(attributes))]


def _require_header(layout: Layout, name: str, header: Sequence[str]) -> None:
    """Nothing where the header has each declared field once, and no other that the lake could not keep."""
    missing = [each for each in layout.fields if each not in header]
    if len(missing) == len(layout.fields):
        raise Unusable(f"the first line of the file {name} is no header of this layout: it names none of {', '.join(missing)}")
    if missing:
        raise Unusable("; ".join(f"column {each} is missing" for each in missing))
    if not all(map(str.strip, header)):
        raise Unusable(f"the header of the file {name} has a field without a name")
    if ours := [each for each in header if lake_name(each).startswith(_LAKES)]:
        raise Unusable(f"the header of the file {name} names {', '.join(ours)}, as the lake's own columns are named")
    times = Counter(map(lake_name, [*header, *OURS]))
    if twice := sorted({each for each in header if times[lake_name(each)] > 1}):
        raise Unusable(f"the header of the file {name} names {', '.join(twice)} twice: which of them counts cannot be known")


def _said(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _text(layout: Layout, field: str, cell: Any) -> str | None:
    """A cell as text for the lake; None where it is empty, or no number where the layout has one."""
    if isinstance(cell, (date, datetime)):
        return cell.strftime({"iso": "%Y-%m-%d", "local": _CLOCK}.get(how := layout.times.get(field, "local"), how))
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else repr(cell)
    if not (text := _said(cell)) or layout.is_plain or field not in layout.numbers:
        return text or None
    return plain(layout, text)


def plain(layout: Layout, text: str) -> str | None:
    """A number of this layout as the lake reads it; None where it is none."""
    if not (found := layout.number.fullmatch(text.strip())) or (found["sign"] and found["minus"]):
        return None
    whole = found["whole"].replace(layout.thousands, "") if layout.thousands else found["whole"]
    sign = "-" if "-" in (found["sign"], found["minus"]) else ""
    return f"{sign}{whole}" + (f".{found['rest']}" if found["rest"] else "")
