"""What is only found by another object: items of subscriptions, lines of documents, taxes of lines, and what is in a payout.

pages of the whole -> its list (further pages of it fetched) -> each part with its place, the id of the whole, the time of its event

A draft's lines have temporary ids and may change: they are taken once the invoice is finalised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table
from q2c_pipelines.platforms.stripe.changes import Record, changed, events, is_forgotten
from q2c_pipelines.platforms.stripe.lists import listed, path, walk


def parts(client: Client, table: Table, whole: Table, since: datetime | None) -> Iterator[Page]:
    """The parts of every object that was created, or changed since; and those that were taken out of one."""
    for page in changed(client, whole, since) if since else listed(client, whole, None):
        if not page.is_deleted:
            found = [part for each in orjson.loads(page.body)["data"] for part in _of(client, table, each)]
            yield replace(page, table=table.name, body=orjson.dumps({"data": found}))
    if since and table.options.get("names") == "living" and not is_forgotten(client, since):
        removed = [each for event in events(client, whole.options["events"], since) for each in _removed(table, event)]
        yield Page(table.name, orjson.dumps({"data": removed}), "data[]", is_deleted=True)


def _of(client: Client, table: Table, whole: Record) -> Iterator[Record]:
    """An object's parts, or the parts of each of them, as the lake keeps them."""
    if whole["object"] == "invoice" and whole["status"] == "draft":
        return
    if by := table.options.get("by"):
        bodies = (body for body, _ in walk(client, path(table), {by: whole["id"]}))
        owner = {by: whole["id"], "event_created": whole.get("event_created")}
        yield from (part | owner for part in chain.from_iterable(orjson.loads(body)["data"] for body in bodies))
        return
    inner = table.options.get("each")
    first_level = _placed(whole, _all(client, whole[table.options["in"]]))
    for part in first_level:
        yield from _placed(part, part[inner] or [], whole) if inner else [part]


def _placed(whole: Record, found: Iterable[Record], beside: Record | None = None) -> Iterator[Record]:
    """Parts with their place, counted from 1, and what they belong to."""
    owners = {each["object"]: each["id"] for each in (beside, whole) if each}
    for position, part in enumerate(found, 1):
        yield part | owners | {"position": position, "event_created": whole.get("event_created")}


def _all(client: Client, held: Record) -> Iterator[Record]:
    """A list inside an object: what is in it, and what only its address tells."""
    yield from held["data"]
    if held["has_more"]:
        url = urlsplit(held["url"])
        after = {"starting_after": held["data"][-1]["id"]}
        bodies = (body for body, _ in walk(client, url.path, dict(parse_qsl(url.query)) | after))
        yield from chain.from_iterable(orjson.loads(body)["data"] for body in bodies)


def _removed(table: Table, event: Record) -> Iterator[Record]:
    """The parts that an object had before an event and has not after it."""
    said, place = event["data"], table.options["in"]
    before = (said.get("previous_attributes") or {}).get(place) or {"data": []}
    kept = {part["id"] for part in said["object"][place]["data"]}
    for part in before["data"]:
        if part["id"] not in kept:
            yield {"id": part["id"], "event_created": event["created"]}
