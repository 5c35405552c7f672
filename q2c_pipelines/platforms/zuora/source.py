"""Reading Zuora: Object Query pages for what changed, Data Query files for what is large or deleted.

object-query (50 a page, oldest change first) ─┐
more than the threshold: one Data Query file  ─┴→ pages;   Data Query readDeleted → tombstones;   in a sweep first the ids of all
"""

from __future__ import annotations

import gzip
import io
import json
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

PAGE_SIZE = 50  # the guide allows 99, the reference refuses more than 50
_DELETED_ROWS = timedelta(days=30) - timedelta(hours=1)  # how long Data Query reads them; the hour is for clocks that differ
_CHUNK = 8 << 20  # bytes of a result file that become one page
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 10.0  # seconds between looks at a job


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """Every record changed since the window began, then every one deleted: in pages, or in bulk where there are many."""
    if table.is_control:
        yield from _receivables(client, platform, table)
        return
    if window.is_sweep:
        yield from _living(client, table)
    first = _list(client, table, window, None)
    after = first.json().get("nextPage")
    if after and _size(client, table, window) > platform.bulk_threshold:
        for body in _query(client, table, window):
            yield Page(table.name, body, format="ndjson")
    else:
        yield Page(table.name, first.content, records="data[]")
        while after:
            reply = _list(client, table, window, after)
            after = reply.json().get("nextPage")
            yield Page(table.name, reply.content, records="data[]")
    for body in _query(client, table, window, deleted=True):
        yield Page(table.name, body, format="ndjson", is_deleted=True)
    if window.since and not window.is_sweep and window.since < (client.server_time or datetime.now(UTC)) - _DELETED_ROWS:
        yield from _living(client, table)


def _living(client: Client, table: Table) -> Iterator[Page]:
    """The keys of all records there are: what the lake holds beyond them is gone."""
    yield Page(table.name, b"", format="ndjson", names_living=True)  # where no record is left there is no file either
    for body in _run(client, f"select id from {_data_table(table)}", deleted=False):
        yield Page(table.name, body, format="ndjson", names_living=True)


def _receivables(client: Client, platform: Platform, table: Table) -> Iterator[Page]:
    """The sums of the posted invoices, which name all that there are; by company where every account says its own."""
    company = platform.tables["account"].columns["LegalEntity__c"].value
    by = f"'{company}'" if company else "coalesce(account.legalentity__c, '')"
    period = "substr(cast(invoice.invoicedate as varchar), 1, 7)"
    sums = (
        f'select {by} as "company", invoice.currency as "currency", {period} as "period", count(*) as "invoices", '
        'round(sum(invoice.amount), 4) as "amount", round(sum(invoice.balance), 4) as "balance" '
        "from invoice join account on account.id = invoice.accountid "
        f"where invoice.status = 'Posted' group by {by}, invoice.currency, {period}"
    )
    for body in _run(client, sums, deleted=False):
        yield Page(table.name, body, format="ndjson")
        yield Page(table.name, body, format="ndjson", names_living=True)
    yield Page(table.name, b"", format="ndjson", names_living=True)  # where no invoice is posted there is no file either


def _list(client: Client, table: Table, window: Window, after: str | None) -> Any:
    params = {
        "pageSize": str(PAGE_SIZE),
        "sort[]": f"{_cursor(table)}.ASC",
        "fields[]": ",".join(column.path or name for name, column in table.columns.items()),
        "includeNullFields": "true",
    }
    if window.since:
        params["filter[]"] = f"{_cursor(table)}.GE:{window.since:%Y-%m-%dT%H:%M:%SZ}"
    if after:
        params["cursor"] = after
    return client.get(f"/object-query/{table.object}", params=params)


def _cursor(table: Table) -> str:
    """The cursor as filters and queries spell it."""
    return (table.cursor or "").lower()


def _size(client: Client, table: Table, window: Window) -> int:
    """How many records the window holds, by a Data Query count: asked only where one page does not hold them."""
    counted = b"".join(_run(client, f'select count(*) as "rows" from {_data_table(table)}{_where(table, window)}', deleted=False))
    return int(json.loads(counted)["rows"])


def _query(client: Client, table: Table, window: Window, *, deleted: bool = False) -> Iterator[bytes]:
    # Data Query answers in lower case: a quoted alias gives the field the name that Object Query uses
    fields = ", ".join(f'{name.lower()} as "{name}"' for name in table.columns)
    yield from _run(client, f"select {fields} from {_data_table(table)}{_where(table, window)}", deleted=deleted)


def _data_table(table: Table) -> str:
    """Data Query's name for a table: `invoice_item` is `invoiceitem`."""
    return table.name.replace("_", "")


def _where(table: Table, window: Window) -> str:
    if not window.since:
        return ""
    return f" where {_cursor(table)} >= timestamp '{window.since:%Y-%m-%d %H:%M:%S} +00:00'"


def _run(client: Client, sql: str, *, deleted: bool) -> Iterator[bytes]:
    """A Data Query job's result in JSON lines. Raises Terminal where it was given up, Transient where rows are missing."""
    job: dict[str, Any] = {
        "query": sql,
        "outputFormat": "JSON",
        "compression": "GZIP",
        "output": {"target": "S3"},
        "readDeleted": deleted,
        "sourceData": "LIVE",
    }
    submitted = client.read(Request("POST", "/query/jobs", json=job)).json()["data"]["id"]
    finished = _wait(client, submitted)
    promised, rows = finished.get("outputRows"), 0
    if promised == 0:
        return
    for piece in pieces(client.get(finished["dataFile"]).content):
        rows += piece.count(b"\n") + (not piece.endswith(b"\n"))
        yield piece
    if promised not in (None, rows):
        told = f"data query {submitted} promised {promised} rows and its file holds {rows}; read again later"
        raise Transient(f"Zuora: {told}", platform="zuora")


def _wait(client: Client, job: str) -> dict[str, Any]:
    pause, waited = _FIRST_WAIT, 0.0
    while True:
        data: dict[str, Any] = client.get(f"/query/jobs/{job}").json()["data"]
        status = data["queryStatus"]
        if status == "completed":
            return data
        if status in ("failed", "cancelled"):
            raise Terminal(f"Zuora: data query {job} {status}: {data.get('query')}", platform="zuora", code=status)
        if waited >= client.job_patience:
            told = f"data query {job} is {status} and not finished after {waited:.0f} s; queries of a tenant wait for each other"
            raise Transient(f"Zuora: {told}", platform="zuora", code=status, status=200)
        time.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_WAIT)


def pieces(packed: bytes) -> Iterator[bytes]:
    """A gzipped file as pieces that end at a line's end, so that memory holds one of them at a time."""
    rest = b""
    with gzip.open(io.BytesIO(packed)) as unpacked:
        try:
            while piece := unpacked.read(_CHUNK):
                whole, newline, rest = (rest + piece).rpartition(b"\n")
                if whole:
                    yield whole + newline
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Transient(
                f"Zuora: the result file of a data query came broken ({error}); read again later", platform="zuora"
            ) from error
    if rest.strip():
        yield rest
