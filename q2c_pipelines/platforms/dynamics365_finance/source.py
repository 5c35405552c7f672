"""Every table of the environment, whole: the vendor dates no change and keeps no log of what was deleted.

$count -> few rows: OData pages in the order of keys ─┐
          many: a data package of each company       ─┴→ pages; the same pages name who lives, so that the rest is gone

The key is what paging goes by, not the vendor's next link, which counts rows and would pass over one for each that is deleted
meanwhile. Rows that did not change drop out by their content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.dynamics365_finance.connection import NAME
from q2c_pipelines.platforms.dynamics365_finance.odata import CROSS, DATA, beyond
from q2c_pipelines.platforms.dynamics365_finance.package import exported
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

_JSON = {"Accept": "application/json;odata.metadata=minimal", "OData-Version": "4.0"}


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """The table's records and the keys of all that are left; the window counts for nothing."""
    for page in _whole(client, platform, table):
        yield page
        yield replace(page, names_living=True)


def _whole(client: Client, platform: Platform, table: Table) -> Iterator[Page]:
    body, reply = _asked(client, table, [])
    if reply.get("@odata.nextLink") and reply["@odata.count"] > platform.bulk_threshold:
        yield from exported(client, table)
        return
    yield Page(table.name, body, "value[]")
    while reply.get("@odata.nextLink"):
        body, reply = _asked(client, table, _last(table, reply["value"]))
        yield Page(table.name, body, "value[]")


def _asked(client: Client, table: Table, after: list[tuple[str, Any]]) -> tuple[bytes, dict[str, Any]]:
    params = {**CROSS, "$select": ",".join(table.asked), "$orderby": ",".join(table.key)}
    params |= {"$filter": beyond(after)} if after else {"$count": "true"}
    body = client.get(f"{DATA}/{table.object}", params, _JSON).content
    return body, orjson.loads(body)


def _last(table: Table, rows: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """The key of the last row, with what each part of it is."""
    last = rows[-1] if rows else {}
    if missing := [name for name in table.key if name not in last]:
        told = f"a page of {table.object} ends without its key ({', '.join(missing)}); compare platform.yaml"
        raise Terminal(f"Dynamics 365 Finance: {told}", platform=NAME)
    is_day = {name: table.columns[name].type == "date" for name in table.key}
    return [(name, datetime.fromisoformat(last[name]) if is_day[name] else last[name]) for name in table.key]
