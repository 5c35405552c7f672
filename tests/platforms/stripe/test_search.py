"""Search as the vendor describes its query language, and how far behind its index is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.stripe.emulator.access import GATEWAY
from tests.platforms.stripe.conftest import CHARGE, CRM_ID, CUSTOMER, EARLY, Account, seconds


def find(http: httpx.Client, query: str, what: str = "customers", **params: Any) -> httpx.Response:
    return http.get(f"/v1/{what}/search", params={"query": query, **params})


def ids(http: httpx.Client, query: str, what: str = "customers") -> list[str]:
    return [each["id"] for each in find(http, query, what).raise_for_status().json()["data"]]


@pytest.fixture(autouse=True)
def furnished(account: Account) -> None:
    """Two more customers: one of a difficult name, one that is bare."""
    odd = {"short name": "o'neil \\ co"}
    account.add("customer", EARLY, id="cus_odd", name="O'Neil & Sons", email="ap@oneil.example", metadata=odd)
    account.add("customer", EARLY + timedelta(days=1), id="cus_bare", name="Bare")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"metadata['crm_id']:'{CRM_ID}'", [CUSTOMER]),
        (f'metadata["crm_id"]:"{CRM_ID}"', [CUSTOMER]),
        ("metadata['crm_id']:'0015g'", []),
        (r"name:'O\'Neil & Sons'", ["cus_odd"]),
        ('name:"O\'Neil & Sons"', ["cus_odd"]),
        (r"metadata['short name']:'o\'neil \\ co'", ["cus_odd"]),
        ("name~'neil'", ["cus_odd"]),
        ("email:'ap@acme.example' AND name:'Acme'", [CUSTOMER]),
        ("email:'ap@acme.example' name:'Bare'", []),
        ("name:'Acme' or name:'Bare'", ["cus_bare", CUSTOMER]),
        ("-email:'ap@acme.example'", ["cus_bare", "cus_odd"]),
        ("email:null", ["cus_bare"]),
        ("-metadata['crm_id']:null", [CUSTOMER]),
        (f"created>{seconds(EARLY)}", ["cus_bare"]),
        (f"created<={seconds(EARLY)}", ["cus_odd", CUSTOMER]),
    ],
)
def test_a_query_finds(http: httpx.Client, query: str, found: list[str]) -> None:
    assert ids(http, query) == found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "name",
        "name=x",
        "name:Acme",
        "name:'Acme",
        "name:'a' AND",
        "AND name:'a'",
        "name:'a' AND name:'b' OR name:'c'",
        "colour:'red'",
        "metadata:'x'",
        "name['x']:'y'",
        "name~'ab'",
        "name:'a' or 1=1",
        "name:'a'); drop table customer; --",
    ],
)
def test_what_is_no_query_is_refused(http: httpx.Client, query: str) -> None:
    answer = find(http, query)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "query")
    assert len(ids(http, "created>0")) == 3


def test_a_charge_is_found_by_its_invoice(http: httpx.Client) -> None:
    assert ids(http, "metadata['invoice_number']:'INV00000007' AND amount>=60000 AND currency:'usd'", "charges") == [CHARGE]


def test_what_was_just_made_is_not_found_yet(account: Account, http: httpx.Client) -> None:
    made = http.post("/v1/customers", data={"name": "Late"}).json()["id"]
    assert ids(http, "name:'Late'") == []
    account.advance(seconds=60)
    assert ids(http, "name:'Late'") == [made]


def test_pages_follow_each_other(http: httpx.Client) -> None:
    first = find(http, "created>0", limit=2).json()
    last = find(http, "created>0", limit=2, page=first["next_page"]).json()
    assert [each["id"] for each in [*first["data"], *last["data"]]] == ["cus_bare", "cus_odd", CUSTOMER]
    assert (first["object"], first["url"], first["has_more"]) == ("search_result", "/v1/customers/search", True)
    assert (last["has_more"], last["next_page"]) == (False, None)


@pytest.mark.parametrize("params", [{"page": "x"}, {"limit": 101}, {"limit": 0}, {"starting_after": CUSTOMER}])
def test_a_page_that_cannot_be_is_refused(http: httpx.Client, params: dict[str, Any]) -> None:
    assert find(http, "created>0", **params).status_code == 400


def test_a_query_is_required(http: httpx.Client) -> None:
    assert http.get("/v1/customers/search").json()["error"]["code"] == "parameter_missing"


def test_search_has_a_limit_of_its_own(account: Account, http: httpx.Client) -> None:
    account.app[GATEWAY].per_second["search"] = 0
    refused = find(http, "created>0")
    assert (refused.status_code, refused.headers["Stripe-Rate-Limited-Reason"]) == (429, "endpoint-rate")
    assert http.get("/v1/customers").status_code == 200
