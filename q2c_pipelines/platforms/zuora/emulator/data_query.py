"""Data Query: SQL jobs that end in a file behind a signed link."""

from __future__ import annotations

import asyncio
import secrets
import uuid

import orjson
from aiohttp import web
from sqlglot import exp

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies, sql
from q2c_pipelines.platforms.zuora.emulator.result_file import written
from q2c_pipelines.platforms.zuora.emulator.sql import InvalidQuery, Query

_STEPS = ["submitted", "in_progress", "completed"]
_ENDS = {"job_failed": "failed", "job_cancelled": "cancelled", "job_late": "submitted"}
_running: dict[str, asyncio.Task[None]] = {}  # jobs whose file is being written
_FORMATS, _COMPRESSIONS = ("JSON", "CSV", "TSV", "DSV"), ("NONE", "GZIP")


async def submit(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /query/jobs"""
    asked = await request.json()
    if asked.get("outputFormat") not in _FORMATS or asked.get("compression") not in _COMPRESSIONS:
        return _invalid("outputFormat (JSON, CSV, TSV, DSV) and compression (NONE, GZIP) are required.")
    if asked.get("output", {}).get("target") != "S3":
        return _invalid("output.target must be S3.")
    try:
        parsed = _lower_cased(sql.parse(asked.get("query", ""), "trino"))
    except InvalidQuery as error:
        return _invalid(str(error))
    job: Row = {"id": secrets.token_hex(32), "status": _STEPS[0], "request": orjson.dumps(asked), "result": None}
    emulation.state.db.execute("insert into _jobs values (:id, 'data', :status, :request, :result)", job)
    _running[job["id"]] = asyncio.create_task(_work(emulation, job["id"], parsed, asked))
    return replies.answer({"data": _described(job, request)})


async def look(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /query/jobs/{id}: a look finds the job one step further, and completed once its file is written.

    Where that was asked for it is late, or ends badly.
    """
    job = _job(emulation, request)
    if job["status"] in _STEPS[:-1]:
        trouble = emulation.meet(_ENDS, request.method, request.path)
        job["status"] = _ENDS[trouble.kind] if trouble else _next_step(job)
        emulation.state.db.execute("update _jobs set status = ? where id = ?", (job["status"], job["id"]))
    return replies.answer({"data": _described(job, request)})


def _next_step(job: Row) -> str:
    if job["result"] is None:
        return "in_progress" if job["id"] in _running else "failed"  # the tenant was restarted under it
    if "problem" in orjson.loads(job["result"]):
        return "failed"
    return _STEPS[_STEPS.index(job["status"]) + 1]


async def cancel(emulation: Emulation, request: web.Request) -> web.Response:
    """DELETE /query/jobs/{id}"""
    job = _job(emulation, request)
    if job["status"] in _STEPS[:-1]:
        job["status"] = "cancelled"
        emulation.state.db.execute("update _jobs set status = 'cancelled' where id = ?", (job["id"],))
    return replies.answer({"data": _described(job, request)})


async def listing(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /query/jobs"""
    status = request.query.get("queryStatus")
    jobs = emulation.state.select(
        "select * from _jobs where kind = 'data' and status = coalesce(?, status) order by rowid desc limit ?",
        (status, int(request.query.get("pageSize", 20))),
    )
    return replies.answer({"data": [_described(job, request) for job in jobs]})


async def download(emulation: Emulation, request: web.Request) -> web.Response:
    """GET the signed link: the signature is the authorisation, and a second one is refused as S3 refuses it."""
    if "Authorization" in request.headers:
        return web.Response(
            status=400, text="<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed.</Message></Error>"
        )
    file = request.match_info["file"]
    held = emulation.state.select("select * from _files where id = ?", (file,))
    if not held or held[0]["signature"] != request.query.get("X-Amz-Signature"):
        return web.Response(status=403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>")
    return web.Response(body=held[0]["body"], content_type="binary/octet-stream")


def _job(emulation: Emulation, request: web.Request) -> Row:
    key = request.match_info["job"]
    held = emulation.state.select("select * from _jobs where kind = 'data' and id = ?", (key,))
    return replies.found(held[0] if held else None, "query job", key)


def _invalid(message: str) -> web.Response:
    return replies.answer({"code": 40000020, "message": message}, 400)


def _lower_cased(query: Query) -> Query:
    """Result columns are named in lower case, unless a quoted alias says otherwise."""
    named = []
    for each in query.tree.expressions:
        if isinstance(each, exp.Star):
            fields = [exp.column(name.lower()) for name in query.objects[0].fields]
            named += [exp.alias_(field, field.name, quoted=True) for field in fields]
        elif isinstance(each, exp.Alias):
            quoted = each.args["alias"].quoted
            named.append(exp.alias_(each.this.copy(), each.alias if quoted else each.alias.lower(), quoted=True))
        else:
            named.append(exp.alias_(each.copy(), each.name.lower() or f"_col{len(named)}", quoted=True))
    return Query(query.tree.copy().select(*named, append=False), query.objects)


async def _work(emulation: Emulation, job: str, query: Query, asked: Row) -> None:
    """Writes the job's file and notes where it is, or what went wrong."""
    try:
        body, rows = await written(emulation, query, asked)
    except InvalidQuery as error:
        result: Row = {"problem": str(error)}
    else:
        result = {"file": f"{uuid.uuid4()}.{asked['outputFormat'].lower()}", "signature": secrets.token_hex(16), "rows": rows}
        emulation.state.db.execute("insert into _files values (?, ?, ?)", (result["file"], result["signature"], body))
    emulation.state.db.execute("update _jobs set result = ? where id = ?", (orjson.dumps(result), job))
    del _running[job]


def _described(job: Row, request: web.Request) -> Row:
    asked, result = orjson.loads(job["request"]), orjson.loads(job["result"] or "{}")
    shown = {
        "id": job["id"],
        "query": asked["query"],
        "queryStatus": job["status"],
        "remainingRetries": 3,
        "sourceData": asked.get("sourceData", "LIVE"),
        "useIndexJoin": bool(asked.get("useIndexJoin")),
    }
    if job["status"] == "completed":
        shown |= {"dataFile": _link(result, request), "outputRows": result["rows"], "processingTime": 1}
    return shown


def _link(result: Row, request: web.Request) -> str:
    """The file's address: on another host than the tenant's, as the vendor's storage is."""
    host, _, port = request.host.partition(":")
    other = "127.0.0.1" if host == "localhost" else "localhost"
    return f"http://{other}:{port}/data-query-results/{result['file']}?X-Amz-Signature={result['signature']}"
