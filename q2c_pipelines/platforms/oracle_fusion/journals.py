"""Journals: imported from a file by a process that runs when it can, and reversed by another.

look for the batch -> for an import under way -> period -> importBulkData -> status -> read back;  PATCH ReversalFlag -> AutoReverse
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

from q2c_pipelines.platforms.commands import PostJournal, ReverseJournal
from q2c_pipelines.platforms.errors import UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.oracle_fusion.interface import group_of, zipped
from q2c_pipelines.platforms.oracle_fusion.lookups import (
    GENERAL_LEDGER,
    Held,
    Look,
    Settings,
    first,
    found,
    item,
    refused,
    require_open_period,
)
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, equal, place, text
from q2c_pipelines.platforms.oracle_fusion.saving import patch, receipt

SCHEDULER = "/ess/rest/scheduler/v1/requests"
_PACKAGE, _IMPORT = "/oracle/apps/ess/financials/generalLedger/programs/common", "JournalImportLauncher"
_BATCHES, _INTEGRATIONS = "journalBatches", "erpintegrations"
_UNDER_WAY = ("WAIT", "READY", "RUNNING", "PAUSED", "BLOCKED", "COMPLETED")
_LOOKS, _NAME = 3, 50  # looks at an import before it is left to itself; characters of a batch's name that are kept


def post_journal(settings: Settings, command: PostJournal) -> Flow:
    """A balanced journal in an open period; never a second one for the same source document."""
    if len(command.journal_ref) > _NAME:
        raise refused(
            f"the reference {command.journal_ref} has more than the {_NAME} characters that a batch's name keeps", "TOO_LONG"
        )
    if batch := (yield from _batch(command.journal_ref)):
        return _receipt("adopted", batch)
    group = group_of(command.journal_ref)
    yield from _require_none_under_way(group)
    yield from require_open_period(command.posted_on, GENERAL_LEDGER)
    ledger = first((yield from found("ledgersLOV", equal({"Name": settings["ledger"]}))))
    if ledger is None:
        raise refused(f"there is no ledger {settings['ledger']}; correct settings.ledger under oracle_fusion in connections.yaml")
    response = yield _post(_import(settings, str(ledger["LedgerId"]), group, command))
    yield from _require_success(str(response.json()["ReqstId"]))
    batch = yield from _batch(command.journal_ref)
    if batch is None:
        raise refused(
            f"the import of {command.journal_ref} succeeded and made no batch; look into the interface table", "NOT_READ_BACK"
        )
    return _receipt("written", batch)


def reverse_journal(settings: Settings, command: ReverseJournal) -> Flow:
    """The journal's batch marked to be reversed on that date, once; AutoReverse makes the reversal."""
    key = command.native_id.partition("-")[0]
    batch = yield from item(_BATCHES, key, expand="journalHeaders")
    if batch is None:
        raise refused(f"there is no batch {key}")
    if batch["ReversalFlag"] == "Y":
        return _receipt("adopted", batch)
    journals = batch["journalHeaders"]["items"]
    if len(journals) != 1:
        raise refused(
            f"batch {batch['BatchName']} has {len(journals)} journals, and REST reverses whole batches; reverse it in Fusion"
        )
    if journals[0]["ExternalReference"] != command.journal_ref or journals[0]["RunningTotalDr"] != command.amount:
        return _receipt("superseded", batch, f"it holds {journals[0]['ExternalReference']} of {journals[0]['RunningTotalDr']}")
    period = yield from require_open_period(command.reversed_on, GENERAL_LEDGER)
    body = {
        "ReversalFlag": "Y",
        "ReversalDate": command.reversed_on.isoformat(),
        "ReversalPeriod": period,
        "ReversalMethodMeaning": "Switch debit or credit",
    }
    if not (yield from patch(batch, body)):
        return _receipt("superseded", batch, "somebody changed it in between")
    after = yield from item(_BATCHES, key, expand="journalHeaders")
    if after is None or after["ReversalFlag"] != "Y":
        raise refused(f"batch {batch['BatchName']} is not marked after it was", "NOT_READ_BACK")
    return _receipt("written", after, f"AutoReverse reverses it in {period}")


def _batch(journal_ref: str) -> Look[Held | None]:
    """The oldest batch of that reference, with its journals: its name begins with it."""
    asked = f"BatchName like {text(journal_ref + ' *')}"
    return first((yield from found(_BATCHES, asked, expand="journalHeaders", orderBy="JeBatchId:asc")))


def _receipt(outcome: Any, batch: Held, detail: str = "") -> Receipt:
    journals = batch["journalHeaders"]["items"]
    native_id = f"{batch['JeBatchId']}-{journals[0]['JeHeaderId']}" if journals else str(batch["JeBatchId"])
    return receipt(outcome, batch, detail, native_id, batch["BatchName"])


def _post(body: dict[str, Any]) -> Request:
    return Request("POST", place(_INTEGRATIONS), json=body, headers={**HEADERS, "Content-Type": "application/json"}, is_write=True)


def _import(settings: Settings, ledger: str, group: str, command: PostJournal) -> dict[str, Any]:
    parameters = [settings["data_access_set_id"], settings["journal_source_id"], ledger, group, "N", "N", "N"]
    return {
        "OperationName": "importBulkData",
        "DocumentContent": zipped(settings, ledger, command),
        "ContentType": "zip",
        "FileName": f"gl_{group}.zip",
        "DocumentAccount": "fin$/generalLedger$/import$",
        "JobName": f"{_PACKAGE},{_IMPORT}",
        "ParameterList": ",".join(parameters),
        "CallbackURL": "#NULL",
        "NotificationCode": "10",
        "JobOptions": "InterfaceDetails=1,ImportOption=Y,PurgeOption=Y,ExtractFileType=ALL",
    }


def _require_none_under_way(group: str) -> Look[None]:
    """Raises UnknownOutcome while an import of the group is still to end: its journal is not there yet, and will be."""
    states = " or ".join(f'state eq "{state}"' for state in _UNDER_WAY)
    response = yield Request("GET", SCHEDULER, params={"q": states})
    for request in response.json()["items"]:
        if group in [each.get("value") for each in request.get("requestParameters", [])]:
            raise _not_done(str(request["requestId"]), str(request["state"]))


def _require_success(request: str) -> Look[None]:
    """Look at an import until it has ended. Raises Terminal with its report where it failed, UnknownOutcome where it goes on."""
    status = ""
    for _ in range(_LOOKS):
        response = yield _ask(f"ESSJobStatusRF;requestId={request}")
        status = str(response.json()["items"][0]["RequestStatus"])
        if status == "SUCCEEDED":
            return
        if status not in _UNDER_WAY:
            response = yield _ask(f"ESSJobExecutionDetailsRF;requestId={request},fileType=ALL")
            raise refused(f"import {request} ended with {status}: {_report(response.text)}", status)
    raise _not_done(request, status)


def _ask(finder: str) -> Request:
    return Request("GET", place(_INTEGRATIONS), params={"finder": finder}, headers=HEADERS)


def _not_done(request: str, status: str) -> UnknownOutcome:
    said = f"Oracle Fusion: import {request} is {status}; its journal is looked for before anything is sent again"
    return UnknownOutcome(said, platform="oracle_fusion", code=status)


def _report(answer: str) -> str:
    """What a process printed, in one line: rejected rows are told nowhere else."""
    content = json.loads(answer)["items"][0].get("DocumentContent")
    if not content:
        return "it left no report"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        printed = " ".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return " ".join(printed.split())[:600]
