"""Lists as AvaTax gives them: filters parsed and run, thirty days where none is named, pages by the address of the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.avalara.emulator.filtering import condition
from tests.platforms.avalara.conftest import DOCUMENT, NOW, TRANSACTIONS, Account

ALWAYS = "date between '2000-01-01' and '2100-01-01'"


def listed(http: httpx.Client, filter: str = ALWAYS, **params: str) -> dict[str, Any]:
    answer = http.get(TRANSACTIONS, params={"$filter": filter} | {f"${name}": value for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(reply: dict[str, Any]) -> list[int]:
    return [each["id"] for each in reply["value"]]


@pytest.mark.parametrize(
    "filter",
    [
        "code eq 'INV1'",
        "code in ('INV1', 'INV9')",
        "code startsWith 'INV1' and id lt 2",
        "code endsWith '1' and not (code contains '000')",
        "id ge 1 and (id le 1 or status ne 'Committed')",
        "totalTax eq 6.85 and locked eq false and id eq 1",
        "referenceCode eq 'o''clock'",
        "modifiedDate gt '2026-11-05T18:30:00' and status eq 'Saved'",
        "description is null",
    ],
)
def test_a_filter_finds_what_it_says(account: Account, http: httpx.Client, filter: str) -> None:
    account.add(1, referenceCode="o'clock", description=None)
    account.advance(seconds=5)
    account.plant("transaction", 1, status="Saved" if "Saved" in filter else "Committed")
    assert ids(listed(http, f"{ALWAYS} and {filter}")) == [1]


@pytest.mark.parametrize(
    ("filter", "code"),
    [
        ("code eq", "SyntaxError"),
        ("date eq '2026-01-01' or", "SyntaxError"),
        ("code eq (select 1)", "SyntaxError"),
        ("lower(code) eq 'a'", "SyntaxError"),
        ("colour eq 'red'", "InvalidQueryField"),
        ("totalDiscount gt 0", "InvalidQueryField"),
        ("_recorded ne ''", "InvalidQueryField"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(http: httpx.Client, filter: str, code: str) -> None:
    refused = http.get(TRANSACTIONS, params={"$filter": filter})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


def test_a_text_that_would_be_sql_is_a_text() -> None:
    sql, _ = condition("code eq '1'' or 1=1 --'", ["code"])
    assert sql == "\"code\" = '1'' or 1=1 --'"


def test_without_a_date_only_the_last_thirty_days_are_looked_at(account: Account, http: httpx.Client) -> None:
    account.add(1, NOW - timedelta(days=31))
    assert ids(http.get(TRANSACTIONS).json()) == ids(listed(http, "id gt 0")) == [DOCUMENT]
    assert ids(listed(http, "id gt 0 and date gt '2000-01-01'")) == [1, DOCUMENT]


def test_pages_follow_one_another(account: Account, http: httpx.Client) -> None:
    made = [account.add(number) for number in range(1, 5)]
    reply = listed(http, top="2", orderBy="id DESC")
    found = ids(reply)
    while address := reply.get("@nextLink"):
        reply = http.get(address).json()
        found += ids(reply)
    assert found == [DOCUMENT, *reversed(made)]
    assert reply["@recordsetCount"] == 0


def test_parts_come_only_when_they_are_asked_for(http: httpx.Client) -> None:
    def told(**params: str) -> set[str]:
        (row,) = listed(http, **params)["value"]
        found = {"lines", "summary", "addresses"} & set(row)
        return found | ({"details"} if "details" in (row.get("lines") or [{}])[0] else set())

    assert told() == set()
    assert told(include="Lines") == told(include="LinesOnly") == {"lines"}
    assert told(include="Details") == {"lines", "details"}
    assert told(include="SummaryOnly,Addresses") == {"summary", "addresses"}
    assert http.get(TRANSACTIONS, params={"$include": "Everything"}).json()["error"]["code"] == "InvalidQueryValue"


def test_a_company_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    missing = http.get("/api/v2/companies/OTHER/transactions")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "EntityNotFoundError")
