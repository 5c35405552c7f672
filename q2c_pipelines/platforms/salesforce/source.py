"""Reads Salesforce: what changed since, then what went.

table, window -> in a sweep the ids of all -> SOQL -> REST pages | Bulk API 2.0 CSV -> recycle bin (queryAll) -> delete log -> pages
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
import polars as pl
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_exponential

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.salesforce.connection import DATA
from q2c_pipelines.platforms.spec import Platform, Table

Verb = Literal["query", "queryAll"]
_LOG = logging.getLogger(__name__)
_NEXT = re.compile(rb'"nextRecordsUrl"\s*:\s*"([^"]+)"')
_RECORDS = "records[]"
_ORDER = "ORDER BY SystemModstamp ASC, Id ASC"
_NO_LOG: dict[str, Any] = {"deletedRecords": []}
_LAST = "null"  # what Sforce-Locator says of the last page
_TOO_SLOW = "QUERY_TIMEOUT"
_BULK_PAGE = 50_000
_DELETE_LOG = timedelta(days=15) - timedelta(hours=1)  # the vendor keeps 15 days; the hour is for clocks that differ
_SHORTEST_WINDOW = timedelta(minutes=2)  # the delete log ignores seconds and wants start before end


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """All records of a table changed in the window, then tombstones of those deleted or merged away in it.

    The last page says how far this proves the table read: to when the reading began, and no further than the delete log covers.
    """
    if table.is_control:
        yield from _bookings(client, table)
        return
    is_large = _is_large(client, platform, table, window)
    began = client.server_time
    if window.is_sweep:
        yield from _living(client, platform, table)
    changed = _select(table, window)
    yield from _bulk(client, table, "query", changed) if is_large else _read(client, platform, table, "query", changed)
    yield from _gone(client, platform, table, window, began)


def _bookings(client: Client, table: Table) -> Iterator[Page]:
    """How many quotes were accepted, by what every record says of itself, which names all groups that there are."""
    accepted_at = {"accepted_year": "CALENDAR_YEAR(Accepted_At__c)", "accepted_month": "CALENDAR_MONTH(Accepted_At__c)"}
    by = {name: accepted_at.get(name, name) for name in table.asked if name in table.key}
    shown = ", ".join(f"{sql} {name}" if name in accepted_at else name for name, sql in by.items())
    known = [f"{name} != null" for name in ("Accepted_At__c", *by) if name not in accepted_at]
    accepted = " AND ".join(["SBQQ__Status__c = 'Accepted'", *known])
    soql = f"SELECT {shown}, COUNT(Id) quotes FROM {table.object} WHERE {accepted} GROUP BY {', '.join(by.values())}"
    for body in _query(client, "query", soql):
        yield Page(table.name, body, _RECORDS)
        yield Page(table.name, body, _RECORDS, names_living=True)


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


def _read(client: Client, platform: Platform, table: Table, verb: Verb, soql: str) -> Iterator[Page]:
    """A query's records, by bulk where REST is too slow for it."""
    try:
        for body in _query(client, verb, f"{soql} {_ORDER}"):
            yield Page(table.name, body, _RECORDS)
    except PlatformError as error:
        if error.code != _TOO_SLOW or not platform.bulk_threshold:
            raise
        yield from _bulk(client, table, verb, soql)


def _gone(client: Client, platform: Platform, table: Table, window: Window, began: datetime | None) -> Iterator[Page]:
    """Tombstones, from the recycle bin and the delete log; where that begins too late, the names of all that live instead."""
    binned: set[str] = set()
    for page in _read(client, platform, table, "queryAll", _select(table, window, "IsDeleted = true")):
        binned.update(_ids(page))
        if "MasterRecordId" in table.columns and any(_values(page, "MasterRecordId")):
            yield page  # a deleted record keeps the values it had: who won a merge is told by a last version
        yield replace(page, is_deleted=True)
    log = _delete_log(client, table, window)
    if window.since and not window.is_sweep and (log is None or window.since < _log_begins(client, log)):
        _LOG.warning("Salesforce keeps deletes for 15 days at most: comparing all ids of %s with those held", table.object)
        yield from _living(client, platform, table)
    entries = [{"Id": each["id"], "SystemModstamp": each["deletedDate"]} for each in (log or _NO_LOG)["deletedRecords"]]
    gone = [each for each in entries if each["Id"] not in binned]
    covered = datetime.fromisoformat(log["latestDateCovered"]) if log else began
    read_to = min(began, covered) if began and covered else None
    yield Page(table.name, orjson.dumps({"records": gone}), _RECORDS, is_deleted=True, read_to=read_to)


def _living(client: Client, platform: Platform, table: Table) -> Iterator[Page]:
    """The ids of all records that are not deleted."""
    is_large, ids = _is_large(client, platform, table, Window()), f"SELECT Id FROM {table.object}"
    for page in _bulk(client, table, "query", ids) if is_large else _read(client, platform, table, "query", ids):
        yield replace(page, names_living=True)


def _select(table: Table, window: Window, *conditions: str) -> str:
    return f"SELECT {', '.join(table.asked)} FROM {table.object}{_where(window, *conditions)}"


def _where(window: Window, *conditions: str) -> str:
    since = [f"SystemModstamp >= {window.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"] if window.since else []
    both = " AND ".join([*conditions, *since])
    return f" WHERE {both}" if both else ""


def _query(client: Client, verb: Verb, soql: str) -> Iterator[bytes]:
    """The bodies of a query's pages; begun anew, once, where its locator expired on the way."""
    try:
        yield from _paged(client, verb, soql)
    except PlatformError as error:
        if error.code != "INVALID_QUERY_LOCATOR":
            raise
        yield from _paged(client, verb, soql)


def _paged(client: Client, verb: Verb, soql: str) -> Iterator[bytes]:
    body = client.get(f"{DATA}/{verb}", {"q": soql}).content
    yield body
    while more := _NEXT.search(body):
        body = client.get(more[1].decode()).content
        yield body


def _delete_log(client: Client, table: Table, window: Window) -> dict[str, Any] | None:
    """What the vendor says was deleted, hard deletes too; None where it purged its log."""
    now = _now(client)
    earliest = now - _DELETE_LOG
    start = min(max(window.since or earliest, earliest), now - _SHORTEST_WINDOW)
    try:
        path = f"{DATA}/sobjects/{table.object}/deleted"
        return dict(client.get(path, {"start": start.isoformat(), "end": now.isoformat()}).json())
    except PlatformError as error:
        if error.code != "INVALID_REPLICATION_DATE":
            raise
        return None


def _log_begins(client: Client, log: dict[str, Any]) -> datetime:
    """The moment from which a delete log is whole."""
    return max(_now(client) - _DELETE_LOG, datetime.fromisoformat(log["earliestDateAvailable"]))


def _now(client: Client) -> datetime:
    return client.server_time or datetime.now(UTC)


def _bulk(client: Client, table: Table, operation: Verb, soql: str) -> Iterator[Page]:
    """A query's records by a bulk job, to the last one. Raises Transient where the results are not all that the job promised."""
    job, promised = _job(client, operation, soql)
    locator, read = "", 0
    while locator != _LAST:
        params = {"maxRecords": str(_BULK_PAGE)} | ({"locator": locator} if locator else {})
        response = client.get(f"{job}/results", params, {"Accept": "text/csv"})
        page = Page(table.name, response.content, format="csv")
        read += len(_ids(page))
        yield page
        locator = response.headers.get("Sforce-Locator", "")
        if not locator:
            raise _broken(f"a page of {job} does not say where the next begins")
    if promised not in (None, read):
        raise _broken(f"{job} promised {promised} records and gave {read}")
    with suppress(PlatformError):  # what is not cleared away goes by itself after seven days
        client.read(Request("DELETE", job))


def _ids(page: Page) -> list[str]:
    return _values(page, "Id")


def _values(page: Page, name: str) -> list[str]:
    """A field of all records on a page; in JSON only where it is an id."""
    if page.format == "csv":
        return pl.read_csv(io.BytesIO(page.body), columns=[name], infer_schema=False)[name].to_list()
    return [found.decode() for found in re.findall(rb'"%b"\s*:\s*"(\w{18})"' % name.encode(), page.body)]


def _job(client: Client, operation: Verb, soql: str) -> tuple[str, int | None]:
    """The path of a bulk query that has come to its end, and how many records it has. Raises where it failed."""
    made = client.read(Request("POST", f"{DATA}/jobs/query", json={"operation": operation, "query": soql})).json()
    path = f"{DATA}/jobs/query/{made['id']}"
    waiting = Retrying(
        retry=retry_if_result(lambda job: job["state"] in ("UploadComplete", "InProgress")),
        wait=wait_exponential(multiplier=0.05, max=10),
        stop=stop_after_delay(client.job_patience),
        retry_error_callback=_late,
    )
    job = waiting(lambda: client.get(path).json())
    if job["state"] != "JobComplete":
        why = job.get("errorMessage") or "Salesforce gives no reason; see Setup > Bulk Data Load Jobs"
        raise Terminal(f"Salesforce: bulk query {made['id']} ended {job['state']}: {why}", platform="salesforce")
    return path, job.get("numberRecordsProcessed")


def _late(state: RetryCallState) -> None:
    told = f"a bulk query did not end within {state.seconds_since_start:.0f} s; read again later"
    raise Transient(f"Salesforce: {told}", platform="salesforce", status=200)


def _broken(what: str) -> Transient:
    return Transient(f"Salesforce: {what}; read again later", platform="salesforce")
