"""The portal's search: filters, one sort, its limits, and an index that is behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.hubspot.emulator.call import INDEX
from tests.platforms.hubspot.conftest import DEAL, EARLY, NOW, Portal

DEALS = {
    1: {"dealname": "Alpha One", "amount": "900", "closedate": "2026-01-01T00:00:00.500Z", "po_number": "A-1"},
    2: {"dealname": "Alphabet", "amount": "1000.5", "closedate": "2026-02-01T00:00:00Z"},
    3: {"dealname": "Beta alpha", "amount": None, "closedate": None, "po_number": "B-2"},
}


@pytest.fixture(autouse=True)
def deals(portal: Portal) -> None:
    portal.state.db.execute("delete from deals where id = ?", (DEAL,))
    for key, values in DEALS.items():
        portal.add("deals", key, EARLY + timedelta(minutes=key), **values)


def search(http: httpx.Client, status: int = 200, **said: Any) -> dict[str, Any]:
    answer = http.post("/crm/v3/objects/deals/search", json=said)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def where(name: str, operator: str, **more: Any) -> list[dict[str, Any]]:
    return [{"filters": [{"propertyName": name, "operator": operator, **more}]}]


def found(http: httpx.Client, **said: Any) -> list[int]:
    return [int(each["id"]) for each in search(http, **said)["results"]]


@pytest.mark.parametrize(
    ("name", "operator", "more", "expected"),
    [
        ("amount", "EQ", {"value": "1000.50"}, [2]),
        ("amount", "NEQ", {"value": "900"}, [2, 3]),
        ("amount", "LT", {"value": "1000"}, [1]),
        ("amount", "GTE", {"value": "900"}, [1, 2]),
        ("amount", "BETWEEN", {"value": "900", "highValue": "1000.5"}, [1, 2]),
        ("dealname", "IN", {"values": ["Alphabet", "Gamma"]}, [2]),
        ("dealname", "NOT_IN", {"values": ["Alphabet"]}, [1, 3]),
        ("po_number", "HAS_PROPERTY", {}, [1, 3]),
        ("po_number", "NOT_HAS_PROPERTY", {}, [2]),
        ("dealname", "CONTAINS_TOKEN", {"value": "alpha"}, [1, 3]),
        ("dealname", "CONTAINS_TOKEN", {"value": "alpha*"}, [1, 2, 3]),
        ("dealname", "NOT_CONTAINS_TOKEN", {"value": "alpha"}, [2]),
        ("closedate", "GT", {"value": "2026-01-01T00:00:00Z"}, [1, 2]),
        ("closedate", "LTE", {"value": "1767225600500"}, [1]),
        ("hs_object_id", "GT", {"value": "1"}, [2, 3]),
        ("hs_lastmodifieddate", "GTE", {"value": "2026-11-03T18:32:00.000Z"}, [2, 3]),
    ],
)
def test_an_operator_finds(http: httpx.Client, name: str, operator: str, more: dict[str, Any], expected: list[int]) -> None:
    assert found(http, filterGroups=where(name, operator, **more)) == expected


def test_filters_of_a_group_hold_together_and_groups_each_for_itself(http: httpx.Client) -> None:
    both = [where("amount", "GT", value="1")[0]["filters"][0], where("po_number", "HAS_PROPERTY")[0]["filters"][0]]
    assert found(http, filterGroups=[{"filters": both}]) == [1]
    assert found(http, filterGroups=[{"filters": [each]} for each in both]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({"propertyName": "amount", "direction": "DESCENDING"}, [2, 1, 3]),
        ({"propertyName": "dealname", "direction": "ASCENDING"}, [1, 2, 3]),
        ("-hs_object_id", [3, 2, 1]),
        ("hs_object_id", [1, 2, 3]),
    ],
)
def test_one_sort_orders_what_is_found(http: httpx.Client, sort: Any, expected: list[int]) -> None:
    assert found(http, sorts=[sort]) == expected


def test_pages_tell_how_many_there_are_and_where_the_next_begins(http: httpx.Client) -> None:
    first = search(http, limit=2, properties=["amount"])
    assert (first["total"], first["paging"]["next"]["after"]) == (3, "2")
    assert set(first["results"][0]["properties"]) == {"amount", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    last = search(http, limit=2, after=first["paging"]["next"]["after"])
    assert [each["id"] for each in last["results"]] == ["3"]
    assert "paging" not in last


def test_words_are_looked_for_in_all_texts(http: httpx.Client) -> None:
    assert found(http, query="b-2") == [3]
    assert found(http, query="alphabet") == [2]


@pytest.mark.parametrize(
    "said",
    [
        {"limit": 201},
        {"limit": 0},
        {"limit": 100, "after": "9901"},
        {"sorts": ["amount", "dealname"]},
        {"sorts": ["colour"]},
        {"filterGroups": where("colour", "EQ", value="red")},
        {"filterGroups": where("amount", "LIKE", value="1")},
        {"filterGroups": where("amount", "EQ", value="much")},
        {"filterGroups": where("amount", "EQ")},
        {"filterGroups": where("amount", "GT", value="1") * 6},
        {"filterGroups": [{"filters": where("amount", "GT", value="1")[0]["filters"] * 11}]},
        {"query": "x" * 3000},
    ],
)
def test_what_search_does_not_do_is_refused(http: httpx.Client, said: dict[str, Any]) -> None:
    assert search(http, 400, **said)["category"] == "VALIDATION_ERROR"


def test_nothing_is_found_past_the_ten_thousandth_record(portal: Portal, http: httpx.Client) -> None:
    portal.state.db.execute(
        "with recursive n(i) as (select 100 union all select i + 1 from n where i < 10500)"
        " insert into deals (id, dealname, createdate, hs_lastmodifieddate)"
        " select i, 'Many', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z' from n"
    )
    last = search(http, limit=200, after="9800")
    assert (last["total"], len(last["results"]), last["paging"]["next"]["after"]) == (10404, 200, "10000")
    assert "past the first 10000" in search(http, 400, limit=1, after="10000")["message"]


def test_the_index_is_behind_the_records(portal: Portal, http: httpx.Client) -> None:
    portal.app[INDEX].behind = timedelta(seconds=30)
    portal.add("deals", 4, NOW, dealname="Just made")
    portal.plant("deals", 1, dealname="Just changed")
    assert found(http) == [2, 3]
    assert http.get("/crm/v3/objects/deals/4").status_code == 200
    portal.advance(seconds=30)
    assert found(http) == [1, 2, 3, 4]
