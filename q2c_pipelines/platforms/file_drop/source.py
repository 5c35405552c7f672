"""Declared CSV layouts in a folder: complete files only, every line accounted for.

folder -> complete files -> lines with their place -> pages. A file that is still being written is not read; one that is not as
agreed is refused whole, before any of its lines counts; a line that has not the header's number of fields is refused with its text.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import fsspec
import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.file_drop.handover import Unusable, body_of, require_promised
from q2c_pipelines.platforms.page import Page, Refused, Window
from q2c_pipelines.platforms.spec import Platform, Table, lake_name

if TYPE_CHECKING:
    from _csv import Reader

_LINES = 50_000
_OURS = ("file_name", "row_number")  # where a line stood
_LAKES = ("q2c_", "_dlt")  # how the lake's own columns begin
_UNFINISHED = (".part", ".tmp")
_SHOWN = 200  # bytes of a refused file that are kept to know it by


def pages(client: Client, platform: Platform, table: Table, _: Window) -> Iterator[Page]:
    """Every line of every complete file of this layout, in the order of the files' names; the same content twice is read once."""
    files, root = fsspec.core.url_to_fs(client.base_url)
    if not files.isdir(root):
        raise Terminal(f"{platform.title}: the folder {root} does not exist or may not be read; check base_url in connections.yaml")
    client.first_answer_at = datetime.now(UTC)
    read: set[str] = set()
    for path in sorted(files.glob(f"{root.rstrip('/')}/{table.object}")):
        name, body = path.rpartition("/")[2], b""
        if name.startswith(".") or name.endswith(_UNFINISHED) or not files.lexists(path):
            continue
        try:
            body = body_of(files, root, path)
            if (content := hashlib.sha256(body).hexdigest()) in read:
                continue
            read.add(content)
            require_promised(files, root, path, len(body), content)
            yield from _lines(table, name, _text(table, name, body))
        except Unusable as error:
            yield Page(table.name, b"", format="ndjson", refused=(Refused(name, str(error), _told(body)),))


def _told(body: bytes) -> str:
    """What a refused file is known by."""
    said = f"sha256 {hashlib.sha256(body).hexdigest()}, {len(body)} bytes, begins with {body[:_SHOWN]!r}"
    return said if body else "nothing of it was read"


def _text(table: Table, name: str, body: bytes) -> str:
    try:
        text = body.decode(table.options["encoding"]).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unusable(f"the file {name} is not {table.options['encoding']}: {error}") from error
    if not text.strip():
        raise Unusable(f"the file {name} is empty: even one without lines has a header")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Unusable(f"the file {name} is no text, or not {table.options['encoding']}: there is a NUL byte in line {line}")
    return text


def _lines(table: Table, name: str, text: str) -> Iterator[Page]:
    _require_readable(table, name, text)
    rows = _rows(table, text)
    header = next(rows)
    _require_layout(table, name, header)
    lines: list[bytes] = []
    refused: list[Refused] = []
    for number, values in enumerate(rows, start=1):
        if len(values) == len(header):
            filled = {field: value or None for field, value in zip(header, values, strict=True)}
            lines.append(orjson.dumps(filled | {"file_name": name, "row_number": str(number)}))
        elif values:
            reason = f"line {number} of {name} has {len(values)} fields, its header has {len(header)}"
            refused.append(Refused(f"{name}|{number}", reason, ",".join(values)))
        if len(lines) == _LINES:
            yield Page(table.name, b"\n".join(lines), format="ndjson")
            lines = []
    yield Page(table.name, b"\n".join(lines), format="ndjson", refused=tuple(refused))


def _rows(table: Table, text: str) -> Reader:
    return csv.reader(io.StringIO(text, newline=""), delimiter=table.options["delimiter"], strict=False)


def _require_readable(table: Table, name: str, text: str) -> None:
    rows = _rows(table, text)
    try:
        deque(rows, maxlen=0)
    except csv.Error as error:
        raise Unusable(f"the file {name} cannot be read up to line {rows.line_num}: {error}; is a quote not closed?") from error


def _require_layout(table: Table, name: str, header: list[str]) -> None:
    """Nothing where the header has each declared column once, and no other that the lake could not keep. Raises Unusable."""
    wanted = [table.columns[each].path or each for each in table.asked if each not in _OURS]
    missing = [each for each in wanted if each not in header]
    if missing == wanted:
        raise Unusable(f"the first line of the file {name} is no header of this layout: it names none of {', '.join(wanted)}")
    if missing:
        raise Unusable("; ".join(f"column {each} is missing" for each in missing))
    if not all(map(str.strip, header)):
        raise Unusable(f"the header of the file {name} has a field without a name")
    if ours := [each for each in header if lake_name(each).startswith(_LAKES)]:
        raise Unusable(f"the header of the file {name} names {', '.join(ours)}, as the lake's own columns are named")
    times = Counter(map(lake_name, [*header, *_OURS]))
    if twice := sorted({each for each in header if times[lake_name(each)] > 1}):
        raise Unusable(f"the header of the file {name} names {', '.join(twice)} twice: which of them counts cannot be known")
