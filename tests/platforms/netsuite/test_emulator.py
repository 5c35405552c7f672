"""The account's own rules, by the bare protocol: what the vendor documents, held to whoever calls."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.netsuite.connection import TOKEN_PATH
from tests.platforms.netsuite.conftest import CUSTOMER, EARLY, NOW, ORDER, RECURRING, Account, credentials

REST = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
TRANSIENT = {"Prefer": "transient"}


def told(response: httpx.Response) -> tuple[int, str, str]:
    """An answer's status, code and the field it names."""
    detail = response.json()["o:errorDetails"][0]
    return response.status_code, detail["o:errorCode"], detail.get("o:errorPath", detail.get("o:errorQueryParam", ""))


def ask(http: httpx.Client, sql: str, **params: Any) -> httpx.Response:
    return http.post(SUITEQL, json={"q": sql}, headers=TRANSIENT, params={"limit": 1000, "offset": 0} | params)


def rows(http: httpx.Client, sql: str) -> list[dict[str, Any]]:
    response = ask(http, sql)
    assert response.status_code == 200, response.text
    return [{name: value for name, value in row.items() if name != "links"} for row in response.json()["items"]]


def new_id(response: httpx.Response) -> str:
    assert response.status_code == 204, response.text
    assert response.content == b""
    return response.headers["Location"].rpartition("/")[2]


def assertion(account: Account, alg: str = "PS256", **changed: Any) -> httpx.Response:
    now = int(time.time())
    known = credentials()
    claims = {
        "iss": known["client_id"],
        "scope": ["rest_webservices"],
        "aud": account.base_url + TOKEN_PATH,
        "iat": now,
        "exp": now + 300,
    }
    header = {"alg": alg, "typ": "JWT", "kid": changed.pop("kid", known["certificate_id"])}
    key = changed.pop("key", None) or RSAKey.import_key(known["private_key"])
    form = {
        "grant_type": changed.pop("grant_type", "client_credentials"),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(header, claims | changed, key, algorithms=[alg]),
    }
    return httpx.post(account.base_url + TOKEN_PATH, data=form)


def test_a_good_assertion_gives_a_token_for_an_hour(account: Account) -> None:
    body = assertion(account).json()
    assert (body["expires_in"], body["token_type"]) == ("3600", "bearer")


@pytest.mark.parametrize(
    "wrong",
    [
        {"alg": "RS256"},
        {"kid": "other"},
        {"iss": "other"},
        {"aud": "https://other.example/token"},
        {"scope": ["restlets"]},
        {"exp": int(time.time()) + 7200},
        {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600},
        {"grant_type": "password"},
        {"key": RSAKey.generate_key(2048)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_bad_assertion_gives_none(account: Account, wrong: dict[str, Any]) -> None:
    response = assertion(account, **wrong)
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})


def test_without_a_token_nothing_is_shown(account: Account) -> None:
    response = httpx.get(f"{account.base_url}{REST}/customer/{CUSTOMER}")
    assert told(response)[:2] == (401, "INVALID_LOGIN")
    assert response.json()["title"] == "Unauthorized"


def test_a_token_lasts_an_hour_of_the_accounts_time(account: Account) -> None:
    token = {"Authorization": f"Bearer {assertion(account).json()['access_token']}"}
    url = f"{account.base_url}{REST}/customer/{CUSTOMER}"
    assert httpx.get(url, headers=token).status_code == 200
    account.advance(minutes=61)
    assert httpx.get(url, headers=token).status_code == 401


def test_more_requests_at_once_than_licensed_are_blocked(account: Account, http: httpx.Client) -> None:
    http.get(f"{REST}/customer/{CUSTOMER}")
    token = http.get(f"{REST}/customer/{CUSTOMER}").request.headers["Authorization"]
    host, port = account.base_url.removeprefix("http://").split(":")
    head = f"POST {SUITEQL} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nPrefer: transient\r\nContent-Length: 9\r\n\r\n"
    waiting = [socket.create_connection((host, int(port))) for _ in range(5)]
    for each in waiting:
        each.sendall(head.encode())
    response = http.get(f"{REST}/customer/{CUSTOMER}")
    while response.status_code == 200:  # the five are being let in
        response = http.get(f"{REST}/customer/{CUSTOMER}")
    assert told(response)[:2] == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert "Retry-After" not in response.headers
    for each in waiting:
        each.close()


def test_a_list_shows_ids_and_links_only(http: httpx.Client) -> None:
    body = http.get(f"{REST}/salesOrder", params={"limit": 1}).json()
    assert (body["count"], body["offset"], body["hasMore"], body["totalResults"]) == (1, 0, False, 1)
    assert set(body["items"][0]) == {"links", "id"}
    assert {link["rel"] for link in body["links"]} == {"self", "first", "last"}


@pytest.mark.parametrize("page", [{"limit": 10, "offset": 5}, {"limit": 1001}, {"limit": 0}, {"limit": "x"}])
def test_a_page_must_begin_at_a_multiple_of_its_length(http: httpx.Client, page: dict[str, Any]) -> None:
    assert told(http.get(f"{REST}/customer", params=page))[:2] == (400, "INVALID_PARAMETER")
    assert told(ask(http, "SELECT id FROM customer", **page))[:2] == (400, "INVALID_PARAMETER")


def test_suiteql_speaks_in_text_lower_case_and_leaves_out_nulls(http: httpx.Client) -> None:
    (row,) = rows(http, "SELECT ID, CompanyName, phone, IsInactive, subsidiary FROM customer")
    assert row == {"id": "107", "companyname": "Acme", "isinactive": "F", "subsidiary": "1"}


def test_suiteql_shows_dates_as_the_account_prefers_unless_told(http: httpx.Client) -> None:
    (row,) = rows(
        http, "SELECT lastmodifieddate a, TO_CHAR(lastmodifieddate,'YYYY-MM-DD HH24:MI:SS') b, trandate c FROM transaction"
    )
    assert row == {"a": "10/06/2026", "b": "2026-10-06 11:30:00", "c": "10/06/2026"}


def test_suiteql_compares_stamps_on_the_accounts_clock(http: httpx.Client) -> None:
    mask = "'YYYY-MM-DD HH24:MI:SS'"
    after = "SELECT id FROM transaction WHERE lastmodifieddate {} TO_TIMESTAMP('2026-10-06 11:30:00',{})"
    assert EARLY.hour == 18
    assert rows(http, after.format(">=", mask)) == [{"id": str(ORDER)}]
    assert rows(http, after.format(">", mask)) == []


def test_suiteql_joins_counts_and_sorts(http: httpx.Client) -> None:
    sql = """SELECT i.itemid, -l.quantity AS sold FROM transactionline l JOIN item i ON i.id = l.item
        WHERE l.transaction = 647 AND l.mainline = 'F' ORDER BY i.itemid DESC FETCH FIRST 1 ROWS ONLY"""
    assert rows(http, sql) == [{"itemid": "SKU-0002", "sold": "1"}]
    assert rows(http, "SELECT COUNT(*) n, SUM(l.foreignamount) s FROM transactionline l WHERE l.id > 0") == [
        {"n": "2", "s": "-1700"}
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nope FROM customer",
        "SELECT id FROM _job",
        "SELECT _key FROM deletedrecord",
        "SELECT id FROM sqlite_master",
        "DELETE FROM customer",
        "SELECT id FROM customer LIMIT 5",
        "SELECT FROM WHERE",
    ],
)
def test_suiteql_refuses(http: httpx.Client, sql: str) -> None:
    assert told(ask(http, sql)) == (400, "INVALID_PARAMETER", "q")


def test_suiteql_wants_its_header(http: httpx.Client) -> None:
    assert told(http.post(SUITEQL, json={"q": "SELECT id FROM customer"}))[0] == 400


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


def line(**values: Any) -> dict[str, Any]:
    return {"item": {"items": [{"item": {"id": str(RECURRING)}, "quantity": 1, "rate": 5} | values]}}


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


def bill(http: httpx.Client, amount: float = 100, **more: Any) -> str:
    items = [{"orderLine": 1, "quantity": 1, "rate": amount}]
    url = f"{REST}/salesOrder/{ORDER}/!transform/invoice"
    return new_id(http.post(url, params={"replace": "item"}, json={"item": {"items": items}, **more}))


def pay(http: httpx.Client, invoice: str, payment: float, applied: float) -> httpx.Response:
    apply = {"items": [{"doc": {"id": invoice}, "apply": True, "amount": applied}]}
    return http.post(f"{REST}/customerPayment", json={"customer": {"id": "107"}, "payment": payment, "apply": apply})


def test_a_transformed_invoice_is_linked_dated_and_due(http: httpx.Client) -> None:
    invoice = http.get(f"{REST}/invoice/{bill(http)}").json()
    assert (invoice["createdFrom"]["id"], invoice["entity"]["id"], invoice["total"]) == (str(ORDER), str(CUSTOMER), 100)
    assert (invoice["tranDate"], invoice["dueDate"], invoice["postingPeriod"]["refName"]) == (
        "2026-11-05",
        "2026-12-05",
        "Nov 2026",
    )


def test_an_order_is_billed_when_its_invoices_reach_its_total(http: httpx.Client) -> None:
    bill(http, 700)
    assert http.get(f"{REST}/salesOrder/{ORDER}").json()["orderStatus"]["id"] == "F"
    bill(http, 1000)
    assert http.get(f"{REST}/salesOrder/{ORDER}").json()["orderStatus"] == {"id": "G", "refName": "Billed"}


def test_applying_moves_what_is_open_and_never_more(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 60, 60))
    body = http.get(f"{REST}/invoice/{invoice}").json()
    assert (body["amountPaid"], body["amountRemaining"], body["status"]["id"]) == (60, 40, "A")
    assert told(pay(http, invoice, 50, 50))[:2] == (400, "USER_ERROR")
    assert told(pay(http, invoice, 10, 20))[:2] == (400, "USER_ERROR")
    new_id(http.post(f"{REST}/invoice/{invoice}/!transform/customerPayment", json={}))
    assert http.get(f"{REST}/invoice/{invoice}").json()["status"] == {"id": "B", "refName": "Paid In Full"}
    assert http.get(f"{REST}/customer/{CUSTOMER}").json()["balance"] == 0


def test_an_unapplied_part_lowers_the_customers_balance(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 70, 30))
    assert http.get(f"{REST}/customer/{CUSTOMER}").json()["balance"] == 30


def test_a_payment_taken_off_opens_its_invoice_again(account: Account, http: httpx.Client) -> None:
    invoice = bill(http)
    payment = new_id(pay(http, invoice, 100, 100))
    http.patch(f"{REST}/customerPayment/{payment}", json={"apply": {"items": [{"doc": {"id": invoice}, "apply": False}]}})
    assert http.get(f"{REST}/invoice/{invoice}").json()["amountRemaining"] == 100
    assert account.balances(payment) == {"1050": 100, "1200": -100}


def test_a_planted_deletion_of_a_payment_opens_its_invoice_too(account: Account, http: httpx.Client) -> None:
    invoice = bill(http)
    payment = new_id(pay(http, invoice, 100, 100))
    account.state.delete("transaction", int(payment), account.at[0], by="sandbox")
    assert http.get(f"{REST}/invoice/{invoice}").json()["status"]["id"] == "A"


def entries(debit: float = 10, credit: float = 10, **more: Any) -> dict[str, Any]:
    lines = [{"account": {"id": "651"}, "debit": debit}, {"account": {"id": "112"}, "credit": credit}]
    return {"subsidiary": {"id": "1"}, "tranDate": "2026-11-04", "line": {"items": lines}, **more}


def test_a_journal_must_balance(http: httpx.Client) -> None:
    assert told(http.post(f"{REST}/journalEntry", json=entries(10, 9)))[:2] == (400, "USER_ERROR")
    new_id(http.post(f"{REST}/journalEntry", json=entries()))


@pytest.mark.parametrize(("flag", "journals", "invoices"), [("closed", 400, 400), ("alllocked", 400, 400), ("arlocked", 204, 400)])
def test_a_shut_period_takes_no_postings(account: Account, http: httpx.Client, flag: str, journals: int, invoices: int) -> None:
    account.close(NOW, flag)
    response = http.post(f"{REST}/journalEntry", json=entries())
    assert response.status_code == journals
    assert http.post(f"{REST}/salesOrder/{ORDER}/!transform/invoice", json={}).status_code == invoices
    if journals == 400:
        assert "Nov 2026" in response.json()["o:errorDetails"][0]["detail"]
    new_id(http.post(f"{REST}/salesOrder", json={"entity": {"id": "107"}, **line()}))


def test_a_period_can_be_closed_through_the_service(http: httpx.Client) -> None:
    period = rows(http, "SELECT id FROM accountingperiod WHERE periodname = 'Nov 2026'")[0]["id"]
    new_id(http.patch(f"{REST}/accountingPeriod/{period}", json={"allLocked": True}))
    assert http.post(f"{REST}/journalEntry", json=entries()).status_code == 400


def test_a_reversal_date_makes_the_mirroring_entry(account: Account, http: httpx.Client) -> None:
    journal = new_id(http.post(f"{REST}/journalEntry", json=entries()))
    new_id(http.patch(f"{REST}/journalEntry/{journal}", json={"reversalDate": "2026-12-01"}))
    entry = http.get(f"{REST}/journalEntry/{journal}").json()["reversalEntry"]
    mirror = http.get(f"{REST}/journalEntry/{entry}").json()
    assert (mirror["isReversal"], mirror["tranDate"], mirror["postingPeriod"]["refName"]) == (True, "2026-12-01", "Dec 2026")
    assert account.balances(entry) == {"6500": -10, "1050": 10}


def test_deletions_are_logged(http: httpx.Client) -> None:
    assert http.delete(f"{REST}/salesOrder/{ORDER}").status_code == 204
    sql = "SELECT recordid, type, name, TO_CHAR(deleteddate,'YYYY-MM-DD HH24:MI:SS') at FROM deletedrecord"
    assert rows(http, sql) == [{"recordid": str(ORDER), "type": "salesorder", "name": "SO00000042", "at": "2026-11-05 10:30:00"}]
    assert rows(http, f"SELECT id FROM transactionline WHERE transaction = {ORDER}") == []


def test_an_invoice_with_a_payment_cannot_be_deleted(http: httpx.Client) -> None:
    invoice = bill(http)
    new_id(pay(http, invoice, 100, 100))
    assert told(http.delete(f"{REST}/invoice/{invoice}"))[:2] == (400, "USER_ERROR")


def test_an_asynchronous_write_answers_through_its_job(account: Account, http: httpx.Client) -> None:
    headers = {"Prefer": "respond-async", "X-NetSuite-Idempotency-Key": "3f0e"}
    first = http.post(f"{REST}/journalEntry", json=entries(), headers=headers)
    assert (first.status_code, first.headers["Preference-Applied"]) == (202, "respond-async")
    job = http.get(first.headers["Location"]).json()
    assert (job["completed"], job["progress"]) == (True, "succeeded")
    task = http.get(job["task"]["links"][0]["href"]).json()["items"][0]["links"][0]["href"]
    assert new_id(http.get(f"{task}/result"))
    repeat = http.post(f"{REST}/journalEntry", json=entries(), headers=headers)
    assert told(repeat)[:2] == (400, "IDEMPOTENCY_ERROR")
    assert (repeat.json()["title"], repeat.headers["Location"]) == ("Conflict", first.headers["Location"])
    assert account.count("Journal") == 1


def test_a_failed_asynchronous_write_says_so_in_its_result(http: httpx.Client) -> None:
    job = http.post(f"{REST}/journalEntry", json=entries(1, 2), headers={"Prefer": "respond-async"}).headers["Location"]
    assert http.get(job).json()["progress"] == "failed"
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
    http.get(f"{REST}/customer/{CUSTOMER}")
    account.fault(kind, match="customer", times=2)
    response = http.get(f"{REST}/customer/{CUSTOMER}")
    assert response.status_code == status
    assert json.loads(response.text)["status"] == status
