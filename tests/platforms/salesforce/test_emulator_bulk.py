"""Bulk API 2.0: jobs through their states, CSV in and out, rows that fail by themselves."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, NOW, Api, Company


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def finished(api: Api, kind: str, job: str) -> list[str]:
    """The states a job shows on its way."""
    return [api("GET", f"jobs/{kind}/{job}").json()["state"] for _ in range(3)]


def ingest(api: Api, text: str, **about: Any) -> dict[str, Any]:
    job = api("POST", "jobs/ingest", json={"contentType": "CSV", "lineEnding": "LF", **about}).json()
    assert job["state"] == "Open"
    assert api("PUT", f"/{job['contentUrl']}", content=text.encode(), headers={"Content-Type": "text/csv"}).status_code == 201
    assert api("PATCH", f"jobs/ingest/{job['id']}", json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    assert finished(api, "ingest", job["id"]) == ["UploadComplete", "InProgress", "JobComplete"]
    found: dict[str, Any] = api("GET", f"jobs/ingest/{job['id']}").json()
    return found


def test_a_query_job_goes_through_its_states_and_pages(api: Api, company: Company) -> None:
    company.accounts(250)
    soql = "SELECT Id, Name, Phone, IsDeleted, SystemModstamp FROM Account ORDER BY Id"
    job = api("POST", "jobs/query", json={"operation": "query", "query": soql}).json()
    assert job["state"] == "UploadComplete"
    assert api("GET", f"jobs/query/{job['id']}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert finished(api, "query", job["id"]) == ["UploadComplete", "InProgress", "JobComplete"]
    pages = [api("GET", f"jobs/query/{job['id']}/results", params={"maxRecords": "200"})]
    pages.append(
        api("GET", f"jobs/query/{job['id']}/results", params={"maxRecords": "200", "locator": pages[0].headers["Sforce-Locator"]})
    )
    assert [page.headers["Sforce-NumberOfRecords"] for page in pages] == ["200", "51"]
    assert pages[1].headers["Sforce-Locator"] == "null"
    assert [page.text.splitlines()[0] for page in pages] == ['"Id","Name","Phone","IsDeleted","SystemModstamp"'] * 2
    assert rows(pages[0].text)[0]["SystemModstamp"] == "2026-11-01T08:00:00.000Z"
    assert (rows(pages[0].text)[0]["Phone"], rows(pages[0].text)[0]["IsDeleted"]) == ("", "false")


def test_a_query_all_job_sees_the_bin_and_can_be_forgotten(api: Api, company: Company) -> None:
    company.state.delete("Contact", CONTACT, NOW, by="sandbox")
    job = api(
        "POST", "jobs/query", json={"operation": "queryAll", "query": "SELECT Id FROM Contact", "columnDelimiter": "PIPE"}
    ).json()["id"]
    finished(api, "query", job)
    assert rows(api("GET", f"jobs/query/{job}/results").text) == [{"Id": CONTACT}]
    assert api("DELETE", f"jobs/query/{job}").status_code == 204
    assert api("GET", f"jobs/query/{job}").status_code == 404


def test_a_query_job_can_be_aborted(api: Api) -> None:
    job = api("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    assert api("DELETE", f"jobs/query/{job}").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert api("PATCH", f"jobs/query/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert api("GET", f"jobs/query/{job}").json()["state"] == "Aborted"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "query", "query": "SELECT Nope FROM Account"}, "INVALID_FIELD"),
        ({"operation": "query", "query": "SELECT ApiName FROM OrderStatus"}, "INVALIDENTITY"),
        ({"operation": "query", "query": "SELECT COUNT() FROM Account"}, "API_ERROR"),
        ({"operation": "delete", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
    ],
)
def test_what_bulk_does_not_do_is_refused(api: Api, body: dict[str, str], code: str) -> None:
    response = api("POST", "jobs/query", json=body)
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)


def test_a_complete_ingest_job_may_hold_rows_that_failed(api: Api, company: Company) -> None:
    job = ingest(api, "Name,Phone\nOne,1\n,2\nThree,\n", object="Account", operation="insert")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 1)
    good = rows(api("GET", f"jobs/ingest/{job['id']}/successfulResults").text)
    assert [(row["sf__Created"], row["Name"]) for row in good] == [("true", "One"), ("true", "Three")]
    bad = rows(api("GET", f"jobs/ingest/{job['id']}/failedResults").text)
    assert bad == [
        {"sf__Id": "", "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "Name": "", "Phone": "2"}
    ]
    assert rows(api("GET", f"jobs/ingest/{job['id']}/unprocessedRecords").text) == []
    assert company.writes("Account") == 2


def test_ingest_changes_upserts_and_deletes(api: Api, company: Company) -> None:
    assert ingest(api, f"Id,Phone,BillingCity\n{ACCOUNT},#N/A,\n", object="Account", operation="update")["numberRecordsFailed"] == 0
    assert [(company.state.get("Account", ACCOUNT) or {})[name] for name in ("Phone", "BillingCity")] == [None, "Boston"]
    upsert = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "Email"}
    job = ingest(api, "Email,LastName\nap@acme.example,Roe\nnew@acme.example,New\n", **upsert)
    assert [row["sf__Created"] for row in rows(api("GET", f"jobs/ingest/{job['id']}/successfulResults").text)] == ["false", "true"]
    assert ingest(api, f"Id\n{CONTACT}\n", object="Contact", operation="hardDelete")["numberRecordsFailed"] == 0
    assert api.query(f"SELECT Id FROM Contact WHERE Id = '{CONTACT}'", "queryAll")["totalSize"] == 0
    assert company.state.select("select id from _delete_log") == [{"id": CONTACT}]


def test_an_aborted_ingest_job_processed_nothing(api: Api, company: Company) -> None:
    job = api("POST", "jobs/ingest", json={"object": "Account", "operation": "insert"}).json()["id"]
    api("PUT", f"jobs/ingest/{job}/batches", content=b"Name\nOne\n")
    assert api("PATCH", f"jobs/ingest/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert rows(api("GET", f"jobs/ingest/{job}/unprocessedRecords").text) == [{"Name": "One"}]
    assert company.writes("Account") == 0
    assert api("DELETE", f"jobs/ingest/{job}").status_code == 204
