"""Many records in one call: what comes apart and what fails as one, upserts, and associations of many records."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.hubspot.conftest import COMPANY, CONTACT, DEAL, EARLY, LINE, QUOTE, Portal
from tests.platforms.hubspot.test_records import ask


def batch(http: httpx.Client, what: str, status: int, *inputs: dict[str, Any], **more: Any) -> Any:
    return ask(http, "POST", what, status, {"inputs": list(inputs), **more})


def test_records_are_read_by_id_and_those_missing_are_told_beside_them(portal: Portal, http: httpx.Client) -> None:
    portal.add("companies", 7002, EARLY, name="Other")
    asked = {"properties": ["name"], "propertiesWithHistory": []}
    whole = batch(http, "companies/batch/read", 200, {"id": str(COMPANY)}, {"id": "7002"}, **asked)
    assert (whole["status"], len(whole["results"])) == ("COMPLETE", 2)
    part = batch(http, "companies/batch/read", 207, {"id": str(COMPANY)}, {"id": "1"}, **asked)
    assert (part["numErrors"], part["errors"][0]["context"]["ids"]) == (1, ["1"])
    assert part["results"][0]["properties"]["name"] == "Maple"
    assert "associations" not in part["results"][0]


def test_records_are_read_by_a_unique_property(http: httpx.Client) -> None:
    asked = {"properties": ["email"], "propertiesWithHistory": [], "idProperty": "email"}
    (one,) = batch(http, "contacts/batch/read", 200, {"id": "ap@maple.example"}, **asked)["results"]
    assert one["id"] == str(CONTACT)


def test_one_bad_input_fails_the_whole_batch(portal: Portal, http: httpx.Client) -> None:
    batch(http, "companies/batch/create", 400, {"properties": {"name": "A"}}, {"properties": {"colour": "red"}})
    assert portal.state.select("select count(*) as n from companies")[0]["n"] == 1


def test_with_a_trace_for_each_input_the_good_ones_are_made(portal: Portal, http: httpx.Client) -> None:
    good, bad = {"properties": {"name": "A"}}, {"properties": {"colour": "red"}}
    made = batch(
        http, "companies/batch/create", 207, good | {"objectWriteTraceId": "1"}, bad | {"objectWriteTraceId": "2"}
    )  # fmt: skip
    assert [each["objectWriteTraceId"] for each in made["results"]] == ["1"]
    assert made["errors"][0]["context"]["objectWriteTraceId"] == ["2"]
    same = [each | {"objectWriteTraceId": "3"} for each in (good, bad)]
    batch(http, "companies/batch/create", 400, *same)
    assert portal.state.select("select count(*) as n from companies")[0]["n"] == 2


def test_results_come_in_another_order_than_was_asked(http: httpx.Client) -> None:
    inputs = [{"properties": {"name": name}, "objectWriteTraceId": name} for name in "ABC"]
    made = batch(http, "companies/batch/create", 201, *inputs)["results"]
    assert [each["objectWriteTraceId"] for each in made] != list("ABC")
    assert {each["objectWriteTraceId"]: each["properties"]["name"] for each in made} == {name: name for name in "ABC"}


def test_an_upsert_makes_what_is_not_there_and_changes_what_is(portal: Portal, http: httpx.Client) -> None:
    one = {"id": "R-1", "idProperty": "external_ref", "properties": {"name": "A"}}
    made = batch(http, "companies/batch/upsert", 200, one)["results"][0]
    assert (made["new"], made["properties"]["external_ref"]) == (True, "R-1")
    changed = batch(http, "companies/batch/upsert", 200, one | {"properties": {"name": "B"}})["results"][0]
    assert (changed["new"], changed["id"], changed["properties"]["name"]) == (False, made["id"], "B")
    assert "unique" in batch(http, "companies/batch/upsert", 400, one | {"idProperty": "name"})["message"]


def test_updates_of_records_that_are_gone_are_told_beside_the_others(portal: Portal, http: httpx.Client) -> None:
    both = [{"id": key, "properties": {"dealname": "X"}} for key in (str(DEAL), "1")]
    changed = batch(http, "deals/batch/update", 207, *both)
    assert ([each["id"] for each in changed["results"]], changed["numErrors"]) == ([str(DEAL)], 1)


def test_many_are_archived_at_once(portal: Portal, http: httpx.Client) -> None:
    batch(http, "deals/batch/archive", 204, {"id": str(DEAL)}, {"id": "1"})
    assert portal.holds("deals", DEAL)["_archived_at"]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_a_hundred_inputs_at_most_and_one_at_least(http: httpx.Client, count: int) -> None:
    batch(http, "deals/batch/read", 400, *({"id": "1"},) * count, properties=[], propertiesWithHistory=[])


def links(http: httpx.Client, method: str, path: str, status: int, body: Any = None) -> Any:
    answer = http.request(method, f"/crm/v4/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_links_of_many_records_are_read_with_their_types(portal: Portal, http: httpx.Client) -> None:
    portal.add("deals", 8002, EARLY, dealname="Alone")
    inputs = {"inputs": [{"id": str(DEAL)}, {"id": "8002"}]}
    told = links(http, "POST", "associations/deals/companies/batch/read", 207, inputs)
    (one,) = told["results"]
    assert one["from"] == {"id": str(DEAL)}
    assert one["to"][0]["toObjectId"] == COMPANY
    assert [(each["typeId"], each["label"]) for each in one["to"][0]["associationTypes"]] == [(5, "Primary"), (341, None)]
    assert told["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_a_link_is_seen_from_its_other_end_under_another_type(http: httpx.Client) -> None:
    (one,) = links(http, "GET", f"objects/companies/{COMPANY}/associations/deals", 200)["results"]
    assert (one["toObjectId"], [each["typeId"] for each in one["associationTypes"]]) == (DEAL, [6, 342])


def test_a_link_is_made_once_and_the_first_is_primary(portal: Portal, http: httpx.Client) -> None:
    portal.add("deals", 8002, EARLY, dealname="New")
    for _ in range(2):
        made = links(http, "PUT", f"objects/deals/8002/associations/default/companies/{COMPANY}", 200)
    assert {each["associationSpec"]["associationTypeId"] for each in made["results"]} == {341}
    linked = portal.state.select("select type_id from associations where from_id = 8002 order by 1")
    assert [each["type_id"] for each in linked] == [5, 341]
    links(http, "DELETE", f"objects/deals/8002/associations/companies/{COMPANY}", 204)
    assert links(http, "GET", "objects/deals/8002/associations/companies", 200)["results"] == []


def test_links_are_made_and_taken_away_in_batches(portal: Portal, http: httpx.Client) -> None:
    portal.add("line_items", 602, EARLY, name="More")
    ends = {"from": {"id": str(QUOTE)}, "to": {"id": "602"}}
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 67}]
    links(http, "POST", "associations/quotes/line_items/batch/create", 201, {"inputs": [ends | {"types": spec}]})
    held = links(http, "GET", f"objects/quotes/{QUOTE}/associations/line_items?limit=1", 200)
    assert ([each["toObjectId"] for each in held["results"]], held["paging"]["next"]["after"]) == ([LINE], "1")
    links(http, "POST", "associations/quotes/line_items/batch/archive", 204, {"inputs": [ends | {"to": [ends["to"]]}]})
    assert len(links(http, "GET", f"objects/quotes/{QUOTE}/associations/line_items", 200)["results"]) == 1


def test_links_with_archived_records_are_not_told(portal: Portal, http: httpx.Client) -> None:
    portal.bin("line_items", LINE)
    assert links(http, "GET", f"objects/quotes/{QUOTE}/associations/line_items", 200)["results"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"objects/deals/{DEAL}/associations/default/companies/1", None),
        ("PUT", f"objects/deals/{DEAL}/associations/companies/{COMPANY}", []),
        ("PUT", f"objects/deals/{DEAL}/associations/companies/{COMPANY}", [{"associationTypeId": 67}]),
        ("GET", f"objects/deals/{DEAL}/associations/products", None),
        ("GET", "objects/deals/1/associations/companies", None),
        ("POST", "associations/deals/companies/batch/read", {"inputs": [{"id": "1"}] * 1001}),
    ],
)
def test_a_link_that_cannot_be_is_refused(http: httpx.Client, method: str, path: str, body: Any) -> None:
    answer = http.request(method, f"/crm/v4/{path}", json=body)
    assert answer.status_code in (400, 404)
    assert answer.json()["category"] in ("VALIDATION_ERROR", "OBJECT_NOT_FOUND")


def test_associations_come_with_a_list_when_asked_for(http: httpx.Client) -> None:
    (quote,) = ask(http, "GET", "quotes", 200, associations="deals,line_items")["results"]
    assert quote["associations"] == {
        "deals": {"results": [{"id": str(DEAL), "type": "quote_to_deal"}]},
        "line items": {"results": [{"id": str(LINE), "type": "quote_to_line_item"}]},
    }
    (deal,) = ask(http, "GET", "deals", 200, associations="companies")["results"]
    assert [each["type"] for each in deal["associations"]["companies"]["results"]] == [
        "deal_to_company",
        "deal_to_company_unlabeled",
    ]
