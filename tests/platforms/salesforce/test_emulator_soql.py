"""SOQL as the vendor reads it: what it selects, what it refuses, and how null behaves."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, NOW, ORDER, QUOTE, Api, Company


def ids(answer: Any) -> list[str]:
    return [record["Id"] for record in answer["records"]]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'acme ltd'", True),
        ("name = 'Acme Ltd' AND billingcity = 'Boston'", True),
        ("Name != 'Acme Ltd'", False),
        ("Website = null", True),
        ("Website != 'https://a.example'", True),
        ("Phone != null", True),
        ("Name IN ('x', 'Acme Ltd')", True),
        ("Name NOT IN ('Acme Ltd')", False),
        ("Name LIKE 'Acme%'", True),
        ("(Name = 'x' OR Phone = '1') AND IsDeleted = false", True),
        ("NOT (Name = 'x')", True),
        ("SystemModstamp >= 2026-10-31T08:00:00Z", True),
        ("SystemModstamp > 2026-10-31T08:00:00Z", False),
        ("SystemModstamp <= 2026-10-31T10:00:00+02:00", True),
        ("Name = 'It\\'s 2026-01-01T00:00:00Z'", False),
    ],
)
def test_where_finds_what_it_says(api: Api, where: str, found: bool) -> None:
    assert ids(api.query(f"SELECT Id FROM Account WHERE {where}")) == ([ACCOUNT] if found else [])


def test_fields_come_as_asked_for_in_their_own_spelling(api: Api) -> None:
    answer = api.query("select name, isdeleted, systemmodstamp from account limit 1")
    assert answer["records"] == [
        {
            "attributes": {"type": "Account", "url": f"/services/data/v64.0/sobjects/Account/{ACCOUNT}"},
            "Name": "Acme Ltd",
            "IsDeleted": False,
            "SystemModstamp": "2026-10-31T08:00:00.000+0000",
        }
    ]


def test_dates_and_numbers_compare_by_value(api: Api) -> None:
    assert ids(api.query("SELECT Id FROM Order WHERE EffectiveDate >= 2026-10-01 AND TotalAmount > 3300.29")) == [ORDER]
    assert ids(api.query("SELECT Id FROM SBQQ__Quote__c WHERE SBQQ__NetAmount__c = 3300.3 AND SBQQ__Primary__c = false")) == [QUOTE]


def test_order_limit_and_offset(api: Api, company: Company) -> None:
    made = company.accounts(3)
    assert ids(api.query("SELECT Id FROM Account ORDER BY SystemModstamp DESC, Id DESC LIMIT 2 OFFSET 1")) == [made[1], made[0]]
    assert ids(api.query("SELECT Id FROM Account ORDER BY Id OFFSET 3")) == [max([*made, ACCOUNT])]


def test_count_gives_a_total_and_no_records(api: Api, company: Company) -> None:
    company.accounts(4)
    assert api.query("SELECT COUNT() FROM Account") == {"totalSize": 5, "done": True, "records": []}


def test_the_recycle_bin_shows_in_query_all_only(api: Api, company: Company) -> None:
    company.state.delete("Contact", CONTACT, NOW, by="sandbox")
    assert ids(api.query("SELECT Id FROM Contact")) == []
    assert ids(api.query("SELECT Id FROM Contact WHERE IsDeleted = true", "queryAll")) == [CONTACT]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT * FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DELETE FROM Account", "MALFORMED_QUERY"),
        ("DELETE FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)", "MALFORMED_QUERY"),
        ("SELECT lower(Name) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account, Contact", "MALFORMED_QUERY"),
        ("SELECT Id FROM sqlite_master", "INVALID_TYPE"),
        ("SELECT Id FROM Account__bin", "INVALID_TYPE"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD"),
        ("SELECT Owner.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE EffectiveDate = 2026-01-01T00:00:00Z", "INVALID_FIELD"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_what_is_not_soql_is_refused(api: Api, soql: str, code: str) -> None:
    response = api("GET", "query", params={"q": soql})
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)


def test_pages_are_of_the_size_asked_for_within_bounds(api: Api, company: Company) -> None:
    company.accounts(450)
    small = api.query("SELECT Id FROM Account", **{"Sforce-Query-Options": "batchSize=100"})
    assert (len(small["records"]), small["totalSize"], small["done"]) == (200, 451, False)
    assert small["nextRecordsUrl"].startswith("/services/data/v64.0/query/01g")
    last = api("GET", api("GET", small["nextRecordsUrl"]).json()["nextRecordsUrl"]).json()
    assert (len(last["records"]), last["done"], "nextRecordsUrl" in last) == (51, True, False)


def test_a_page_may_be_fetched_again_and_does_not_move(api: Api, company: Company) -> None:
    company.accounts(2100)
    address = api.query("SELECT Id FROM Account ORDER BY Id")["nextRecordsUrl"]
    before = api("GET", address).json()
    company.state.delete("Account", before["records"][0]["Id"], NOW, by="sandbox")
    assert api("GET", address).json() == before


def test_a_locator_dies_when_too_many_are_open(api: Api, company: Company) -> None:
    company.accounts(2100)
    first = api.query("SELECT Id FROM Account")["nextRecordsUrl"]
    for _ in range(10):
        api.query("SELECT Id FROM Account")
    response = api("GET", first)
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")
