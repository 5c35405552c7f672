"""Declared CSV layouts in a folder: complete files only, every line accounted for.

folder -> complete files -> lines with their place -> pages. A file that is still being written is not read; one that contradicts
its manifest is refused whole; a line that has not the header's number of fields is refused with its text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import fsspec
import orjson
from fsspec import AbstractFileSystem

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.page import Page, Refused, Window
from q2c_pipelines.platforms.spec import Platform, Table

_LINES = 50_000
_OURS = ("file_name", "row_number")  # where a line stood
_UNFINISHED = (".part", ".tmp")


def pages(client: Client, platform: Platform, table: Table, _: Window) -> Iterator[Page]:
    """Every line of every complete file of this layout, in the order of the files' names; the same content twice is read once."""
    files, root = fsspec.core.url_to_fs(client.base_url)
    if not files.isdir(root):
        raise Terminal(f"{platform.title}: the folder {root} does not exist or may not be read; check base_url in connections.yaml")
    client.first_answer_at = datetime.now(UTC)
    read: set[str] = set()
    for path in sorted(files.glob(f"{root.rstrip('/')}/{table.object}")):
        name = path.rpartition("/")[2]
        if name.startswith(".") or name.endswith(_UNFINISHED):
            continue
        body = files.cat_file(path)
        content = hashlib.sha256(body).hexdigest()
        if content in read:
            continue
        read.add(content)
        if reason := _contradicts_manifest(files, path, body, content):
            yield Page(table.name, b"", format="ndjson", refused=(Refused(name, reason, f"sha256 {content}, {len(body)} bytes"),))
        else:
            yield from _lines(table, name, body)


def _contradicts_manifest(files: AbstractFileSystem, path: str, body: bytes, content: str) -> str:
    """Why the file is not what its manifest promises; empty where it is, or where there is none."""
    manifest = f"{path.rpartition('.')[0]}.manifest.json"
    if not files.exists(manifest):
        return ""
    name = path.rpartition("/")[2]
    promised = next((each for each in json.loads(files.cat_file(manifest)).get("files", []) if each["name"] == name), None)
    if promised is None:
        return f"the file {name} is not named in its manifest"
    if promised.get("bytes", len(body)) != len(body):
        return f"the file {name} has {len(body)} bytes, its manifest promises {promised['bytes']}: it was cut short or replaced"
    if promised.get("sha256", content) != content:
        return f"the content of the file {name} is not what its manifest promises (sha256)"
    return ""


def _lines(table: Table, name: str, body: bytes) -> Iterator[Page]:
    try:
        text = body.decode(table.options["encoding"]).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        reason = f"the file {name} is not {table.options['encoding']}: {error}"
        yield Page(table.name, b"", format="ndjson", refused=(Refused(name, reason, f"{len(body)} bytes"),))
        return
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=table.options["delimiter"], strict=False)
    header = next(rows, [])
    if wrong := sorted(field for field, times in Counter([*header, *_OURS]).items() if times > 1):
        reason = f"the header of the file {name} names {', '.join(wrong)} twice: which of them counts cannot be known"
        yield Page(table.name, b"", format="ndjson", refused=(Refused(name, reason, ",".join(header)),))
        return
    lines: list[bytes] = []
    refused: list[Refused] = []
    for number, values in enumerate(rows, start=1):
        if len(values) == len(header):
            filled = {field: value for field, value in zip(header, values, strict=True) if value != ""}
            lines.append(orjson.dumps(filled | {"file_name": name, "row_number": str(number)}))
        elif values:
            reason = f"line {number} of {name} has {len(values)} fields, its header has {len(header)}"
            refused.append(Refused(f"{name}|{number}", reason, ",".join(values)))
        if len(lines) == _LINES:
            yield Page(table.name, b"\n".join(lines), format="ndjson")
            lines = []
    yield Page(table.name, b"\n".join(lines), format="ndjson", refused=tuple(refused))
