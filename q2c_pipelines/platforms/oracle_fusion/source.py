"""The pod's records resource by resource, in pages that go by key; children with what identifies their parent.

all keys -> who lives;  collection (q: changed since, key beyond the last) -> pages;  children -> one record each, with `parent`

Pages go by key and not by offset: an offset counts rows that come and go while it is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Unauthorized
from q2c_pipelines.platforms.oracle_fusion import ledger_balances
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, moment, place
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Column, Platform, Table

PAGE, PARENTS = 500, 100  # rows of a page; fewer where each brings its children
_UP = "parent."
Record = dict[str, Any]


@dataclass(frozen=True)
class _Plan:
    """What is asked of a resource for a table: its key, and of each level, from the top down, the attributes."""

    table: Table

    @property
    def path(self) -> list[str]:
        return self.table.object.split(".")

    @property
    def collection(self) -> str:
        return place(self.path[0], self.table.options.get("base", "fscm"))

    @property
    def key(self) -> str:
        return self.table.options.get("key", self.table.key[0])

    @property
    def stamp(self) -> str | None:
        """The attribute of the top level that moves with a change."""
        if not self.table.cursor:
            return None
        return _place(self.table.cursor, self.table.columns[self.table.cursor])[0]

    def fields(self, top: int = 0) -> str:
        """The `fields` of a level and those below it, in the form that says of which child each is."""
        below = range(top + 1, len(self.path))
        children = [f"{'.'.join(self.path[top + 1 : level + 1])}:{','.join(self._attributes(level))}" for level in below]
        return ";".join([",".join(self._attributes(top)), *children])

    def _attributes(self, level: int) -> list[str]:
        own = [name for name, up in (_place(*each) for each in self.table.columns.items()) if len(self.path) - 1 - up == level]
        return list(dict.fromkeys([*own, *([self.key] if level == 0 else [])]))

    def order(self, level: int) -> str:
        """The attribute that tells the records of a level apart under one parent: a part of the key, or what leads to it."""
        own = self._attributes(level)
        return next((name for name in reversed(own) if name in self.table.key), own[0])

    @property
    def identity(self) -> str:
        """The `fields` that tell which record it is."""
        return ",".join(dict.fromkeys([self.key, *self.table.key]))


def _place(name: str, column: Column) -> tuple[str, int]:
    """An attribute's own name, and how many levels above the record it is."""
    path = column.path or name
    return path.rpartition(".")[2], path.count(_UP)


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """The keys of all that is there, of children in a sweep; then the table's records that changed since the window's start."""
    if table.is_control:
        yield from ledger_balances.pages(client, table, platform.overlap, window.position)
        return
    plan = _Plan(table)
    if len(plan.path) > 1:
        if window.is_sweep:
            yield from (replace(page, names_living=True) for page in _children(client, plan, None))
        yield from _children(client, plan, window.since)
        return
    if plan.stamp and window.since:
        yield from _living(client, platform, plan)
    for reply in _replies(client, plan, plan.fields(), window.since):
        yield Page(table.name, reply.content, "items[]")
        if not plan.stamp:
            yield Page(table.name, reply.content, "items[]", names_living=True)


def _living(client: Client, platform: Platform, plan: _Plan) -> Iterator[Page]:
    """Pages that name all that is there. Raises Unauthorized where nothing is: whom it does not trust, it shows nothing."""
    named = False
    for reply in _replies(client, plan, plan.identity, None):
        named = True
        yield Page(plan.table.name, reply.content, "items[]", names_living=True)
    if not named:
        raise Unauthorized(
            f"{platform.title}: {plan.path[0]} has no row any more, though there were some; the user has most likely lost its data "
            "access to the business unit",
            platform=platform.name,
            code="NO_ROWS",
        )


def _children(client: Client, plan: _Plan, since: datetime | None) -> Iterator[Page]:
    """The children of what changed, those of one page of parents at once."""
    for reply in _replies(client, plan, plan.fields(), since):
        items = json.loads(reply.content, parse_float=str)["items"]  # as text, so that no digit is lost
        found = [child for item in items for child in _below(client, plan, item, 1)]
        if found:
            body = "\n".join(json.dumps(each, separators=(",", ":")) for each in found).encode()
            yield Page(plan.table.name, body, format="ndjson")
            if not plan.stamp:
                yield Page(plan.table.name, body, format="ndjson", names_living=True)


def _below(client: Client, plan: _Plan, item: Record, level: int) -> Iterator[Record]:
    """The records of the table's own level under one of a level above, each with its parents' values."""
    name = plan.path[level]
    for child in _all_of(client, plan, item, name, level):
        shown = {attribute: value for attribute, value in child.items() if not isinstance(value, dict | list)}
        above = {attribute: value for attribute, value in item.items() if attribute not in (name, "links")}
        if level == len(plan.path) - 1:
            yield shown | {"parent": above}
        else:
            yield from _below(client, plan, child | {"parent": above}, level + 1)


def _all_of(client: Client, plan: _Plan, item: Record, name: str, level: int) -> Iterator[Record]:
    """A record's children: those that came with it, or where those are only some of them, all of them in an order of their own."""
    held = item.get(name) or {"items": [], "hasMore": False}
    if not held["hasMore"]:
        yield from held["items"]
    offset = 0
    while held["hasMore"]:
        shown = {"fields": plan.fields(level), "orderBy": f"{plan.order(level)}:asc", "links": "self"}
        body = client.get(f"{_address(item)}/child/{name}", shown | {"limit": str(PAGE), "offset": str(offset)}, HEADERS).content
        held = json.loads(body, parse_float=str)
        yield from held["items"]
        offset += len(held["items"])


def _address(item: Record) -> str:
    """The path of a record, as the pod itself links to it: some keys are hashes that nobody should build."""
    own = next(link["href"] for link in item["links"] if link["rel"] == "self")
    return httpx.URL(own).raw_path.decode()


def _replies(client: Client, plan: _Plan, fields: str, since: datetime | None) -> Iterator[httpx.Response]:
    """The pages of a collection that have rows."""
    nested, after = ";" in fields, None
    shown = {"links": "self"} if nested else {"onlyData": "true"}
    size = PARENTS if nested else PAGE
    more = True
    while more:
        params = {"fields": fields, "orderBy": f"{plan.key}:asc", "limit": str(size), **shown}
        if asked := _asked(plan, since, after):
            params["q"] = asked
        reply = client.get(plan.collection, params, HEADERS)
        count, after, more = _end_of(reply, plan)
        if count:
            yield reply


def _asked(plan: _Plan, since: datetime | None, after: int | None) -> str:
    changed = [f"{plan.stamp} >= {moment(since)}"] if plan.stamp and since else []
    return " and ".join(changed + ([f"{plan.key} > {after}"] if after is not None else []))


def _end_of(reply: httpx.Response, plan: _Plan) -> tuple[int, int | None, bool]:
    """How many rows a reply holds, the key of the last, and whether there are more."""
    try:
        body = reply.json()
        items = body["items"]
        last = int(items[-1][plan.key]) if items else None
        return len(items), last, bool(body["hasMore"] and items)
    except (ValueError, KeyError, TypeError) as error:
        raise Terminal(
            f"Oracle Fusion: a reply about {plan.path[0]} cannot be read ({error!r}); compare its key in platform.yaml",
            platform="oracle_fusion",
        ) from error
