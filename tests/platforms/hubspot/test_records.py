"""Records as the portal keeps them: read, written, refused, archived, merged; one at a time and many at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.hubspot.emulator import pipelines
from tests.platforms.hubspot.conftest import COMPANY, CONTACT, DEAL, EARLY, LINE, NOW, ORDER, QUOTE, Portal

OBJECTS = "/crm/v3/objects"


def ask(http: httpx.Client, method: str, path: str, status: int, body: Any = None, **params: str) -> Any:
    """The answer's body, when it has the status that is expected."""
    answer = http.request(method, f"{OBJECTS}/{path}", json=body, params=params)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_only_the_usual_properties_come_unless_others_are_asked_for(http: httpx.Client) -> None:
    usual = ask(http, "GET", f"companies/{COMPANY}", 200)
    assert set(usual["properties"]) == {"name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    asked = ask(http, "GET", f"companies/{COMPANY}", 200, properties="city,no_such_property")
    assert asked["properties"]["city"] == "Toronto"
    assert "no_such_property" not in asked["properties"]
    assert "name" not in asked["properties"]


def test_every_value_is_text_or_null(http: httpx.Client) -> None:
    line = ask(http, "GET", f"line_items/{LINE}", 200, properties="quantity,amount,hs_tcv,hs_discount_percentage")["properties"]
    assert (line["quantity"], line["amount"], line["hs_tcv"], line["hs_discount_percentage"]) == ("10", "100.00", "1200.00", None)


@pytest.mark.parametrize("name", ["companies", "company", "0-2"])
def test_an_object_is_known_by_its_plural_its_singular_and_its_type(http: httpx.Client, name: str) -> None:
    assert ask(http, "GET", f"{name}/{COMPANY}", 200)["id"] == str(COMPANY)


def test_an_address_with_a_date_answers_the_same(http: httpx.Client) -> None:
    assert http.get(f"/crm/objects/2026-03/companies/{COMPANY}").json() == ask(http, "GET", f"companies/{COMPANY}", 200)


@pytest.mark.parametrize("path", ["companies/1", "widgets/1", "contacts/nobody@x.example?idProperty=email"])
def test_what_is_not_there_is_told(http: httpx.Client, path: str) -> None:
    answer = http.get(f"{OBJECTS}/{path}")
    assert answer.status_code in (400, 404)
    assert answer.json()["correlationId"]


def test_a_record_is_found_by_a_unique_property_only(http: httpx.Client) -> None:
    assert ask(http, "GET", "contacts/ap@maple.example", 200, idProperty="email")["id"] == str(CONTACT)
    assert "not a unique property" in ask(http, "GET", "contacts/Ada", 400, idProperty="firstname")["message"]


@pytest.mark.parametrize(
    ("kind", "properties", "code"),
    [
        ("companies", {"colour": "red"}, "PROPERTY_DOESNT_EXIST"),
        ("companies", {"hs_merged_object_ids": "1"}, "READ_ONLY_VALUE"),
        ("line_items", {"amount": "1"}, "READ_ONLY_VALUE"),
        ("line_items", {"quantity": "many"}, "INVALID_INTEGER"),
        ("line_items", {"recurringbillingfrequency": "hourly"}, "INVALID_OPTION"),
        ("deals", {"dealstage": "won"}, "INVALID_OPTION"),
        ("deals", {"closedate": "tomorrow"}, "INVALID_DATE"),
        ("quotes", {"hs_esign_enabled": "perhaps", "hs_title": "Q", "hs_expiration_date": "2026-12-31"}, "INVALID_BOOLEAN"),
        ("quotes", {"hs_title": "Q"}, "REQUIRED_PROPERTY_MISSING"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_property(
    http: httpx.Client, kind: str, properties: dict[str, str], code: str
) -> None:
    refused = ask(http, "POST", kind, 400, {"properties": properties})
    (error,) = refused["errors"]
    assert (refused["category"], error["code"]) == ("VALIDATION_ERROR", code)
    assert error["context"]["propertyName"][0] in {*properties, "hs_expiration_date"}


def test_all_that_is_wrong_is_told_at_once(http: httpx.Client) -> None:
    refused = ask(http, "PATCH", f"companies/{COMPANY}", 400, {"properties": {"colour": "red", "createdate": "1", "name": "X"}})
    assert [each["code"] for each in refused["errors"]] == ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"]
    assert ask(http, "GET", f"companies/{COMPANY}", 200)["properties"]["name"] == "Maple"


def test_times_are_kept_in_utc_to_the_millisecond(http: httpx.Client) -> None:
    for sent in ("2026-11-03T15:00:00.5-05:00", "1793736000500"):
        body = {"properties": {"closedate": sent}}
        assert ask(http, "PATCH", f"deals/{DEAL}", 200, body)["properties"]["closedate"] == "2026-11-03T20:00:00.500Z"


def test_an_empty_text_clears_a_property(http: httpx.Client) -> None:
    cleared = ask(http, "PATCH", f"companies/{COMPANY}", 200, {"properties": {"phone": ""}})
    assert cleared["properties"]["phone"] is None


def test_a_change_moves_the_stamp_and_a_repetition_too(portal: Portal, http: httpx.Client) -> None:
    portal.advance(minutes=1)
    assert ask(http, "PATCH", f"companies/{COMPANY}", 200, {"properties": {"name": "M"}})["updatedAt"] == "2026-11-05T18:31:00.000Z"


def test_an_email_or_a_reference_belongs_to_one_record(portal: Portal, http: httpx.Client) -> None:
    taken = ask(http, "POST", "contacts", 409, {"properties": {"email": "ap@maple.example"}})
    assert (taken["category"], taken["message"]) == ("CONFLICT", f"Contact already exists. Existing ID: {CONTACT}")
    portal.plant("companies", COMPANY, external_ref="A-1")
    refused = ask(http, "POST", "companies", 400, {"properties": {"name": "B", "external_ref": "A-1"}})
    assert refused["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    portal.bin("companies", COMPANY)
    ask(http, "POST", "companies", 201, {"properties": {"name": "B", "external_ref": "A-1"}})


def test_a_line_comes_to_what_it_is_billed_and_for_its_term(http: httpx.Client) -> None:
    values = {"quantity": 3, "price": "99.99", "hs_discount_percentage": "10", "recurringbillingfrequency": "quarterly"}
    made = ask(http, "POST", "line_items", 201, {"properties": values | {"hs_recurring_billing_period": "P2Y"}})
    got = ask(http, "GET", f"line_items/{made['id']}", 200, properties="amount,hs_tcv,hs_total_discount")["properties"]
    assert (got["amount"], got["hs_tcv"], got["hs_total_discount"]) == ("269.97", "2159.76", "30.00")


def test_the_stage_of_a_deal_says_whether_it_is_closed(http: httpx.Client) -> None:
    made = ask(http, "POST", "deals", 201, {"properties": {"dealname": "New"}})
    told = ask(http, "GET", f"deals/{made['id']}", 200, properties="dealstage,hs_is_closed,hs_is_closed_won")["properties"]
    assert (told["dealstage"], told["hs_is_closed"], told["hs_is_closed_won"]) == ("appointmentscheduled", "false", "false")
    ask(http, "PATCH", f"deals/{made['id']}", 200, {"properties": {"dealstage": "closedlost"}})
    told = ask(http, "GET", f"deals/{made['id']}", 200, properties="hs_is_closed,hs_is_closed_won")["properties"]
    assert (told["hs_is_closed"], told["hs_is_closed_won"]) == ("true", "false")


def test_a_new_order_is_open_in_the_pipeline_of_orders(http: httpx.Client) -> None:
    made = ask(http, "POST", "orders", 201, {"properties": {"hs_order_name": "New"}})
    told = ask(http, "GET", f"orders/{made['id']}", 200, properties="hs_pipeline,hs_pipeline_stage")["properties"]
    assert (told["hs_pipeline"], told["hs_pipeline_stage"]) == (pipelines.ORDERS, pipelines.OPEN)


def test_an_archived_record_is_in_the_bin_and_nowhere_else(portal: Portal, http: httpx.Client) -> None:
    portal.advance(minutes=1)
    for _ in range(2):
        ask(http, "DELETE", f"orders/{ORDER}", 204)
    ask(http, "GET", f"orders/{ORDER}", 404)
    assert ask(http, "GET", "orders", 200)["results"] == []
    assert ask(http, "POST", "orders/search", 200, {})["total"] == 0
    (binned,) = ask(http, "GET", "orders", 200, archived="true")["results"]
    assert (binned["archived"], binned["archivedAt"], binned["updatedAt"]) == (
        True, "2026-11-05T18:31:00.000Z", "2026-11-03T18:30:00.000Z",
    )  # fmt: skip
    assert ask(http, "GET", f"orders/{ORDER}", 200, archived="true")["id"] == str(ORDER)
    assert portal.writes("orders") == 1


def test_a_list_is_walked_in_pages_by_id(portal: Portal, http: httpx.Client) -> None:
    for key in (30, 10, 20):
        portal.add("products", key, NOW, name=str(key))
    first = ask(http, "GET", "products", 200, limit="2")
    assert [each["id"] for each in first["results"]] == ["10", "20"]
    assert first["paging"]["next"]["link"].endswith("limit=2&after=20")
    last = ask(http, "GET", "products", 200, limit="2", after=first["paging"]["next"]["after"])
    assert [each["id"] for each in last["results"]] == ["30", "901"]
    assert "paging" not in last
    assert "Page size is too large" in ask(http, "GET", "products", 400, limit="101")["message"]


def test_a_merge_makes_a_record_of_its_own_that_both_ids_lead_to(portal: Portal, http: httpx.Client) -> None:
    portal.add("companies", 7002, EARLY, name="Second", domain="second.example")
    merged = ask(http, "POST", "companies/merge", 200, {"primaryObjectId": str(COMPANY), "objectIdToMerge": "7002"})
    for key in (COMPANY, 7002):
        found = ask(http, "GET", f"companies/{key}", 200, properties="name,domain,hs_merged_object_ids")
        assert found["id"] == merged["id"]
    assert (found["properties"]["name"], found["properties"]["domain"]) == ("Maple", "second.example")
    assert [each["id"] for each in ask(http, "GET", "companies", 200)["results"]] == [merged["id"]]
    portal.add("companies", 7003, EARLY, name="Third")
    again = ask(http, "POST", "companies/merge", 200, {"primaryObjectId": "7003", "objectIdToMerge": merged["id"]})
    assert ask(http, "GET", "companies/7002", 200, properties="hs_merged_object_ids")["id"] == again["id"]
    assert portal.holds("companies", int(again["id"]))["hs_merged_object_ids"] == f"7001;7002;7003;{merged['id']}"


@pytest.mark.parametrize("kind", ["quotes", "products"])
def test_not_everything_can_be_merged(http: httpx.Client, kind: str) -> None:
    assert ask(http, "POST", f"{kind}/merge", 400, {"primaryObjectId": "1", "objectIdToMerge": "2"})["message"]


def test_a_published_quote_is_read_only_until_it_is_a_draft_again(portal: Portal, http: httpx.Client) -> None:
    refused = ask(http, "PATCH", f"quotes/{QUOTE}", 400, {"properties": {"hs_title": "Other"}})
    assert refused["errors"][0]["context"]["propertyName"] == ["hs_title"]
    ask(http, "PATCH", f"quotes/{QUOTE}", 200, {"properties": {"hs_status": "DRAFT"}})
    ask(http, "PATCH", f"quotes/{QUOTE}", 200, {"properties": {"hs_title": "Other", "hs_esign_enabled": True}})
    portal.plant("line_items", LINE, quantity="20")
    ask(http, "PATCH", f"quotes/{QUOTE}", 200, {"properties": {"hs_status": "APPROVAL_NOT_NEEDED"}})
    held = portal.holds("quotes", QUOTE)
    assert (held["hs_title"], held["hs_quote_amount"], held["hs_sign_status"]) == ("Other", "2400.00", "ESIGN_PENDING")


def test_a_quote_is_not_published_without_deal_and_lines(http: httpx.Client) -> None:
    named = {"hs_title": "New", "hs_expiration_date": "2026-12-31"}
    assert ask(http, "POST", "quotes", 400, {"properties": named | {"hs_status": "APPROVAL_NOT_NEEDED"}})["errors"]
    to_deal = {"to": {"id": str(DEAL)}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 64}]}
    made = ask(http, "POST", "quotes", 201, {"properties": named, "associations": [to_deal]})
    refused = ask(http, "PATCH", f"quotes/{made['id']}", 400, {"properties": {"hs_status": "APPROVED"}})
    assert "without associated line_items" in refused["message"]
    assert ask(http, "GET", f"quotes/{made['id']}", 200)["properties"]["hs_status"] == "DRAFT"
