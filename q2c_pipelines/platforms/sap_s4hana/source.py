"""S/4HANA's entity sets page by page in the order of their keys, from the last key on.

declaration -> the keys of all living records -> $select, $filter (what changed, after the last key), $orderby, $top -> pages

A new document has no change stamp, so what was created since is asked for too, and most services tell the day only: a read begins
two days early, and its position is the platform's clock. `/Date(ms)/` is put as ISO 8601; nothing else of a page is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.sap_s4hana import item_counts
from q2c_pipelines.platforms.sap_s4hana.connection import ODATA
from q2c_pipelines.platforms.spec import Platform, Table

_DATE = re.compile(rb"\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/")
_TOP = 1000
_Key = tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """The entity set that a table is read from, itself or the parent that its records hang on."""

    path: str
    order: tuple[str, ...]
    records: str
    expand: str

    @classmethod
    def of(cls, table: Table) -> Set:
        options = table.options
        expand = options.get("expand", "")
        child = f".{expand.partition('/')[0]}.results[]" if expand else ""
        order = tuple((options.get("order") or " ".join(table.key)).split())
        return cls(f"{ODATA}{options['service']}/{options.get('set', table.object)}", order, f"d.results[]{child}", expand)


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """Who lives, in a sweep and where records can be deleted; then the table's records that changed or came since."""
    if table.is_control:
        yield from item_counts.pages(client, table, platform.tables["journal_entry_item"])
        return
    asked = Set.of(table)
    if window.is_sweep or (window.since and table.options.get("deleted") == "by_census"):
        keys = replace(asked, expand=asked.expand.partition("/")[0])
        for body in _bodies(client, keys, _selected(table.keys_only, keys), [table.options.get("where", "")]):
            yield Page(table.name, body, asked.records, names_living=True)
    changed = _changed(table, window.since) if window.since else ""
    for body in _bodies(client, asked, _selected(table, asked), [table.options.get("where", ""), changed]):
        yield Page(table.name, _DATE.sub(_iso, body), asked.records, read_to=client.first_answer_at)
        if table.cursor is None:
            yield Page(table.name, body, asked.records, names_living=True)


def _bodies(client: Client, asked: Set, fields: list[str], conditions: list[str]) -> Iterator[bytes]:
    """Every page from the first key to the last; the first one though it is empty."""
    after: _Key | None = None
    more = True
    while more:
        parts = [f"({each})" for each in [*conditions, _beyond(asked.order, after) if after else ""] if each]
        params = {"$select": ",".join(fields), "$orderby": ",".join(asked.order), "$top": str(_TOP)}
        params |= {"$expand": asked.expand} if asked.expand and len(fields) > len(asked.order) else {}
        params |= {"$filter": " and ".join(parts)} if parts else {}
        body = client.get(asked.path, params, {"Accept": "application/json"}).content
        last, more = _end_of(body, asked)
        if last or after is None:
            yield body
        after = last


def _selected(table: Table, asked: Set) -> list[str]:
    """The fields to be asked for; of a child's, by the way that leads to it."""
    paths = [column.path or name for name, column in table.columns.items() if not column.setting and name != table.cursor]
    child = asked.expand.partition("/")[0]
    return [*asked.order, *(f"{child}/{path}".replace(".", "/") for path in paths)] if child else sorted({*asked.order, *paths})


def _changed(table: Table, since: datetime) -> str:
    """What was created or changed since. Days count from the next one on: the window begins two days early."""
    day = (since + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00")
    stamps = [f"{name} ge datetimeoffset'{since:%Y-%m-%dT%H:%M:%SZ}'" for name in table.options.get("stamps", "").split()]
    days = [f"{name} ge datetime'{day}'" for name in table.options.get("days", "").split()]
    return " or ".join(f"({each})" for each in stamps + days)


def _beyond(order: tuple[str, ...], key: _Key) -> str:
    """The condition for records that come after a key."""
    (name, *names), (value, *values) = order, key
    text = "'" + value.replace("'", "''") + "'"
    if not names:
        return f"{name} gt {text}"
    return f"{name} ge {text} and ({name} gt {text} or ({_beyond(tuple(names), tuple(values))}))"


def _end_of(body: bytes, asked: Set) -> tuple[_Key | None, bool]:
    """The key of a page's last record, and whether there may be more after it."""
    try:
        found = orjson.loads(body)["d"]
        rows = found["results"]
        last = tuple(str(rows[-1][name]) for name in asked.order) if rows else None
    except (ValueError, KeyError, TypeError) as error:
        raise Terminal(f"SAP S/4HANA: a reply about {asked.path} cannot be read: {error!r}", platform="sap_s4hana") from error
    return last, bool(last and (len(rows) >= _TOP or "__next" in found))


@lru_cache(maxsize=65536)
def _written(millis: int) -> bytes:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    return at.isoformat(timespec="milliseconds" if millis % 1000 else "seconds").replace("+00:00", "Z").encode()


def _iso(match: re.Match[bytes]) -> bytes:
    return _written(int(match[1]))
