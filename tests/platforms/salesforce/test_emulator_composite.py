"""Several in one request: partial success row by row, references, all or none."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, ITEM, ORDER, Api, Company

ROOT = "/services/data/v64.0"


def account(name: str | None, **more: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, "Name": name, **more}


def step(name: str, method: str, url: str, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": f"{ROOT}/{url}"} | ({"body": body} if body is not None else {})


def test_rows_of_a_collection_succeed_and_fail_by_themselves(api: Api, company: Company) -> None:
    response = api("POST", "composite/sobjects", json={"records": [account("One"), account(None), account("Two")]})
    assert response.status_code == 200
    assert [row["success"] for row in response.json()] == [True, False, True]
    assert response.json()[1]["errors"] == [
        {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}
    ]
    assert company.writes("Account") == 2


def test_all_or_none_undoes_the_rows_that_were_good(api: Api, company: Company) -> None:
    rows = api("POST", "composite/sobjects", json={"allOrNone": True, "records": [account("One"), account(None)]}).json()
    assert [row["errors"][0]["statusCode"] for row in rows] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert company.state.select('select count(*) as n from "Account"')[0]["n"] == 1


def test_a_collection_changes_upserts_and_deletes(api: Api, company: Company) -> None:
    changed = api("PATCH", "composite/sobjects", json={"records": [account("Acme II", Id=ACCOUNT), account("x")]}).json()
    assert [row["success"] for row in changed] == [True, False]
    people = [
        {"attributes": {"type": "Contact"}, "LastName": "X", "Email": email} for email in ("ap@acme.example", "new@acme.example")
    ]
    upserted = api("PATCH", "composite/sobjects/Contact/Email", json={"records": people}).json()
    assert [(row["success"], row["created"]) for row in upserted] == [(True, False), (True, True)]
    gone = api("DELETE", "composite/sobjects", params={"ids": f"{CONTACT},0030000000NopeAAAA"}).json()
    assert [row["success"] for row in gone] == [True, False]
    assert gone[1]["errors"][0]["statusCode"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([account(f"A{n}") for n in range(201)], "EXCEEDED_MAX_SIZE_REQUEST"),
        ([account("A") if n % 2 else {"attributes": {"type": "Contact"}, "LastName": "B"} for n in range(12)], "INVALID_ARGUMENT"),
    ],
    ids=["too many", "too mixed"],
)
def test_a_collection_has_its_bounds(api: Api, company: Company, records: list[Any], code: str) -> None:
    assert api("POST", "composite/sobjects", json={"records": records}).json()[0]["errorCode"] == code
    assert company.writes("Account") == 0


def test_later_requests_refer_to_earlier_answers(api: Api) -> None:
    answer = api(
        "POST",
        "composite",
        json={
            "compositeRequest": [
                step("made", "POST", "sobjects/Account", {"Name": "Ref Ltd"}),
                step("person", "POST", "sobjects/Contact", {"LastName": "Ref", "AccountId": "@{made.id}"}),
                step("found", "GET", "query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{made.id}'"),
                step("read", "GET", "sobjects/Contact/@{found.records[0].Id}"),
            ]
        },
    ).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in answer] == [201, 201, 200, 200]
    assert answer[3]["body"]["LastName"] == "Ref"


def test_a_failure_halts_what_depends_on_it(api: Api, company: Company) -> None:
    steps = [
        step("made", "POST", "sobjects/Account", {}),
        step("person", "POST", "sobjects/Contact", {"LastName": "Ref", "AccountId": "@{made.id}"}),
        step("other", "POST", "sobjects/Account", {"Name": "Other"}),
    ]
    answer = api("POST", "composite", json={"compositeRequest": steps}).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in answer] == [400, 400, 201]
    assert answer[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert company.writes("Account") == 1


def test_all_or_none_undoes_the_whole_composite(api: Api, company: Company) -> None:
    steps = [step("one", "POST", "sobjects/Account", {"Name": "One"}), step("two", "POST", "sobjects/Account", {})]
    answer = api("POST", "composite", json={"allOrNone": True, "compositeRequest": steps}).json()["compositeResponse"]
    assert [each["body"][0]["errorCode"] for each in answer] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert company.state.select('select count(*) as n from "Account"')[0]["n"] == 1


def test_an_order_is_looked_at_and_activated_in_one_request(api: Api) -> None:
    steps = [
        step("seen", "GET", f"sobjects/Order/{ORDER}?fields=SystemModstamp"),
        step("active", "PATCH", f"sobjects/Order/{ORDER}", {"Status": "Activated"})
        | {"httpHeaders": {"If-Unmodified-Since": "Sat, 31 Oct 2026 07:00:00 GMT"}},
        step("line", "GET", f"sobjects/OrderItem/{ITEM}"),
    ]
    answer = api("POST", "composite", json={"compositeRequest": steps}).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in answer] == [200, 412, 200]


def test_a_batch_tells_each_result_and_halts_when_asked(api: Api) -> None:
    requests = [
        {"method": "GET", "url": "v64.0/limits"},
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {}},
        {"method": "GET", "url": "v64.0/sobjects/Account/describe"},
    ]
    assert [row["statusCode"] for row in api("POST", "composite/batch", json={"batchRequests": requests}).json()["results"]] == [
        200,
        400,
        200,
    ]
    halted = api("POST", "composite/batch", json={"batchRequests": requests, "haltOnError": True}).json()
    assert (halted["hasErrors"], [row["statusCode"] for row in halted["results"]]) == (True, [200, 400, 412])
    assert halted["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
