"""Stripe's event stream: what changed and what was deleted in the last thirty days, each object in its newest version.

events, newest first -> one object each -> pages of living and of deleted ones

No object says when it changed, so `event_created` is put on what the stream tells: the time of the event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, groupby, islice
from typing import Any
from urllib.parse import parse_qsl

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table
from q2c_pipelines.platforms.stripe.connection import VERSION
from q2c_pipelines.platforms.stripe.lists import created, listed, path, walk

Record = dict[str, Any]
_RETENTION = timedelta(days=30)
_MARGIN = timedelta(hours=1)  # an event at the edge may expire while its page is on the way
_BATCH = 1000


def changed(client: Client, table: Table, since: datetime) -> Iterator[Page]:
    """Every object that changed from `since` on, in its newest version; listed anew where events of that time are gone."""
    told = events(client, table.options["events"], since)
    first = next(told, None)  # its answer tells the platform's time
    if is_forgotten(client, since):
        yield from relisted(client, table)
    yield from _pages(table, _newest(client, table, chain([first] if first else [], told)))
    if silent := table.options.get("silent"):
        for body, _ in walk(client, path(table), dict(parse_qsl(silent))):
            yield Page(table.name, body, "data[]")
    yield Page(table.name, b'{"data":[]}', "data[]", read_to=client.first_answer_at)


def events(client: Client, types: str, since: datetime) -> Iterator[Record]:
    """The events of these types, newest first; within a second in no order."""
    asked = {f"types[{place}]": kind for place, kind in enumerate(types.split())}
    for body, _ in walk(client, "/v1/events", asked | created(since)):
        yield from orjson.loads(body)["data"]


def is_forgotten(client: Client, since: datetime) -> bool:
    """Whether the stream no longer reaches back so far, by the platform's clock as of its last answer."""
    return client.server_time is not None and since < client.server_time - _RETENTION + _MARGIN


def relisted(client: Client, table: Table) -> Iterator[Page]:
    """Everything there is; and where that is asked for, the names of the living: deletions of that time are not told any more."""
    for page in listed(client, table, None):
        yield replace(page, read_to=None)
        if table.options.get("names") == "living":
            yield replace(page, read_to=None, names_living=True)


def _pages(table: Table, newest: Iterator[tuple[Record, bool]]) -> Iterator[Page]:
    while batch := list(islice(newest, _BATCH)):
        for is_deleted in (False, True):
            if records := [record for record, gone in batch if gone is is_deleted]:
                yield Page(table.name, orjson.dumps({"data": records}), "data[]", is_deleted=is_deleted)


def _newest(client: Client, table: Table, told: Iterable[Record]) -> Iterator[tuple[Record, bool]]:
    """Each object once, as of its newest event, and whether it is gone."""
    seen: set[str] = set()
    for second, together in groupby(told, key=lambda event: event["created"]):
        by_object: dict[str, list[Record]] = defaultdict(list)
        for event in together:
            by_object[event["data"]["object"]["id"]].append(event)
        for key in by_object.keys() - seen:
            record, is_gone = _settled(client, table, key, by_object[key])
            yield record | {"event_created": second}, is_gone
        seen |= by_object.keys()


def _settled(client: Client, table: Table, key: str, told: list[Record]) -> tuple[Record, bool]:
    """The object after these events of one second. Fetched where their order is unknown or they speak another version.

    Only `<object>.deleted` says that it is gone: `customer.subscription.deleted` says that a subscription is canceled.
    """
    gone = next((event for event in told if event["type"] == f"{table.object}.deleted"), None)
    if gone:
        return gone["data"]["object"], True
    if len(told) == 1 and told[0]["api_version"] == VERSION:
        return told[0]["data"]["object"], False
    answer = client.read(Request("GET", f"{path(table)}/{key}", accept=(404,)))
    if answer.status_code == 404:
        return {"id": key}, True
    record: Record = orjson.loads(answer.content)
    return record, bool(record.get("deleted"))
