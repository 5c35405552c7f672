"""Which handler answers which path of the data API, for HTTP and for the requests inside a composite alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from q2c_pipelines.platforms.salesforce.emulator import (
    bulk_ingest,
    bulk_query,
    collections,
    composite,
    describe,
    query,
    sobjects,
)
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal, not_found

Handler = Callable[[Call], Reply]

_VERSION = re.compile(r"/services/data/(v(\d+)\.0)(/.*)?")
_TABLE: list[tuple[str, str, Handler]] = [
    ("GET", "", describe.resources),
    ("GET", "limits", describe.limits),
    ("GET", "limits/recordCount", describe.record_count),
    ("GET", "query", query.query),
    ("GET", "queryAll", query.query_all),
    ("GET", "query/*", query.more),
    ("GET", "queryAll/*", query.more),
    ("GET", "sobjects", describe.all_objects),
    ("GET", "sobjects/*/describe", describe.one_object),
    ("GET", "sobjects/*/updated", describe.updated),
    ("GET", "sobjects/*/deleted", describe.deleted),
    ("POST", "sobjects/*", sobjects.create),
    ("GET", "sobjects/*/*", sobjects.read),
    ("PATCH", "sobjects/*/*", sobjects.update),
    ("DELETE", "sobjects/*/*", sobjects.delete),
    ("GET", "sobjects/*/*/*", sobjects.read_by_external_id),
    ("PATCH", "sobjects/*/*/*", sobjects.upsert),
    ("DELETE", "sobjects/*/*/*", sobjects.delete_by_external_id),
    ("POST", "composite", lambda call: composite.composite(call, _inner)),
    ("POST", "composite/batch", lambda call: composite.batch(call, _inner)),
    ("POST", "composite/sobjects", collections.create),
    ("PATCH", "composite/sobjects", collections.update),
    ("DELETE", "composite/sobjects", collections.delete),
    ("PATCH", "composite/sobjects/*/*", collections.upsert),
    ("POST", "jobs/query", bulk_query.create),
    ("GET", "jobs/query/*", bulk_query.look),
    ("GET", "jobs/query/*/results", bulk_query.results),
    ("PATCH", "jobs/query/*", bulk_query.abort),
    ("DELETE", "jobs/query/*", bulk_query.delete),
    ("POST", "jobs/ingest", bulk_ingest.create),
    ("PUT", "jobs/ingest/*/batches", bulk_ingest.upload),
    ("PATCH", "jobs/ingest/*", bulk_ingest.close),
    ("GET", "jobs/ingest/*", bulk_ingest.look),
    ("DELETE", "jobs/ingest/*", bulk_ingest.delete),
    ("GET", "jobs/ingest/*/successfulResults", bulk_ingest.succeeded),
    ("GET", "jobs/ingest/*/failedResults", bulk_ingest.failed),
    ("GET", "jobs/ingest/*/unprocessedrecords", bulk_ingest.unprocessed),
    ("GET", "jobs/ingest/*/unprocessedRecords", bulk_ingest.unprocessed),
]
_ROUTES = [(method, re.compile(pattern.replace("*", "([^/]+)")), handler) for method, pattern, handler in _TABLE]


def answer(call: Call, url: str) -> Reply:
    """The platform's answer to a path with its query string, refusals included."""
    parts = urlsplit(url)
    try:
        path, versioned = _versioned(call, parts.path)
        handler, names = _find(call.method, path)
        return handler(replace(versioned, query=dict(parse_qsl(parts.query, keep_blank_values=True)), names=names))
    except Refusal as refusal:
        return Reply(refusal.body, refusal.status)


def _inner(call: Call, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
    """A request inside another."""
    return answer(replace(call, method=method, headers=headers, content=content), url)


def _versioned(call: Call, path: str) -> tuple[str, Call]:
    found = _VERSION.fullmatch(path)
    if found is None or int(found[2]) not in describe.VERSIONS:
        raise not_found()
    return (found[3] or "").strip("/"), replace(call, version=found[1])


def _find(method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
    known = False
    for verb, pattern, handler in _ROUTES:
        if found := pattern.fullmatch(path):
            known = True
            if verb == method:
                return handler, tuple(unquote(name) for name in found.groups())
    if known:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.")
    raise not_found()
