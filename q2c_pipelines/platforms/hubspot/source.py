"""Reading HubSpot: what changed by search, what was archived by its own list; in a sweep all records, for what leaves no stamp.

list | search -> records -> their associations, 1,000 at a time -> pages;  archived since -> tombstones;  merged ids -> tombstones.

A search gives 10,000 records at most, in pages that shift while records change. So each one asks for what follows the last id seen,
and only its first page is taken. Neither associations nor calculated properties are sure to move a record's stamp, and what is
purged leaves no trace: a sweep walks the lists, which name who lives as they go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.hubspot.connection import ASSOCIATIONS, OBJECTS, PROPERTIES, explained
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

Record = dict[str, Any]
_TOGETHER = 1000  # ids that associations are asked of at once
_LIST, _SEARCH = 100, 200  # the longest pages
_PRIMARY = "Primary"
_MERGED = "hs_merged_object_ids"


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """All records of a table changed in the window, then tombstones of those archived or merged away in it."""
    _has_all(client, table)
    if window.since is None:
        yield from _told(client, table, _listed(client, table, _properties(table)))
        yield from _archived(client, table, datetime.min.replace(tzinfo=UTC))
    else:
        if window.is_sweep:
            yield from _swept(client, table)
        yield from _told(client, table, _found(client, table, window.since))
        yield from _archived(client, table, window.since)
    yield _page(table, [], read_to=client.first_answer_at)


def _has_all(client: Client, table: Table) -> None:
    """Raises Terminal where the account lacks a property that is read: HubSpot would leave it out without a word."""
    known = {each["name"] for each in orjson.loads(client.get(f"{PROPERTIES}/{table.object}").content)["results"]}
    if absent := [name for name in _properties(table) if name not in known]:
        told = f"{table.object} have no property {', '.join(absent)}; make it under Settings > Properties, as README.md lists them"
        raise Terminal(f"HubSpot: {told}", platform="hubspot")


def _swept(client: Client, table: Table) -> Iterator[Page]:
    """All records as they are, and their names: what the lake holds beyond them was purged."""
    for page in _told(client, table, _listed(client, table, _properties(table))):
        if not page.is_deleted:
            yield replace(page, names_living=True)
        yield page
    yield replace(_page(table, []), names_living=True)  # where nothing lives any more, that is named too


def _told(client: Client, table: Table, records: Iterator[Record]) -> Iterator[Page]:
    """Pages of records with their associations, and of tombstones for what was merged into them."""
    while batch := list(islice(records, _TOGETHER)):
        for target in _targets(table):
            _associate(client, table, target, batch)
        yield _page(table, batch)
        if merged := [_tombstone(key, each["updatedAt"]) for each in batch for key in _merged(each)]:
            yield _page(table, merged, is_deleted=True)


def _listed(client: Client, table: Table, properties: list[str], archived: bool = False) -> Iterator[Record]:
    """Every record, by id."""
    params = {"limit": str(_LIST), "properties": ",".join(properties), "archived": str(archived).lower()}
    while True:
        reply = orjson.loads(client.get(f"{OBJECTS}/{table.object}", params).content)
        yield from reply["results"]
        if "paging" not in reply:
            return
        params["after"] = reply["paging"]["next"]["after"]


def _found(client: Client, table: Table, since: datetime) -> Iterator[Record]:
    """Every record changed from `since` on, by id: none is missed or met twice, whatever changes meanwhile."""
    changed = table.options.get("changed", "hs_lastmodifieddate")
    last = "0"
    while True:
        filters = [_filter(changed, "GTE", str(int(since.timestamp() * 1000))), _filter("hs_object_id", "GT", last)]
        asked = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": _properties(table),
            "limit": _SEARCH,
        }
        found = orjson.loads(client.read(Request("POST", f"{OBJECTS}/{table.object}/search", json=asked)).content)["results"]
        yield from found
        if len(found) < _SEARCH:
            return
        last = found[-1]["id"]


def _archived(client: Client, table: Table, since: datetime) -> Iterator[Page]:
    """Tombstones of what was archived since; the whole recycle bin is gone through, for it knows no times."""
    binned = _listed(client, table, [], archived=True)
    gone = (_tombstone(each["id"], each["archivedAt"]) for each in binned if datetime.fromisoformat(each["archivedAt"]) >= since)
    while batch := list(islice(gone, _TOGETHER)):
        yield _page(table, batch, is_deleted=True)


def _associate(client: Client, table: Table, target: str, batch: list[Record]) -> None:
    """Puts on each record the id of the one it is linked with: the primary one, else the first."""
    path = f"{ASSOCIATIONS}/{table.object}/{target}/batch/read"
    asked = {"inputs": [{"id": each["id"]} for each in batch]}
    reply = orjson.loads(client.read(Request("POST", path, json=asked)).content)
    _complete(path, reply)
    linked = {str(each["from"]["id"]): _first(each["to"]) for each in reply["results"]}
    for each in batch:
        each.setdefault("associations", {})[target] = linked.get(each["id"])


def _first(ends: list[Record]) -> str | None:
    primary = [end for end in ends if any(kind.get("label") == _PRIMARY for kind in end["associationTypes"])]
    return next((str(end["toObjectId"]) for end in [*primary, *ends]), None)


def _complete(path: str, reply: Record) -> None:
    """Raises Transient where something else is wrong than that a record has no associations."""
    for error in reply.get("errors") or []:
        if error.get("category") != "OBJECT_NOT_FOUND":
            raise Transient(f"HubSpot: {path}: {explained(error)}; read again later", platform="hubspot", status=207)


def _merged(record: Record) -> Iterable[str]:
    """The ids of the records that were merged into this one."""
    ids = (record["properties"].get(_MERGED) or "").split(";")
    return (key for key in ids if key and key != record["id"])


def _tombstone(key: str, at: str) -> Record:
    return {"id": key, "updatedAt": at}


def _targets(table: Table) -> list[str]:
    return [
        column.path.removeprefix("associations.") for column in table.columns.values() if column.path.startswith("associations.")
    ]


def _properties(table: Table) -> list[str]:
    return [column.path.removeprefix("properties.") for column in table.columns.values() if column.path.startswith("properties.")]


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _page(table: Table, records: list[Record], is_deleted: bool = False, read_to: datetime | None = None) -> Page:
    return Page(table.name, orjson.dumps({"results": records}), "results[]", is_deleted=is_deleted, read_to=read_to)
