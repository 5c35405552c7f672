"""Bulk API 2.0 writing: a job is opened, given one CSV, closed and polled; each row then has succeeded or failed by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.salesforce.emulator import ids, records
from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.salesforce.emulator.bulk_query import DELIMITERS, LINE_ENDINGS
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.records import Saved
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal, not_found
from q2c_pipelines.platforms.salesforce.emulator.schema import USER, SObject

_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_OVER = ("JobComplete", "Failed", "Aborted")
_NULL = "#N/A"
Outcome = tuple[str, str, dict[str, str]]  # id, "true"/"false" for created or the error, the row as it came


@dataclass
class IngestJob:
    """One upload on its way."""

    id: str
    sobject: SObject
    operation: str
    external_id: str
    created: str
    version: str
    delimiter: str
    line_ending: str
    state: str = "Open"
    content: bytes = b""
    succeeded: list[Outcome] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        """The job as the API shows it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject.name,
            "createdById": USER,
            "createdDate": self.created.replace("Z", ".000+0000"),
            "systemModstamp": self.created.replace("Z", ".000+0000"),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version.removeprefix("v")),
            "contentUrl": f"services/data/{self.version}/jobs/ingest/{self.id}/batches",
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if self.external_id:
            shown["externalIdFieldName"] = self.external_id
        if self.state in _OVER:
            done = len(self.succeeded) + len(self.failed)
            shown |= {"jobType": "V2Ingest", "numberRecordsProcessed": done, "numberRecordsFailed": len(self.failed), "retries": 0}
        return shown

    def rows(self) -> list[dict[str, str]]:
        """The uploaded CSV."""
        return list(csv.DictReader(io.StringIO(self.content.decode()), delimiter=DELIMITERS[self.delimiter]))


def create(call: Call) -> Reply:
    """A new job: state Open."""
    body = call.json
    operation, external_id = body.get("operation"), body.get("externalIdFieldName", "")
    if operation not in _OPERATIONS:
        raise Refusal(400, "INVALIDJOB", f"operation {operation!r} is none of {', '.join(_OPERATIONS)}")
    sobject = records.sobject_of(body.get("object", ""))
    if operation == "upsert":
        records.external_id(sobject, external_id)
    job = IngestJob(
        ids.new("750"),
        sobject,
        operation,
        external_id,
        stamp(call.emulation.now()),
        call.version,
        body.get("columnDelimiter", "COMMA"),
        body.get("lineEnding", "LF"),
    )
    call.org.jobs[job.id] = job
    return Reply(job.told)


def upload(call: Call) -> Reply:
    """The job's one CSV: 201."""
    job = _job(call, "Open")
    if job.content:
        raise Refusal(400, "INVALIDJOBSTATE", "a job takes one upload")
    job.content = call.content
    return Reply(None, 201)


def close(call: Call) -> Reply:
    """UploadComplete sets it going; Aborted ends it."""
    job = _job(call)
    wanted = call.json.get("state")
    if wanted not in ("UploadComplete", "Aborted") or job.state in _OVER or (wanted == "UploadComplete" and job.state != "Open"):
        raise Refusal(400, "INVALIDJOBSTATE", f"a job in state {job.state} cannot be moved to {wanted}")
    job.state = wanted
    return Reply(job.told)


def look(call: Call) -> Reply:
    """The job's state; it gets on between two looks."""
    job = _job(call)
    told = job.told
    if job.state == "UploadComplete":
        job.state = "InProgress"
    elif job.state == "InProgress":
        _run(call.emulation, job)
    return Reply(told)


def succeeded(call: Call) -> Reply:
    """Rows that were taken, with their ids and whether they were made."""
    return _csv(job := _job(call, *_OVER), ["sf__Id", "sf__Created"], job.succeeded)


def failed(call: Call) -> Reply:
    """Rows that were refused, each with its error."""
    return _csv(job := _job(call, *_OVER), ["sf__Id", "sf__Error"], job.failed)


def unprocessed(call: Call) -> Reply:
    """Rows that were never tried: those of a job that was aborted."""
    job = _job(call, *_OVER)
    rows: list[Outcome] = [] if job.state == "JobComplete" else [("", "", row) for row in job.rows()]
    return _csv(job, [], rows)


def delete(call: Call) -> Reply:
    """A job that is over forgotten."""
    job = _job(call, *_OVER)
    del call.org.jobs[job.id]
    return Reply(None, 204)


def _run(emulation: Emulation, job: IngestJob) -> None:
    for row in job.rows():
        try:
            saved = _save(emulation, job, row)
            job.succeeded.append((saved.id, str(saved.created).lower(), row))
        except Refusal as refusal:
            key = row.get("Id", "")
            job.failed.append((key, f"{refusal.code}:{refusal.message}:{','.join(refusal.fields or [])} --", row))
    job.state = "JobComplete"


def _save(emulation: Emulation, job: IngestJob, row: Mapping[str, str]) -> Saved:
    """One row done; an empty cell leaves its field alone, #N/A empties it."""
    values = {name: None if value == _NULL else value for name, value in row.items() if value != ""}
    key = str(values.get("Id") or "")
    if job.operation == "insert":
        return records.create(emulation, job.sobject, values)
    if job.operation == "upsert":
        named = records.external_id(job.sobject, job.external_id)
        rest = {name: value for name, value in values.items() if name != named.name}
        return records.upsert(emulation, job.sobject, named, str(values.get(named.name) or ""), rest)
    if job.operation == "update":
        return records.update(emulation, job.sobject, key, {name: value for name, value in values.items() if name != "Id"})
    gone = records.delete(emulation, job.sobject, key)
    if job.operation == "hardDelete":
        emulation.state.db.execute(f'delete from "{job.sobject.name}__bin" where "Id" = ?', (gone.id,))
    return gone


def _csv(job: IngestJob, first: list[str], outcomes: list[Outcome]) -> Reply:
    names = list(csv.DictReader(io.StringIO(job.content.decode()), delimiter=DELIMITERS[job.delimiter]).fieldnames or [])
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=DELIMITERS[job.delimiter], lineterminator=LINE_ENDINGS[job.line_ending], quoting=csv.QUOTE_ALL
    )
    writer.writerow([*first, *names])
    writer.writerows([*outcome[: len(first)], *(outcome[2].get(name, "") for name in names)] for outcome in outcomes)
    return Reply(text.getvalue().encode(), 200, {"Content-Type": "text/csv"})


def _job(call: Call, *states: str) -> IngestJob:
    job = call.org.jobs.get(call.names[0])
    if not isinstance(job, IngestJob):
        raise not_found()
    if states and job.state not in states:
        raise Refusal(400, "INVALIDJOBSTATE", f"the job is in state {job.state}")
    return job
