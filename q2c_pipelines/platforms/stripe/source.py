"""Reading Stripe: lists for what never changes and for the first read, the event stream for changes and deletions.

lists, newest first -> pages as they came;  events -> the newest version of every object that changed, or its tombstone.

No object says when it changed, so `event_created` is put on what the stream tells: the time of the event.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, groupby, islice
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table
from q2c_pipelines.platforms.stripe.connection import VERSION

_EVENTS = {
    "customer": ("created", "updated", "deleted"),
    "charge": ("succeeded", "updated", "captured", "failed", "pending", "refunded", "expired"),
}
_RETENTION = timedelta(days=30)
_MARGIN = timedelta(hours=1)  # an event at the edge may expire while its page is on the way
_BATCH = 1000
_ENVELOPE = pa.schema([("has_more", pa.bool_()), ("data", pa.list_(pa.struct([("id", pa.string())])))])

Record = dict[str, Any]


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """What was created, changed or deleted since the window opens; all that there is where it is open."""
    if table.name not in _EVENTS or window.since is None:
        return _listed(client, table, window.since)
    return _changed(client, table, window.since)


def _listed(client: Client, table: Table, since: datetime | None) -> Iterator[Page]:
    """Every object created from `since` on. Newest first, so only the end of the walk proves it read."""
    for body, is_last in _walk(client, _path(table), _since(since)):
        yield Page(table.name, body, "data[]", read_to=client.first_answer_at if is_last else None)


def _changed(client: Client, table: Table, since: datetime) -> Iterator[Page]:
    """Every object that changed from `since` on, in its newest version; listed anew where events of that time are gone."""
    types = {f"types[{i}]": f"{table.object}.{what}" for i, what in enumerate(_EVENTS[table.name])}
    bodies = (body for body, _ in _walk(client, "/v1/events", types | _since(since)))
    first = next(bodies)  # its answer tells the platform's time
    if client.server_time and since < client.server_time - _RETENTION + _MARGIN:
        for page in _listed(client, table, None):
            yield Page(page.table, page.body, page.records)
    events = (event for body in chain([first], bodies) for event in orjson.loads(body)["data"])
    newest = _newest(client, table, events)
    while batch := list(islice(newest, _BATCH)):
        for is_deleted in (False, True):
            if records := [record for record, gone in batch if gone is is_deleted]:
                yield Page(table.name, orjson.dumps({"data": records}), "data[]", is_deleted=is_deleted)
    yield Page(table.name, b'{"data":[]}', "data[]", read_to=client.first_answer_at)


def _newest(client: Client, table: Table, events: Iterable[Record]) -> Iterator[tuple[Record, bool]]:
    """Each object once, as of its newest event, and whether it is gone. Events come newest first; within a second in no order."""
    seen: set[str] = set()
    for second, together in groupby(events, key=lambda event: event["created"]):
        by_object: dict[str, list[Record]] = defaultdict(list)
        for event in together:
            by_object[event["data"]["object"]["id"]].append(event)
        for key in by_object.keys() - seen:
            record, is_gone = _settled(client, table, key, by_object[key])
            yield record | {"event_created": second}, is_gone
        seen |= by_object.keys()


def _settled(client: Client, table: Table, key: str, events: list[Record]) -> tuple[Record, bool]:
    """The object after these events of one second. Fetched where their order is unknown or they speak another version."""
    gone = next((event for event in events if event["type"].endswith(".deleted")), None)
    if gone:
        return gone["data"]["object"], True
    if len(events) == 1 and events[0]["api_version"] == VERSION:
        return events[0]["data"]["object"], False
    record: Record = orjson.loads(client.get(f"{_path(table)}/{key}").content)
    return record, bool(record.get("deleted"))


def _walk(client: Client, path: str, params: dict[str, str]) -> Iterator[tuple[bytes, bool]]:
    """The pages of a list, and whether each is the last."""
    params = {"limit": "100"} | params
    while True:
        body = client.get(path, params).content
        last = _last_id(body)
        yield body, last is None
        if last is None:
            return
        params["starting_after"] = last


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


def _path(table: Table) -> str:
    return f"/v1/{table.object}s"


def _since(since: datetime | None) -> dict[str, str]:
    return {"created[gte]": str(int(since.timestamp()))} if since else {}
