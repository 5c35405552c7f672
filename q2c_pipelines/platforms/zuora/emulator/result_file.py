"""The file that a Data Query job leaves, written part by part so that other requests are answered in between."""

from __future__ import annotations

import asyncio
import csv
import io
import zlib
from typing import Any

import orjson
from sqlglot import exp

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import sql
from q2c_pipelines.platforms.zuora.emulator.sql import Query

_SEPARATORS = {"CSV": ",", "TSV": "\t"}


async def written(emulation: Emulation, query: Query, asked: Row) -> tuple[bytes, int]:
    """The file's bytes and how many rows it holds. Raises InvalidQuery."""
    mentions = any(each.name.lower() == "deleted" for each in query.tree.find_all(exp.Column))
    deleted = "only" if asked.get("readDeleted") else "both" if mentions else "no"
    packer = zlib.compressobj(level=1, wbits=31) if asked["compression"] == "GZIP" else _Plain()
    parts, count = [packer.compress(b"" if asked["outputFormat"] == "JSON" else _lines([query.names], asked))], 0
    for batch in sql.batches(emulation, query, deleted=deleted):
        count += len(batch)
        text = _json(batch) if asked["outputFormat"] == "JSON" else _lines([list(row.values()) for row in batch], asked)
        parts.append(packer.compress(text))
        await asyncio.sleep(0)
    return b"".join([*parts, packer.flush()]), count


class _Plain:
    """Packs nothing."""

    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def _json(rows: list[Row]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _lines(rows: list[list[Any]], asked: Row) -> bytes:
    text = io.StringIO()
    separator = _SEPARATORS.get(asked["outputFormat"]) or asked.get("columnSeparator") or "|"
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
