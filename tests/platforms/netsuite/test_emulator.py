"""The account's own rules for records, by the bare protocol: what the vendor documents, held to whoever calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.platforms.netsuite.conftest import CUSTOMER, NOW, ORDER, RECURRING, Account
from tests.platforms.netsuite.protocol import REST, ask, entries, line, new_id, rows, told


def test_a_list_shows_ids_and_links_only(http: httpx.Client) -> None:
    body = http.get(f"{REST}/salesOrder", params={"limit": 1}).json()
    assert (body["count"], body["offset"], body["hasMore"], body["totalResults"]) == (1, 0, False, 1)
    assert set(body["items"][0]) == {"links", "id"}
    assert {link["rel"] for link in body["links"]} == {"self", "first", "last"}


@pytest.mark.parametrize("page", [{"limit": 10, "offset": 5}, {"limit": 1001}, {"limit": 0}, {"limit": "x"}])
def test_a_page_must_begin_at_a_multiple_of_its_length(http: httpx.Client, page: dict[str, Any]) -> None:
    assert told(http.get(f"{REST}/customer", params=page))[:2] == (400, "INVALID_PARAMETER")
    assert told(ask(http, "SELECT id FROM customer", **page))[:2] == (400, "INVALID_PARAMETER")


def test_put_by_external_id_makes_and_then_changes(account: Account, http: httpx.Client) -> None:
    body = {"companyName": "Globex", "subsidiary": {"id": "1"}}
    made = new_id(http.put(f"{REST}/customer/eid:X1", json=body))
    assert new_id(http.put(f"{REST}/customer/eid:x1", json={"companyName": "Globex Inc"})) == made
    assert http.get(f"{REST}/customer/eid:X1").json()["companyName"] == "Globex Inc"
    assert int(made) >= 10**12


def test_post_with_a_known_external_id_is_a_duplicate(http: httpx.Client) -> None:
    body = {"companyName": "Globex", "subsidiary": {"id": "1"}, "externalId": "X1"}
    new_id(http.post(f"{REST}/customer", json=body))
    response = http.post(f"{REST}/customer", json=body)
    assert told(response)[:2] == (400, "USER_ERROR")
    assert "This entity already exists." in response.json()["o:errorDetails"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"entity": {"id": "9999"}}, "INVALID_CONTENT", "entity"),
        ({"entity": {"id": "107"}, "department": {"id": "9999"}}, "INVALID_CONTENT", "department"),
        ({"entity": {"id": "107"}, **line(item={"id": "9999"})}, "INVALID_CONTENT", "item.items[0].item"),
        ({"entity": {"id": "107"}, **line(item={"externalId": "none"})}, "INVALID_CONTENT", "item.items[0].item"),
        ({"entity": {"id": "107"}, **line(nope=1)}, "NONEXISTENT_FIELD", "item.items[0].nope"),
        ({"nope": 1}, "NONEXISTENT_FIELD", "nope"),
        ({"entity": {"id": "107"}, "tranDate": "11/05/2026"}, "INVALID_CONTENT", "tranDate"),
        ({"entity": {"id": "107"}}, "USER_ERROR", ""),
        (line(), "USER_ERROR", ""),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_saved(
    account: Account, http: httpx.Client, body: dict[str, Any], code: str, path: str
) -> None:
    assert told(http.post(f"{REST}/salesOrder", json=body)) == (400, code, path)
    assert account.count("SalesOrd") == 1


def test_an_inactive_item_cannot_be_sold(account: Account, http: httpx.Client) -> None:
    account.plant("item", RECURRING, isinactive="T")
    response = http.post(f"{REST}/salesOrder", json={"entity": {"id": "107"}, **line()})
    assert told(response) == (400, "INVALID_CONTENT", "item.items[0].item")


def test_an_unknown_record_is_not_found(http: httpx.Client) -> None:
    assert told(http.get(f"{REST}/salesOrder/1"))[:2] == (404, "NONEXISTENT_ID")
    assert told(http.get(f"{REST}/invoice/{ORDER}"))[:2] == (404, "NONEXISTENT_ID")


def test_sublists_come_only_when_asked_for(http: httpx.Client) -> None:
    assert "items" not in http.get(f"{REST}/salesOrder/{ORDER}").json()["item"]
    expanded = http.get(f"{REST}/salesOrder/{ORDER}", params={"expandSubResources": "true"}).json()
    assert [each["quantity"] for each in expanded["item"]["items"]] == [10, 1]
    assert set(http.get(f"{REST}/salesOrder/{ORDER}", params={"fields": "total"}).json()) == {"links", "id", "total"}


def test_a_patch_merges_lines_unless_it_replaces_them(http: httpx.Client) -> None:
    order = f"{REST}/salesOrder/{ORDER}"
    http.patch(order, json={"item": {"items": [{"line": 1, "rate": 100}]}})
    assert http.get(order).json()["total"] == 1500
    http.patch(order, params={"replace": "item"}, json=line())
    assert http.get(order).json()["total"] == 5


def test_deletions_are_logged(http: httpx.Client) -> None:
    assert http.delete(f"{REST}/salesOrder/{ORDER}").status_code == 204
    sql = "SELECT recordid, type, name, TO_CHAR(deleteddate,'YYYY-MM-DD HH24:MI:SS') at FROM deletedrecord"
    assert rows(http, sql) == [{"recordid": str(ORDER), "type": "salesorder", "name": "SO00000042", "at": "2026-11-05 10:30:00"}]
    assert rows(http, f"SELECT id FROM transactionline WHERE transaction = {ORDER}") == []


def test_an_asynchronous_write_answers_through_its_job(account: Account, http: httpx.Client) -> None:
    headers = {"Prefer": "respond-async", "X-NetSuite-Idempotency-Key": "3f0e"}
    first = http.post(f"{REST}/journalEntry", json=entries(), headers=headers)
    assert (first.status_code, first.headers["Preference-Applied"]) == (202, "respond-async")
    assert told(http.get(f"{first.headers['Location']}/task/1/result"))[:2] == (404, "NONEXISTENT_ID")
    *going, job = (http.get(first.headers["Location"]).json() for _ in range(3))
    assert [(each["completed"], each["progress"]) for each in going] == [(False, "pending"), (False, "processing")]
    assert (job["completed"], job["progress"]) == (True, "succeeded")
    task = http.get(job["task"]["links"][0]["href"]).json()["items"][0]["links"][0]["href"]
    assert new_id(http.get(f"{task}/result"))
    repeat = http.post(f"{REST}/journalEntry", json=entries(), headers=headers)
    assert told(repeat)[:2] == (400, "IDEMPOTENCY_ERROR")
    assert (repeat.json()["title"], repeat.headers["Location"]) == ("Conflict", first.headers["Location"])
    assert account.count("Journal") == 1


def test_a_failed_asynchronous_write_says_so_in_its_result(http: httpx.Client) -> None:
    job = http.post(f"{REST}/journalEntry", json=entries(1, 2), headers={"Prefer": "respond-async"}).headers["Location"]
    assert [http.get(job).json()["progress"] for _ in range(4)] == ["pending", "processing", "failed", "failed"]
    assert told(http.get(f"{job}/task/1/result"))[:2] == (400, "USER_ERROR")


def test_the_idempotency_key_means_nothing_on_a_synchronous_write(account: Account, http: httpx.Client) -> None:
    for _ in range(2):
        new_id(http.post(f"{REST}/journalEntry", json=entries(), headers={"X-NetSuite-Idempotency-Key": "3f0e"}))
    assert account.count("Journal") == 2


def test_a_planted_change_is_stamped_like_any_other(account: Account, http: httpx.Client) -> None:
    account.advance(hours=1)
    account.plant("transactionline", ORDER * 10_000 + 1, quantity=-9)
    order = http.get(f"{REST}/salesOrder/{ORDER}").json()
    assert (order["total"], order["lastModifiedDate"]) == (1580, "2026-11-05T19:30:00Z")


def test_a_row_that_commits_late_keeps_the_stamp_it_brings(account: Account) -> None:
    late = datetime(2026, 11, 5, 18, 0, tzinfo=UTC)
    row = account.state.insert("customer", {"id": 5, "companyname": "Late", "lastmodifieddate": late}, NOW, by="sandbox")
    assert row["lastmodifieddate"] == "2026-11-05T18:00:00Z"


@pytest.mark.parametrize(("kind", "status"), [("rate_limit", 429), ("server_error", 500), ("expired_token", 401)])
def test_faults_are_worded_as_the_vendor_does(account: Account, http: httpx.Client, kind: str, status: int) -> None:
    token = http.get(f"{REST}/customer/{CUSTOMER}").request.headers["Authorization"]
    account.fault(kind, match="customer")
    response = httpx.get(f"{account.base_url}{REST}/customer/{CUSTOMER}", headers={"Authorization": token})
    assert response.status_code == status
    assert json.loads(response.text)["status"] == status
