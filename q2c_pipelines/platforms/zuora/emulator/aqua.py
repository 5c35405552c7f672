"""AQuA: batches of Export ZOQL queries, stateless or remembering where the last run ended."""

from __future__ import annotations

import csv
import gzip
import io
import uuid
from typing import Any

import orjson
from aiohttp import web
from sqlglot import exp

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies, sql, zoql
from q2c_pipelines.platforms.zuora.emulator.sql import InvalidQuery

_STEPS = ["submitted", "executing", "completed"]
_MOST_QUERIES = 50


async def submit(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/batch-query/"""
    asked = await request.json()
    queries = asked.get("queries") or []
    if asked.get("format") not in ("csv", "gzip", "zip") or not 0 < len(queries) <= _MOST_QUERIES:
        return replies.answer({"errorCode": "90001", "message": "format and 1 to 50 queries are required", "status": "error"})
    session = _session(asked)
    since = _last_run(emulation, session)
    batches = [_batch(emulation, each, asked, since) for each in queries]
    if session:
        emulation.state.db.execute(
            "insert or replace into _sessions values (?, ?)", (session, f"{emulation.now():%Y-%m-%dT%H:%M:%SZ}")
        )
    job = {"id": uuid.uuid4().hex, "status": _STEPS[0], "request": orjson.dumps(asked), "result": orjson.dumps(batches)}
    emulation.state.db.execute("insert into _jobs values (:id, 'aqua', :status, :request, :result)", job)
    return replies.answer(_described(job))


async def look(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/batch-query/jobs/{id}: every look finds the job one step further."""
    job = _job(emulation, request)
    if job["status"] in _STEPS[:-1]:
        job["status"] = _STEPS[_STEPS.index(job["status"]) + 1]
        if job["status"] == "completed" and any(batch["status"] == "aborted" for batch in orjson.loads(job["result"])):
            job["status"] = "aborted"
        emulation.state.db.execute("update _jobs set status = ? where id = ?", (job["status"], job["id"]))
    return replies.answer(_described(job))


async def cancel(emulation: Emulation, request: web.Request) -> web.Response:
    """DELETE /v1/batch-query/jobs/{id}"""
    job = _job(emulation, request)
    if job["status"] in _STEPS[:-1]:
        job["status"] = "aborted"
        emulation.state.db.execute("update _jobs set status = 'aborted' where id = ?", (job["id"],))
    return replies.answer(_described(job))


async def download(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/files/{id}"""
    key = request.match_info["file"]
    held = emulation.state.select("select body from _files where id = ?", (key,))
    return web.Response(body=replies.found(held[0] if held else None, "file", key)["body"], content_type="text/csv")


def _job(emulation: Emulation, request: web.Request) -> Row:
    key = request.match_info["job"]
    held = emulation.state.select("select * from _jobs where kind = 'aqua' and id = ?", (key,))
    return replies.found(held[0] if held else None, "batch query job", key)


def _session(asked: Row) -> str:
    """What a stateful run is remembered by; empty for a stateless one."""
    stateful = float(asked.get("version", "1.0")) >= 1.1 and asked.get("partner") and asked.get("project")
    return f"{asked['partner']}/{asked['project']}" if stateful else ""


def _last_run(emulation: Emulation, session: str) -> str:
    held = emulation.state.select("select at from _sessions where id = ?", (session,))
    return str(held[0]["at"]) if held else ""


def _batch(emulation: Emulation, asked: Row, job: Row, since: str) -> Row:
    """One query run: its file, or why it was aborted."""
    described = {"name": asked.get("name"), "query": asked.get("query"), "batchId": uuid.uuid4().hex, "apiVersion": "79.0"}
    described |= {"batchType": "incremental" if since else "full", "full": not since}
    try:
        header, rows = _records(emulation, asked, since)
    except InvalidQuery as error:
        return described | {"status": "aborted", "message": str(error), "recordCount": 0}
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    body = text.getvalue().encode()
    file = uuid.uuid4().hex
    emulation.state.db.execute(
        "insert into _files values (?, '', ?)", (file, gzip.compress(body) if job["format"] == "gzip" else body)
    )
    return described | {"status": "completed", "fileId": file, "recordCount": len(rows), "message": ""}


def _records(emulation: Emulation, asked: Row, since: str) -> tuple[list[str], list[list[Any]]]:
    """Rows with a deletion mark in front where one was asked for; deleted rows come only in later runs of a session."""
    query = zoql.parsed(asked.get("query", ""))
    if since:
        query.tree.where(exp.column("updatedDate") >= since, copy=False)
    living = [list(row.values()) for row in sql.run(emulation, query)]
    mark = asked.get("deleted")
    if not mark:
        return query.names, living
    no, yes = {"Boolean": ("false", "true")}.get(mark.get("format"), (0, 1))
    dead = [list(row.values()) for row in sql.run(emulation, query, deleted="only")] if since else []
    return [mark["column"], *query.names], [[no, *row] for row in living] + [[yes, *row] for row in dead]


def _described(job: Row) -> Row:
    asked = orjson.loads(job["request"])
    batches = [batch | ({} if job["status"] == "completed" else {"fileId": None}) for batch in orjson.loads(job["result"])]
    shown = {name: asked.get(name) for name in ("name", "format", "version", "partner", "project")}
    final = job["status"] in ("completed", "aborted")
    states = [batch if final else batch | {"status": job["status"]} for batch in batches]
    return shown | {"id": job["id"], "status": job["status"], "encrypted": "none", "batches": states}
