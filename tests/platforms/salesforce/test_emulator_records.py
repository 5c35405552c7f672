"""Records one by one: what is accepted, what is refused, and what the platform keeps by itself."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, ENTRY, ITEM, NOW, ORDER, PRODUCT, QUOTE, QUOTE_LINE, Api, Company


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()[0]["errorCode"]


def test_a_record_is_made_read_changed_and_deleted(api: Api, company: Company) -> None:
    made = api("POST", "sobjects/Account/", json={"Name": "New Ltd", "Phone": ""})
    assert made.status_code == 201
    path = f"sobjects/Account/{made.json()['id']}"
    assert made.json() == {"id": made.json()["id"], "success": True, "errors": []}
    assert api("GET", path, params={"fields": "Name,Phone"}).json()["Phone"] is None
    company.advance(hours=1)
    assert api("PATCH", path, json={"Name": "Newer Ltd"}).status_code == 204
    record = api("GET", path).json()
    assert (record["Name"], record["CreatedDate"], record["SystemModstamp"]) == (
        "Newer Ltd",
        "2026-11-01T08:00:00.000+0000",
        "2026-11-01T09:00:00.000+0000",
    )
    assert api("DELETE", path).status_code == 204
    assert code(api("GET", path)) == (404, "NOT_FOUND")
    assert code(api("PATCH", path, json={"Name": "x"})) == (404, "ENTITY_IS_DELETED")
    assert company.writes("Account") == 3


@pytest.mark.parametrize(
    ("sobject", "body", "expected"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": None}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG"),
        ("Account", {"Name": "x", "Nope": 1}, "INVALID_FIELD"),
        ("Account", {"Name": "x", "SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", {"Name": "x", "CurrencyIsoCode": "XXX"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Account", {"Name": "x", "ParentId": "0010000000000000AA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ("Account", {"Name": "x", "ParentId": "no id"}, "MALFORMED_ID"),
        ("Contact", {"LastName": "x", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "soon"}, "JSON_PARSER_ERROR"),
        (
            "Opportunity",
            {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-01-01", "Amount": "much"},
            "JSON_PARSER_ERROR",
        ),
    ],
)
def test_what_does_not_fit_is_refused(api: Api, company: Company, sobject: str, body: dict[str, Any], expected: str) -> None:
    assert code(api("POST", f"sobjects/{sobject}", json=body)) == (400, expected)
    assert company.writes(sobject) == 0


def test_a_missing_field_is_named(api: Api) -> None:
    assert api("POST", "sobjects/Contact", json={}).json() == [
        {"message": "Required fields are missing: [LastName]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName"]}
    ]


def test_an_unknown_object_or_method_is_refused(api: Api) -> None:
    assert code(api("POST", "sobjects/Nope", json={})) == (404, "NOT_FOUND")
    assert code(api("PUT", f"sobjects/Account/{ACCOUNT}", json={})) == (405, "METHOD_NOT_ALLOWED")
    assert code(api("GET", "/services/data/v99.0/limits")) == (404, "NOT_FOUND")


def test_short_ids_find_the_same_record(api: Api) -> None:
    assert api("GET", f"sobjects/Account/{ACCOUNT[:15]}").json()["Id"] == ACCOUNT


@pytest.mark.parametrize(
    ("since", "status"), [("Sat, 31 Oct 2026 07:59:59 GMT", 412), ("Sat, 31 Oct 2026 08:00:00 GMT", 204), ("yesterday", 400)]
)
def test_if_unmodified_since_guards_a_change(api: Api, since: str, status: int) -> None:
    assert (
        api("PATCH", f"sobjects/Order/{ORDER}", json={"EndDate": "2027-09-30"}, headers={"If-Unmodified-Since": since}).status_code
        == status
    )


def test_etags_guard_accounts_alone(api: Api) -> None:
    stale = {"If-Match": '"stale"'}
    assert api("PATCH", f"sobjects/Account/{ACCOUNT}", json={"Phone": "2"}, headers=stale).status_code == 412
    assert api("PATCH", f"sobjects/Contact/{CONTACT}", json={"Phone": "2"}, headers=stale).status_code == 204
    tag = api("GET", f"sobjects/Account/{ACCOUNT}").headers["ETag"]
    assert api("PATCH", f"sobjects/Account/{ACCOUNT}", json={"Phone": "2"}, headers={"If-Match": tag}).status_code == 204


def test_an_unchanged_record_is_304(api: Api) -> None:
    seen = api("GET", f"sobjects/Account/{ACCOUNT}").headers["Last-Modified"]
    assert api("GET", f"sobjects/Account/{ACCOUNT}", headers={"If-Modified-Since": seen}).status_code == 304


def test_an_upsert_makes_then_changes(api: Api, company: Company) -> None:
    path = "sobjects/SBQQ__Quote__c/SBQQ__Key__c/q2c-1"
    made = api("PATCH", path, json={"SBQQ__SubscriptionTerm__c": 12})
    again = api("PATCH", path, json={"SBQQ__SubscriptionTerm__c": 24})
    assert (made.status_code, made.json()["created"], again.status_code, again.json()["created"]) == (201, True, 200, False)
    assert made.json()["id"] == again.json()["id"]
    assert api("GET", path).json()["SBQQ__SubscriptionTerm__c"] == 24.0
    assert api("PATCH", "sobjects/SBQQ__Quote__c/SBQQ__Key__c/q2c-2", params={"updateOnly": "true"}, json={}).status_code == 404
    assert api("DELETE", path).status_code == 204


def test_an_external_id_that_several_have_is_300_with_their_addresses(api: Api, company: Company) -> None:
    company.add("Contact", Id="0030000000AAAAAAAA", AccountId=ACCOUNT, LastName="Two", Email="AP@acme.example")
    response = api("PATCH", "sobjects/Contact/Email/ap@acme.example", json={"LastName": "Three"})
    assert response.status_code == 300
    assert sorted(response.json()) == sorted(
        f"/services/data/v64.0/sobjects/Contact/{key}" for key in (CONTACT, "0030000000AAAAAAAA")
    )
    assert company.writes("Contact") == 0


def test_a_field_that_is_no_external_id_is_404(api: Api) -> None:
    assert code(api("PATCH", "sobjects/Account/Phone/1", json={})) == (404, "NOT_FOUND")


def test_an_order_is_a_draft_first(api: Api) -> None:
    body = {"AccountId": ACCOUNT, "EffectiveDate": "2026-11-01", "Status": "Activated"}
    assert code(api("POST", "sobjects/Order", json=body)) == (400, "FAILED_ACTIVATION")
    made = api("POST", "sobjects/Order", json=body | {"Status": "Draft"}).json()["id"]
    record = api("GET", f"sobjects/Order/{made}").json()
    assert (record["StatusCode"], record["OrderNumber"], record["TotalAmount"]) == ("Draft", "900000002", 0.0)
    assert code(api("PATCH", f"sobjects/Order/{made}", json={"Status": "Activated"})) == (400, "FAILED_ACTIVATION")


def test_an_order_is_activated_by_its_status_alone(api: Api) -> None:
    path = f"sobjects/Order/{ORDER}"
    assert code(api("PATCH", path, json={"Status": "Activated", "EndDate": "2027-01-01"})) == (400, "FAILED_ACTIVATION")
    assert api("PATCH", path, json={"Status": "Activated"}).status_code == 204
    record = api("GET", path).json()
    assert (record["StatusCode"], record["ActivatedDate"]) == ("Activated", "2026-11-01T08:00:00.000+0000")


def test_an_activated_order_is_hardly_changed(api: Api) -> None:
    path = f"sobjects/Order/{ORDER}"
    api("PATCH", path, json={"Status": "Activated"})
    line = {"OrderId": ORDER, "PricebookEntryId": ENTRY, "Quantity": 1}
    assert code(api("PATCH", path, json={"EffectiveDate": "2026-12-01"})) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert code(api("POST", "sobjects/OrderItem", json=line)) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert code(api("PATCH", f"sobjects/OrderItem/{ITEM}", json={"Quantity": 1})) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert code(api("DELETE", f"sobjects/OrderItem/{ITEM}")) == (400, "DELETE_FAILED")
    assert code(api("DELETE", path)) == (400, "DELETE_FAILED")
    assert api("PATCH", path, json={"ERP_Order_Number__c": "SO1"}).status_code == 204
    assert api("PATCH", path, json={"Status": "Draft"}).status_code == 204


def test_totals_follow_the_lines(api: Api, company: Company) -> None:
    company.advance(hours=1)
    api("PATCH", f"sobjects/OrderItem/{ITEM}", json={"Quantity": 4})
    api("PATCH", f"sobjects/SBQQ__QuoteLine__c/{QUOTE_LINE}", json={"SBQQ__NetPrice__c": 10})
    order, quote = api("GET", f"sobjects/Order/{ORDER}").json(), api("GET", f"sobjects/SBQQ__Quote__c/{QUOTE}").json()
    assert (order["TotalAmount"], quote["SBQQ__NetAmount__c"]) == (4400.4, 30.0)
    assert order["SystemModstamp"] == quote["SystemModstamp"] == "2026-11-01T09:00:00.000+0000"
    assert api("DELETE", f"sobjects/OrderItem/{ITEM}").status_code == 204
    assert api("GET", f"sobjects/Order/{ORDER}").json()["TotalAmount"] == 0.0


def test_a_stage_says_whether_the_deal_is_closed(api: Api, company: Company) -> None:
    body = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    path = f"sobjects/Opportunity/{api('POST', 'sobjects/Opportunity', json=body).json()['id']}"
    assert (api("GET", path).json()["IsClosed"], api("GET", path).json()["IsWon"]) == (False, False)
    api("PATCH", path, json={"StageName": "Closed Lost"})
    assert (api("GET", path).json()["IsClosed"], api("GET", path).json()["IsWon"]) == (True, False)


def test_a_planted_change_is_kept_book_of_like_any_other(company: Company) -> None:
    now = company.advance(hours=2)
    company.state.update("Product2", PRODUCT, {"Name": "Other"}, now, by="sandbox")
    company.state.delete("Account", ACCOUNT, now, by="sandbox")
    assert (company.state.get("Product2", PRODUCT) or {})["SystemModstamp"] == "2026-11-01T10:00:00Z"
    log = {row["sobject"]: row["deleted_at"] for row in company.state.select("select * from _delete_log")}
    assert log == dict.fromkeys(["Account", "Contact", "Opportunity"], "2026-11-01T10:00:00Z")
    assert company.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"] == 0


def test_updated_and_deleted_tell_the_ids_of_a_span(api: Api, company: Company) -> None:
    company.state.delete("Contact", CONTACT, NOW, by="sandbox")
    span = {"start": "2026-10-31T00:00:00+00:00", "end": "2026-11-01T08:00:30+00:00"}
    assert api("GET", "sobjects/Account/updated", params=span).json()["ids"] == [ACCOUNT]
    gone = api("GET", "sobjects/Contact/deleted", params=span).json()
    assert gone["deletedRecords"] == [{"deletedDate": "2026-11-01T08:00:00.000+0000", "id": CONTACT}]
    assert set(gone) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


@pytest.mark.parametrize(
    ("what", "start", "end"),
    [
        ("deleted", "2026-11-01T08:00:00Z", "2026-11-01T08:00:59Z"),
        ("deleted", "2026-10-10T00:00:00Z", "2026-11-01T08:00:00Z"),
        ("updated", "2026-09-01T00:00:00Z", "2026-11-01T08:00:00Z"),
    ],
    ids=["same minute", "more than 15 days", "more than 30 days"],
)
def test_a_span_the_log_does_not_hold_is_refused(api: Api, what: str, start: str, end: str) -> None:
    assert code(api("GET", f"sobjects/Account/{what}", params={"start": start, "end": end})) == (400, "INVALID_REPLICATION_DATE")


def test_every_answer_tells_the_api_usage(api: Api, company: Company) -> None:
    first, second = (api("GET", "limits").headers["Sforce-Limit-Info"] for _ in range(2))
    assert [first, second] == [f"api-usage={company.org.used - 1}/100000", f"api-usage={company.org.used}/100000"]
    company.fault("rate_limit")
    refused = api("GET", "limits")
    assert code(refused) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Sforce-Limit-Info" in refused.headers


def test_without_a_session_only_the_versions_are_told(api: Api) -> None:
    assert api("GET", "/services/data", headers={"Authorization": ""}).json()[-1]["version"] == "68.0"
    assert code(api("GET", "limits", headers={"Authorization": "Bearer stolen"})) == (401, "INVALID_SESSION_ID")
