"""Reads Salesforce: what changed since, then what went.

table, window -> SOQL -> REST pages | Bulk API 2.0 CSV -> recycle bin (queryAll) -> delete log -> pages
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_exponential

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.salesforce.connection import DATA
from q2c_pipelines.platforms.spec import Platform, Table

_LOG = logging.getLogger(__name__)
_NEXT = re.compile(rb'"nextRecordsUrl"\s*:\s*"([^"]+)"')
_ID = re.compile(rb'"Id"\s*:\s*"(\w{18})"')
_RECORDS = "records[]"
_ORDER = "ORDER BY SystemModstamp ASC, Id ASC"
_TOO_SLOW = "QUERY_TIMEOUT"
_BULK_PAGE = 50_000
_BULK_PATIENCE = timedelta(hours=2)
_DELETE_LOG = timedelta(days=15) - timedelta(hours=1)  # the vendor keeps 15 days; the hour is for clocks that differ
_SHORTEST_WINDOW = timedelta(minutes=2)  # the delete log ignores seconds and wants start before end


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """All records of a table changed in the window, then tombstones of those deleted or merged away in it.

    The last page says how far this proves the table read: to when the reading began, and no further than the delete log covers.
    """
    is_large = _is_large(client, platform, table, window)
    began = client.server_time
    yield from _bulk(client, table, window) if is_large else _changed(client, platform, table, window)
    yield from _gone(client, table, window, began)


def _is_large(client: Client, platform: Platform, table: Table, window: Window) -> bool:
    """Whether the vendor advises the bulk endpoint for this many rows."""
    try:
        soql = f"SELECT COUNT() FROM {table.object}{_where(window)}"
        count = int(client.get(f"{DATA}/query", {"q": soql}).json()["totalSize"])
    except PlatformError as error:
        if error.code != _TOO_SLOW:
            raise
        return platform.bulk_threshold > 0
    return 0 < platform.bulk_threshold < count


def _changed(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    try:
        for body in _query(client, "query", f"{_select(table, window)} {_ORDER}"):
            yield Page(table.name, body, _RECORDS)
    except PlatformError as error:
        if error.code != _TOO_SLOW or not platform.bulk_threshold:
            raise
        yield from _bulk(client, table, window)


def _gone(client: Client, table: Table, window: Window, began: datetime | None) -> Iterator[Page]:
    binned: set[str] = set()
    for body in _query(client, "queryAll", f"{_select(table, window, 'IsDeleted = true')} {_ORDER}"):
        binned.update(found.decode() for found in _ID.findall(body))
        yield Page(table.name, body, _RECORDS, is_deleted=True)
    log = _delete_log(client, table, window)
    gone = [{"Id": each["id"], "SystemModstamp": each["deletedDate"]} for each in log["deletedRecords"] if each["id"] not in binned]
    covered = datetime.fromisoformat(log["latestDateCovered"]) if "latestDateCovered" in log else began
    read_to = min(began, covered) if began and covered else None
    yield Page(table.name, orjson.dumps({"records": gone}), _RECORDS, is_deleted=True, read_to=read_to)


def _select(table: Table, window: Window, *conditions: str) -> str:
    return f"SELECT {', '.join(table.columns)} FROM {table.object}{_where(window, *conditions)}"


def _where(window: Window, *conditions: str) -> str:
    since = [f"SystemModstamp >= {window.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"] if window.since else []
    both = " AND ".join([*conditions, *since])
    return f" WHERE {both}" if both else ""


def _query(client: Client, verb: str, soql: str) -> Iterator[bytes]:
    """The bodies of a query's pages; begun anew, once, where its locator expired on the way."""
    try:
        yield from _paged(client, verb, soql)
    except PlatformError as error:
        if error.code != "INVALID_QUERY_LOCATOR":
            raise
        yield from _paged(client, verb, soql)


def _paged(client: Client, verb: str, soql: str) -> Iterator[bytes]:
    body = client.get(f"{DATA}/{verb}", {"q": soql}).content
    yield body
    while more := _NEXT.search(body):
        body = client.get(more[1].decode()).content
        yield body


def _delete_log(client: Client, table: Table, window: Window) -> dict[str, Any]:
    """What the vendor says was deleted, hard deletes too; where the log is gone the recycle bin alone has to do."""
    now = client.server_time or datetime.now(UTC)
    earliest = now - _DELETE_LOG
    start = min(max(window.since or earliest, earliest), now - _SHORTEST_WINDOW)
    if window.since and window.since < earliest:
        _LOG.warning(
            "Salesforce keeps 15 days of deletes: those of %s before %s are seen in the recycle bin only", table.object, earliest
        )
    try:
        path = f"{DATA}/sobjects/{table.object}/deleted"
        return dict(client.get(path, {"start": start.isoformat(), "end": now.isoformat()}).json())
    except PlatformError as error:
        if error.code != "INVALID_REPLICATION_DATE":
            raise
        _LOG.warning("Salesforce purged the delete log of %s: hard deletes since %s may be missed", table.object, start)
        return {"deletedRecords": []}


def _bulk(client: Client, table: Table, window: Window) -> Iterator[Page]:
    job = _job(client, _select(table, window))
    locator: dict[str, str] = {}
    while True:
        response = client.get(f"{job}/results", {"maxRecords": str(_BULK_PAGE)} | locator, {"Accept": "text/csv"})
        yield Page(table.name, response.content, format="csv")
        if (following := response.headers.get("Sforce-Locator", "null")) == "null":
            return
        locator = {"locator": following}


def _job(client: Client, soql: str) -> str:
    """The path of a bulk query that has come to its end. Raises where it failed."""
    made = client.read(Request("POST", f"{DATA}/jobs/query", json={"operation": "query", "query": soql})).json()
    path = f"{DATA}/jobs/query/{made['id']}"
    waiting = Retrying(
        retry=retry_if_result(lambda job: job["state"] in ("UploadComplete", "InProgress")),
        wait=wait_exponential(multiplier=0.05, max=10),
        stop=stop_after_delay(_BULK_PATIENCE),
        retry_error_callback=_late,
    )
    job = waiting(lambda: client.get(path).json())
    if job["state"] != "JobComplete":
        why = job.get("errorMessage") or "Salesforce gives no reason; see Setup > Bulk Data Load Jobs"
        raise Terminal(f"Salesforce: bulk query {made['id']} ended {job['state']}: {why}", platform="salesforce")
    return path


def _late(_: RetryCallState) -> None:
    raise Transient(f"Salesforce: a bulk query did not end within {_BULK_PATIENCE}; read again later", platform="salesforce")
