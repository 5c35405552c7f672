"""Reads Dataverse by change tracking: what changed since the last delta link, then what was deleted.

delta link -> changes, tombstones, the next link;  none, or one that the vendor forgot -> the keys of all that live, then all rows,
or those changed in the window.  A sweep begins with the keys, whatever comes then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC

import httpx
import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.errors import Terminal, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

_LOG = logging.getLogger(__name__)
_RECORDS = "value[]"
_PAGE = "odata.maxpagesize=5000"  # the most there is
_TRACKED = f"odata.track-changes,{_PAGE}"
_DELETED = b"/$deletedEntity"


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """All records of a table that changed in the window, and tombstones of those that went in it.

    The last page says how far this proves the table read: to when the reading began.
    """
    if window.is_sweep:
        yield from _living(client, table)
    if window.position and (first := _followed(client, table, window.position)):
        yield from _told(client, table, first)
    else:
        if not window.is_sweep and (window.position or window.since):
            yield from _living(client, table)
        yield from _unlinked(client, table, Window() if window.position else window)
    yield Page(table.name, b'{"value":[]}', _RECORDS, read_to=client.first_answer_at)


def _unlinked(client: Client, table: Table, window: Window) -> Iterator[Page]:
    """All rows, tracked from here on; or those that changed in the window."""
    if window.since:
        yield from _changed(client, table, window)
    else:
        yield from _told(client, table, client.get(_path(table), _selected(table), {"Prefer": _TRACKED}))


def _followed(client: Client, table: Table, link: str) -> httpx.Response | None:
    """The first answer behind a delta link; None where the link is for other columns, or the vendor does not take it any more."""
    if set(httpx.URL(link).params.get("$select", "").split(",")) != set(_selected(table)["$select"].split(",")):
        return None
    try:
        return client.get(_here(link), headers={"Prefer": _PAGE})
    except Unauthorized:
        raise
    except Terminal as refusal:  # the vendor has more than one code for it
        _LOG.warning("Dynamics 365 Sales forgot a delta link, so the table is read whole: %s", refusal)
        return None


def _told(client: Client, table: Table, first: httpx.Response) -> Iterator[Page]:
    """Tracked changes to the last page: rows as they came, deletions as tombstones."""
    for body in _walked(client, first, _TRACKED):
        said = orjson.loads(body)
        link = str(said.get("@odata.deltaLink", ""))
        if _DELETED not in body:
            yield Page(table.name, body, _RECORDS, position=link)
            continue
        gone = [each["id"] for each in said["value"] if each.get("reason") == "deleted"]
        rows = [each for each in said["value"] if each.get("reason") != "deleted"]
        yield Page(table.name, orjson.dumps({"value": rows}), _RECORDS)
        tombstones = orjson.dumps({"value": [{table.key[0]: key} for key in gone]})
        yield Page(table.name, tombstones, _RECORDS, is_deleted=True, position=link)


def _changed(client: Client, table: Table, window: Window) -> Iterator[Page]:
    """Rows changed in the window, oldest first."""
    assert window.since is not None
    since = f"{window.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    order = f"{table.cursor} asc,{table.key[0]} asc"
    params = _selected(table) | {"$filter": f"{table.cursor} ge {since}", "$orderby": order}
    for body in _walked(client, client.get(_path(table), params, {"Prefer": _PAGE}), _PAGE):
        yield Page(table.name, body, _RECORDS)


def _living(client: Client, table: Table) -> Iterator[Page]:
    """The keys of all records there are, in their own order, so that what changes meanwhile is not passed over."""
    params = {"$select": table.key[0]}
    for body in _walked(client, client.get(_path(table), params, {"Prefer": _PAGE}), _PAGE):
        yield Page(table.name, body, _RECORDS, names_living=True)


def _walked(client: Client, response: httpx.Response, prefer: str) -> Iterator[bytes]:
    """The bodies of an answer's pages."""
    while True:
        yield response.content
        if not (following := orjson.loads(response.content).get("@odata.nextLink")):
            return
        response = client.get(_here(following), headers={"Prefer": prefer})


def _here(link: str) -> str:
    """A link of the vendor's at the address that the environment has now, and nowhere else."""
    return httpx.URL(link).raw_path.decode()


def _path(table: Table) -> str:
    return f"{DATA}/{table.object}"


def _selected(table: Table) -> dict[str, str]:
    return {"$select": ",".join(table.columns[name].path or name for name in table.asked)}
