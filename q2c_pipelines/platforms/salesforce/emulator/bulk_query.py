"""Bulk API 2.0 queries: a job that is polled through its states, then CSV pages by locator."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from q2c_pipelines.platforms.salesforce.emulator import ids, soql
from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.cursor import Cursor
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal, not_found
from q2c_pipelines.platforms.salesforce.emulator.schema import USER
from q2c_pipelines.platforms.salesforce.emulator.values import csv_column

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_PAGE = 50_000
_OVER = ("JobComplete", "Failed", "Aborted")
_ENDS = {"job_failed": "Failed", "job_cancelled": "Aborted", "job_late": ""}


@dataclass
class QueryJob:
    """One query on its way: each look at it moves it on, and the last step runs it."""

    id: str
    operation: str
    query: soql.Query
    created: str
    version: str
    delimiter: str
    line_ending: str
    state: str = "UploadComplete"
    cursor: Cursor | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The job as the API shows it."""
        shown = {
            "id": self.id,
            "operation": self.operation,
            "object": self.query.sobject.name,
            "createdById": USER,
            "createdDate": self.created.replace("Z", ".000+0000"),
            "systemModstamp": self.created.replace("Z", ".000+0000"),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version.removeprefix("v")),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if self.state not in _OVER:
            return shown
        counted = {"numberRecordsProcessed": self.cursor.total if self.cursor else 0, "retries": 0, "totalProcessingTime": 1}
        return shown | {"jobType": "V2Query", "isPkChunkingSupported": True} | counted


def create(call: Call) -> Reply:
    """A new job: 200, state UploadComplete."""
    body = call.json
    if body.get("operation") not in ("query", "queryAll"):
        raise Refusal(400, "INVALIDJOB", f"operation {body.get('operation')!r} is neither query nor queryAll")
    query = soql.parse(body.get("query", ""))
    if not query.sobject.has_records:
        raise Refusal(400, "INVALIDENTITY", f"Entity '{query.sobject.name}' is not supported by the Bulk API.")
    if not query.fields:
        raise Refusal(400, "API_ERROR", "Aggregate queries are not supported by the Bulk API")
    job = QueryJob(
        ids.new("750"),
        body["operation"],
        query,
        stamp(call.emulation.now()),
        call.version,
        body.get("columnDelimiter", "COMMA"),
        body.get("lineEnding", "LF"),
    )
    call.org.jobs[job.id] = job
    return Reply({name: value for name, value in job.told.items() if name not in ("jobType",)})


def look(call: Call) -> Reply:
    """The job's state; it gets on between two looks, unless it was asked to be late or to end badly."""
    job = _job(call)
    told = job.told
    trouble = call.emulation.meet(_ENDS, call.method, f"{call.root}/jobs/query") if job.state not in _OVER else None
    if trouble:
        job.state = _ENDS[trouble.kind] or job.state
    elif job.state == "UploadComplete":
        job.state = "InProgress"
    elif job.state == "InProgress":
        _run(call, job)
    return Reply(told)


def results(call: Call) -> Reply:
    """One page of CSV with its header; `Sforce-Locator` says where the next begins, `null` that there is none."""
    job = _job(call)
    if job.state != "JobComplete" or job.cursor is None:
        raise Refusal(400, "INVALIDJOBSTATE", f"results of a job in state {job.state} cannot be fetched")
    start, size = int(call.query.get("locator") or 0), int(call.query.get("maxRecords") or _PAGE)
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=DELIMITERS[job.delimiter], lineterminator=LINE_ENDINGS[job.line_ending], quoting=csv.QUOTE_ALL
    )
    writer.writerow(field.name for field in job.query.fields)
    writer.writerows(job.cursor.page(start, size))
    rest = job.cursor.total - start
    following = str(start + size) if rest > size else "null"
    headers = {"Content-Type": "text/csv", "Sforce-Locator": following, "Sforce-NumberOfRecords": str(min(size, max(rest, 0)))}
    return Reply(text.getvalue().encode(), 200, headers)


def abort(call: Call) -> Reply:
    """A job stopped before its end."""
    job = _job(call)
    if call.json.get("state") != "Aborted" or job.state in _OVER:
        raise Refusal(400, "INVALIDJOBSTATE", f"a job in state {job.state} cannot be moved to {call.json.get('state')}")
    job.state = "Aborted"
    return Reply(job.told)


def delete(call: Call) -> Reply:
    """A job that is over, and its results, forgotten."""
    job = _job(call)
    if job.state not in _OVER:
        raise Refusal(400, "INVALIDJOBSTATE", f"a job in state {job.state} cannot be deleted")
    if job.cursor:
        job.cursor.close()
    del call.org.jobs[job.id]
    return Reply(None, 204)


def _run(call: Call, job: QueryJob) -> None:
    columns = ", ".join(f'{csv_column(field)} as "{field.name}"' for field in job.query.fields)
    job.cursor = Cursor(call.emulation.state, job.query, columns, deleted_too=job.operation == "queryAll")
    job.state = "JobComplete"


def _job(call: Call) -> QueryJob:
    job = call.org.jobs.get(call.names[0])
    if not isinstance(job, QueryJob):
        raise not_found()
    return job
