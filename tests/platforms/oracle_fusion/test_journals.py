"""Journals go through a file, a process that takes its time, and a report that alone says what was wrong."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import JournalLine
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from tests.platforms.oracle_fusion.pod import FSCM, Pod
from tests.platforms.oracle_fusion.told import JOURNAL_COMMAND, flow_of, reversal_command, run, until_write

INTEGRATIONS, SCHEDULER = f"{FSCM}/erpintegrations", "/ess/rest/scheduler/v1/requests"


def import_of(client: Client, **changed: Any) -> dict[str, Any]:
    """The request that imports a journal."""
    body: dict[str, Any] = until_write(client, flow_of(replace(JOURNAL_COMMAND, **changed))).json
    return body


def status(http: httpx.Client, request: str) -> str:
    asked = {"finder": f"ESSJobStatusRF;requestId={request}"}
    return str(http.get(INTEGRATIONS, params=asked).json()["items"][0]["RequestStatus"])


def report(http: httpx.Client, request: str) -> str:
    asked = {"finder": f"ESSJobExecutionDetailsRF;requestId={request},fileType=ALL"}
    content = http.get(INTEGRATIONS, params=asked).json()["items"][0]["DocumentContent"]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        return archive.read(archive.namelist()[0]).decode()


def with_rows(body: dict[str, Any], **changed: str) -> dict[str, Any]:
    """The same import with other values in its columns, by their place."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(body["DocumentContent"]))) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("GlInterface.csv").decode())))
    for place, value in changed.items():
        rows[0][int(place[1:])] = value
    text, held = io.StringIO(), io.BytesIO()
    csv.writer(text).writerows(rows)
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("GlInterface.csv", text.getvalue())
    return body | {"DocumentContent": base64.b64encode(held.getvalue()).decode()}


def test_a_journal_books_what_it_says_and_keeps_its_reference_whole(pod: Pod, client: Client) -> None:
    receipt = run(client, JOURNAL_COMMAND)
    (journal,) = pod.rows("journalHeaders")
    lines = [(line["AccountCombination"], line["EnteredDr"], line["EnteredCr"]) for line in pod.rows("journalLines")]
    assert lines == [("01-000-65300-0000", 3.2, None), ("01-000-11250-0000", None, 3.2)]
    assert (journal["ExternalReference"], journal["DefaultEffectiveDate"], journal["PeriodName"]) == (
        "FEE:ch_1",
        "2026-11-04",
        "Nov-26",
    )
    assert receipt.native_id == f"{journal['_parent']}-{journal['JeHeaderId']}"
    assert receipt.document_number.startswith("FEE:ch_1 Q2C ")


def test_a_reference_that_begins_like_another_is_not_taken_for_it(client: Client) -> None:
    run(client, replace(JOURNAL_COMMAND, journal_ref="REV:S-1:12"))
    assert run(client, replace(JOURNAL_COMMAND, journal_ref="REV:S-1:1")).outcome == "written"


def test_a_request_goes_from_waiting_to_running_to_its_end(client: Client, http: httpx.Client) -> None:
    request = http.post(INTEGRATIONS, json=import_of(client)).json()["ReqstId"]
    found = http.get(SCHEDULER, params={"q": 'state eq "WAIT" or state eq "RUNNING"'}).json()["items"]
    assert [str(each["requestId"]) for each in found] == [request]
    assert [status(http, request) for _ in range(3)] == ["RUNNING", "SUCCEEDED", "SUCCEEDED"]
    assert http.get(f"{SCHEDULER}/{request}").json()["state"] == "SUCCEEDED"
    assert http.get(SCHEDULER, params={"q": 'state eq "WAIT"'}).json()["items"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"c1": "7"}, "EL01"),
        ({"c2": "2026-11-04"}, "ED01"),
        ({"c3": "Spreadsheet"}, "EC01"),
        ({"c10": "99999"}, "EF04"),
        ({"c38": "9.99"}, "WU01"),
    ],
    ids=["ledger", "date", "source", "account", "unbalanced"],
)
def test_a_row_with_a_fault_keeps_the_journal_out_and_only_the_report_says_why(
    pod: Pod, client: Client, http: httpx.Client, changed: dict[str, str], code: str
) -> None:
    response = http.post(INTEGRATIONS, json=with_rows(import_of(client), **changed))
    assert response.status_code == 200
    request = response.json()["ReqstId"]
    assert [status(http, request) for _ in range(2)] == ["RUNNING", "ERROR"]
    assert code in report(http, request)
    assert pod.rows("journalBatches") == []


def test_what_the_report_says_is_the_commands_refusal(pod: Pod, client: Client) -> None:
    lines = (JournalLine(account_code="99999", debit=Decimal(1), credit=Decimal(0), memo="x"), JOURNAL_COMMAND.lines[1])
    with pytest.raises(Terminal, match=r"ended with ERROR: .*EF04: the account combination 01-000-99999-0000 is invalid"):
        run(client, replace(JOURNAL_COMMAND, lines=lines))
    assert pod.rows("journalBatches") == []


@pytest.mark.parametrize(("fault", "said"), [("job_failed", "ended with ERROR"), ("job_cancelled", "ended with CANCELLED")])
def test_a_process_that_ends_badly_is_told(pod: Pod, client: Client, fault: str, said: str) -> None:
    pod.fault(fault, match="erpintegrations")
    with pytest.raises(Terminal, match=said):
        run(client, JOURNAL_COMMAND)
    assert run(client, JOURNAL_COMMAND).outcome == "written"


def test_an_import_that_goes_on_is_looked_for_and_not_sent_again(pod: Pod, client: Client) -> None:
    pod.fault("job_late", match="erpintegrations", times=9)
    for _ in range(2):
        with pytest.raises(UnknownOutcome, match="is WAIT"):
            run(client, JOURNAL_COMMAND)
    assert len(pod.rows("_request")) == 1
    pod.advance(hours=1)
    assert run(client, JOURNAL_COMMAND).outcome == "adopted"


def test_a_file_can_be_uploaded_first_and_imported_then(pod: Pod, client: Client, http: httpx.Client) -> None:
    body = import_of(client)
    kept = ("DocumentContent", "ContentType", "FileName", "DocumentAccount")
    document = http.post(INTEGRATIONS, json={"OperationName": "uploadFileToUCM"} | {name: body[name] for name in kept}).json()
    package, _, name = body["JobName"].partition(",")
    job = {
        "JobPackageName": package,
        "JobDefName": name,
        "ESSParameters": body["ParameterList"],
        "DocumentId": document["DocumentId"],
    }
    request = http.post(INTEGRATIONS, json={"OperationName": "submitESSJobRequest", **job}).json()["ReqstId"]
    assert [status(http, request) for _ in range(2)] == ["RUNNING", "SUCCEEDED"]
    assert len(pod.rows("journalBatches")) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"OperationName": "purge"},
        {"DocumentContent": "bm8gemlw"},
        {"JobName": "a,Nothing"},
        {"ParameterList": ""},
        {"FileName": None},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_an_import_that_cannot_be_meant_is_refused_at_once(client: Client, http: httpx.Client, changed: dict[str, Any]) -> None:
    assert http.post(INTEGRATIONS, json=import_of(client) | changed).status_code == 400


def test_a_reversal_mirrors_its_journal_when_autoreverse_runs(pod: Pod, client: Client) -> None:
    receipt = run(client, reversal_command(client))
    assert (receipt.outcome, receipt.detail) == ("written", "AutoReverse reverses it in Nov-26")
    pod.advance(hours=12)
    first, second = pod.rows("journalHeaders")
    assert (first["AccrualReversalStatus"], second["JournalName"]) == ("Reversed", f"Reverses {first['JournalName']}")
    mirrored = [(line["EnteredDr"], line["EnteredCr"]) for line in pod.rows("journalLines", f"_parent = {second['JeHeaderId']}")]
    assert mirrored == [(None, 3.2), (3.2, None)]
    pod.advance(hours=12)
    assert len(pod.rows("journalHeaders")) == 2


def test_a_reversal_of_another_amount_is_superseded(client: Client) -> None:
    assert run(client, replace(reversal_command(client), amount=Decimal(4))).outcome == "superseded"


def test_a_batch_of_several_journals_is_left_to_people(pod: Pod, client: Client) -> None:
    command = reversal_command(client)
    (journal,) = pod.rows("journalHeaders")
    other = {name: value for name, value in journal.items() if name not in ("JeHeaderId", "LastUpdateDate")}
    pod.state.insert("journalHeaders", {"JeHeaderId": 1, **other}, pod.at[0], by="sandbox")
    with pytest.raises(Terminal, match="has 2 journals"):
        run(client, command)


def test_a_reversal_needs_a_period_that_fits_its_date(client: Client, http: httpx.Client) -> None:
    batch = run(client, JOURNAL_COMMAND).native_id.partition("-")[0]
    body = {"ReversalFlag": "Y", "ReversalDate": "2026-11-05", "ReversalPeriod": "Dec-26", "ReversalMethodMeaning": "Change sign"}
    assert http.patch(f"{FSCM}/journalBatches/{batch}", json=body).status_code == 400
    assert http.patch(f"{FSCM}/journalBatches/{batch}", json=body | {"ReversalPeriod": "Nov-26"}).status_code == 200
