"""Reading Stripe: lists for what never changes and for the first read, the event stream for changes and deletions.

lists -> pages as they came;  events -> the newest version of every object that changed, or its tombstone;  wholes -> their parts;
in a sweep all lists before, for who lives

How a table is read is said by its `options` in platform.yaml: `list`, the queries of the lists that hold all; `events`, what tells
of its changes; `silent`, the list of what changes without an event; `of`, `in` and `each`, in which other object it is found,
or `by`, the parameter of its own list that names that object;
`after`, the events of another object (`with`) upon which its own are listed anew; `names: living`, that its records may be deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table
from q2c_pipelines.platforms.stripe import balance
from q2c_pipelines.platforms.stripe.changes import changed, events
from q2c_pipelines.platforms.stripe.lists import listed, path, walk
from q2c_pipelines.platforms.stripe.parts import parts


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """What was created, changed or deleted since the window opens; all that there is where it is open."""
    if table.is_control:
        yield from balance.pages(client, table)
        return
    if window.is_sweep:
        for page in _since(client, platform, table, None):
            yield replace(page, read_to=None, names_living=True)
    yield from _since(client, platform, table, window.since)


def glance(client: Client, platform: Platform, table: Table) -> None:
    """Asks for one record of the table's own list, if it has one, which what is read by events is not asked for otherwise."""
    if not table.is_control:
        client.get(path(platform.tables[table.options.get("of", table.name)]), {"limit": "1"})


def _since(client: Client, platform: Platform, table: Table, since: datetime | None) -> Iterator[Page]:
    if whole := table.options.get("of"):
        return parts(client, table, platform.tables[whole], since)
    if "events" not in table.options or since is None:
        return listed(client, table, since)
    if "after" in table.options:
        return _with_owners(client, table, since)
    return changed(client, table, since)


def _with_owners(client: Client, table: Table, since: datetime) -> Iterator[Page]:
    """What was created, what an event tells, and all that belongs to an object that an event of its own tells of."""
    for page in listed(client, table, since):
        yield replace(page, read_to=None)
    told: set[str] = set()
    owner = table.options["with"]
    for page in changed(client, table, since):
        told |= {each[owner] for each in orjson.loads(page.body)["data"] if each.get("status") == "paid"}
        yield replace(page, read_to=None)
    for event in events(client, table.options["after"], since):
        if (key := event["data"]["object"]["id"]) not in told:
            told.add(key)
            yield from _anew(client, table, {owner: key}, event["created"])
    yield Page(table.name, b'{"data":[]}', "data[]", read_to=client.first_answer_at)


def _anew(client: Client, table: Table, of: dict[str, str], second: int) -> Iterator[Page]:
    for body, _ in walk(client, path(table), of):
        records = [each | {"event_created": second} for each in orjson.loads(body)["data"]]
        yield Page(table.name, orjson.dumps({"data": records}), "data[]")
