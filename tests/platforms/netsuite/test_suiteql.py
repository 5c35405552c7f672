"""SuiteQL as the account runs it."""

from __future__ import annotations

import httpx
import pytest

from tests.platforms.netsuite.conftest import EARLY, ORDER
from tests.platforms.netsuite.protocol import SUITEQL, ask, rows, told


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


def test_suiteql_tells_the_accounts_time(http: httpx.Client) -> None:
    assert rows(http, "SELECT TO_CHAR(SYSDATE,'YYYY-MM-DD HH24:MI:SS') AS clock FROM dual") == [{"clock": "2026-11-05 10:30:00"}]
    assert told(ask(http, "SELECT SYSDATE FROM dual")) == (400, "INVALID_PARAMETER", "q")


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


@pytest.mark.parametrize(("offset", "count"), [(98_000, 1000), (99_000, 1000), (100_000, 0)])
def test_suiteql_serves_a_hundred_thousand_rows_of_a_query_and_no_more(http: httpx.Client, offset: int, count: int) -> None:
    body = ask(http, "SELECT a.id FROM accountingperiod a CROSS JOIN accountingperiod b", offset=offset).json()
    assert (len(body["items"]), body["totalResults"], body["hasMore"]) == (count, 100_000, offset < 99_000)


def test_suiteql_wants_its_header(http: httpx.Client) -> None:
    assert told(http.post(SUITEQL, json={"q": "SELECT id FROM customer"}))[0] == 400
