"""The bookings that the org counts are its own accepted quotes; grouped SOQL as the org answers it."""

from __future__ import annotations

import pytest

from .conftest import QUOTE, Api, Company, quick
from .reading import read, rows


@pytest.fixture
def accepted(company: Company) -> Company:
    """An org with three accepted quotes of two companies, one that says no company, and one that is approved only."""
    company.state.delete("SBQQ__Quote__c", QUOTE, company.at[0], by="sandbox")
    told = [
        ("US", "2026-10-01T00:00:00Z"),
        ("US", "2026-10-31T23:59:59Z"),
        ("DE", "2026-11-01T00:00:00Z"),
        (None, "2026-11-01T00:00:00Z"),
    ]
    for number, (entity, at) in enumerate(told):
        said = {"Legal_Entity__c": entity, "CurrencyIsoCode": "USD", "Accepted_At__c": at}
        company.add("SBQQ__Quote__c", Id=f"a0q0000000Quot{number}AAA", SBQQ__Status__c="Accepted", **said)
    company.add("SBQQ__Quote__c", Id="a0q0000000Quot9AAA", SBQQ__Status__c="Approved", Legal_Entity__c="US", CurrencyIsoCode="USD")
    return company


def test_accepted_quotes_are_counted_by_company_and_month(accepted: Company) -> None:
    pages = read(accepted, "bookings")
    assert [page.names_living for page in pages] == [False, True]
    found = rows(quick(), "bookings", pages[:1])
    counted = {(row["legal_entity_c"], row["accepted_year"], row["accepted_month"]): row["quotes"] for row in found}
    assert counted == {("US", 2026, 10): 2, ("DE", 2026, 11): 1}


def test_groups_come_as_aggregate_results(accepted: Company, api: Api) -> None:
    reply = api.query("SELECT SBQQ__Status__c, COUNT(Id) FROM SBQQ__Quote__c GROUP BY SBQQ__Status__c")
    assert (reply["totalSize"], reply["done"]) == (2, True)
    result = {"attributes": {"type": "AggregateResult"}, "SBQQ__Status__c": "Accepted", "expr0": 4}
    assert result in reply["records"]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Name, COUNT(Id) FROM Account GROUP BY Phone",
        "SELECT LOWER(Name) FROM Account GROUP BY LOWER(Name)",
        "SELECT COUNT(Id) FROM Account GROUP BY CALENDAR_MONTH(1)",
    ],
)
def test_what_is_not_grouped_by_cannot_be_shown(api: Api, soql: str) -> None:
    response = api("GET", "query", params={"q": soql})
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")
