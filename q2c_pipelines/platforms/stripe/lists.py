"""Stripe's lists: newest first, a hundred at a time, each page beginning after the last one's last object.

table, since -> pages as they came.  Newest first, so only the end of the walk proves it read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.json as pj

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table

_ENVELOPE = pa.schema([("has_more", pa.bool_()), ("data", pa.list_(pa.struct([("id", pa.string())])))])


def listed(client: Client, table: Table, since: datetime | None) -> Iterator[Page]:
    """Every object created from `since` on, from all the lists that the table's `list` names."""
    queries = table.options.get("list", "").split() or [""]
    for query in queries:
        for body, is_last in walk(client, path(table), dict(parse_qsl(query)) | created(since)):
            is_read = is_last and query == queries[-1]
            yield Page(table.name, body, "data[]", read_to=client.first_answer_at if is_read else None)


def walk(client: Client, path: str, params: Mapping[str, str]) -> Iterator[tuple[bytes, bool]]:
    """The pages of a list, and whether each is the last."""
    asked = {"limit": "100"} | dict(params)
    while True:
        body = client.get(path, asked).content
        last = _last_id(body)
        yield body, last is None
        if last is None:
            return
        asked["starting_after"] = last


def path(table: Table) -> str:
    """Where the objects of a table are listed."""
    return f"/v1/{table.object}s"


def created(since: datetime | None) -> dict[str, str]:
    """The parameter that asks for what was created from then on."""
    return {"created[gte]": str(int(since.timestamp()))} if since else {}


def _last_id(body: bytes) -> str | None:
    """Where the next page begins; None after the last."""
    envelope = pj.read_json(
        io.BytesIO(body),
        read_options=pj.ReadOptions(block_size=len(body) + 64, use_threads=False),
        parse_options=pj.ParseOptions(explicit_schema=_ENVELOPE, newlines_in_values=True, unexpected_field_behavior="ignore"),
    )
    if not envelope["has_more"][0].as_py():
        return None
    last: str = envelope["data"].combine_chunks().flatten()[-1]["id"].as_py()
    return last
