"""The source over real HTTP: everything that changed comes once or more, nothing is missed, and what went is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.salesforce import source
from tests.platforms.resuming import Later, only, resumed

from .conftest import ACCOUNT, CONTACT, ENTRY, NOW, OPPORTUNITY, ORDER, PRODUCT, QUOTE, QUOTE_LINE, Company, quick
from .reading import REST, WHOLE, ids, read, rows, too_slow


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("account", ACCOUNT),
        ("contact", CONTACT),
        ("product2", PRODUCT),
        ("pricebook_entry", ENTRY),
        ("opportunity", OPPORTUNITY),
        ("sbqq_quote", QUOTE),
        ("sbqq_quote_line", QUOTE_LINE),
        ("order", ORDER),
    ],
)
@pytest.mark.parametrize("threshold", [2000, 1], ids=["rest", "bulk"])
def test_every_table_reads_as_declared(company: Company, table: str, key: str, threshold: int) -> None:
    if threshold == 1:
        copy = company.state.get(quick().tables[table].object, key) or {}
        company.state.insert(quick().tables[table].object, copy | {"Id": key[:14] + "9AAA"}, NOW, by="sandbox")
    pages = read(company, table, bulk_threshold=threshold)
    assert pages[0].format == ("csv" if threshold == 1 else "json")
    assert key in [row["id"] for row in rows(quick(), table, pages)]


def test_exact_values_come_the_same_by_both_ways(company: Company) -> None:
    by_rest = rows(quick(), "sbqq_quote", read(company, "sbqq_quote", **REST))
    company.add("SBQQ__Quote__c", Id="a0q0000000Quot2AAA", Name="Q-2")
    by_bulk = [row for row in rows(quick(), "sbqq_quote", read(company, "sbqq_quote", bulk_threshold=1)) if row["id"] == QUOTE]
    assert by_rest == by_bulk
    assert str(by_rest[0]["sbqq_net_amount_c"]) == "3300.30"
    assert by_rest[0]["sbqq_subscription_term_c"] == 12


@pytest.mark.proves("pages", "ties")
def test_pages_follow_the_locator_through_ties_in_one_second(company: Company) -> None:
    made = company.accounts(4500)
    pages = read(company, "account", **REST)
    assert [len(orjson.loads(page.body)["records"]) for page in pages if not page.is_deleted] == [2000, 2000, 501]
    assert sorted(ids(pages)) == sorted([*made, ACCOUNT])


def test_a_window_begins_with_its_own_second(company: Company) -> None:
    made = company.accounts(2)
    assert ids(read(company, "account", Window(NOW))) == sorted(made)
    assert ids(read(company, "account", Window(NOW + timedelta(seconds=1)))) == []


def test_a_changed_record_comes_again(company: Company) -> None:
    now = company.advance(hours=1)
    company.state.update("Account", ACCOUNT, {"Phone": "2"}, now, by="sandbox")
    assert ids(read(company, "account", Window(now))) == [ACCOUNT]


@pytest.mark.proves("late_commit")
def test_a_row_that_commits_late_lies_inside_the_overlap(company: Company) -> None:
    late = NOW - timedelta(minutes=5)
    company.state.insert("Account", {"Id": "0010000000LateAAAA", "Name": "Late"}, late, by="sandbox")
    assert ids(read(company, "account", Window(NOW - quick().overlap))) == ["0010000000LateAAAA"]


@pytest.mark.parametrize("threshold", [0, 1], ids=["rest", "bulk"])
def test_a_read_proves_all_until_it_began_even_where_nothing_changed(company: Company, threshold: int) -> None:
    company.accounts(2)
    company.advance(days=40)
    platform = quick(bulk_threshold=threshold)
    with company.client() as client:
        pages = source.pages(client, platform, platform.tables["account"], WHOLE)
        read = [next(pages)]
        company.advance(hours=1)
        read += pages
    assert [page.read_to for page in read if page.read_to] == [NOW + timedelta(days=40)]


@pytest.mark.parametrize(
    ("slow", "formats"),
    [
        (r"COUNT\(\)", ["csv", "json", "json"]),
        (r"^(?!.*IsDeleted).*ORDER BY", ["csv", "json", "json"]),
        (r"IsDeleted.*ORDER BY", ["json", "csv", "json"]),
    ],
    ids=["the count", "what changed", "the recycle bin"],
)
def test_a_query_too_slow_for_rest_goes_by_bulk(
    company: Company, monkeypatch: pytest.MonkeyPatch, slow: str, formats: list[str]
) -> None:
    now = company.advance(hours=1)
    company.state.delete("Account", company.accounts(1)[0], now, by="sandbox")
    too_slow(monkeypatch, slow)
    pages = read(company, "account")
    assert [page.format for page in pages] == formats
    assert ids(pages) == [ACCOUNT]
    assert ids(pages, deleted=True) == ["001000000000000AAA"]


def expired(company: Company) -> None:
    company.org.tokens.clear()


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda company: company.fault("rate_limit", match="/query"), marks=pytest.mark.proves("rate_limit")),
        pytest.param(lambda company: company.fault("server_error", match="/query"), marks=pytest.mark.proves("server_error")),
        lambda company: company.fault("reset", match="/query"),
        pytest.param(lambda company: company.fault("expired_token", match="/query"), marks=pytest.mark.proves("expired_token")),
        pytest.param(expired, marks=pytest.mark.proves("expired_token")),
    ],
    ids=["rate limit", "server error", "reset", "one refused token", "all tokens revoked"],
)
def test_trouble_between_two_pages_is_got_over(company: Company, trouble: Callable[[Company], None]) -> None:
    made = company.accounts(2500)
    platform = quick(**REST)
    with company.client() as client:
        pages = source.pages(client, platform, platform.tables["account"], WHOLE)
        first = next(pages)
        trouble(company)
        assert sorted(ids([first, *pages])) == sorted([*made, ACCOUNT])


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_and_is_resumed_loses_nothing(company: Company, tmp_path: Path) -> None:
    made = company.accounts(2500)
    outage = Later("server_error", match="/query", times=100, skip=2)
    held = resumed(only(quick(**REST), "account"), company.connection(), company.emulation, outage, tmp_path)
    assert sorted(held) == sorted([*made, ACCOUNT])


def test_an_expired_locator_begins_the_query_anew(company: Company) -> None:
    made = company.accounts(2500)
    platform = quick(**REST)
    with company.client() as client:
        pages = source.pages(client, platform, platform.tables["account"], WHOLE)
        first = next(pages)
        company.org.cursors.clear()
        assert set(ids([first, *pages])) == {*made, ACCOUNT}


def test_a_platform_that_stays_down_is_a_transient_error(company: Company) -> None:
    company.fault("server_error", match="/query", times=10)
    platform = quick()
    with company.client(attempts=1) as client, pytest.raises(Transient, match="SERVER_UNAVAILABLE"):
        list(source.pages(client, platform, platform.tables["account"], WHOLE))


@pytest.mark.proves("error_body")
def test_a_field_taken_away_is_named(company: Company) -> None:
    company.fault("schema_change", table="Account", column="Phone", change="drop")
    with pytest.raises(Terminal, match=r"Phone.*grant access"):
        read(company, "account")


def test_an_org_with_one_currency_is_read_once_it_is_said(company: Company) -> None:
    company.fault("schema_change", table="Account", column="CurrencyIsoCode", change="drop")
    with pytest.raises(Terminal, match=r"settings\.currency"):
        read(company, "account")
    with company.client() as client:
        placed = quick().placed({"currency": "EUR"})
        pages = list(source.pages(client, placed, placed.tables["account"], WHOLE))
    assert [row["currency_iso_code"] for row in rows(placed, "account", pages)] == ["EUR"]


def test_a_field_of_another_type_costs_the_record_and_not_the_page(company: Company) -> None:
    company.fault("schema_change", table="Account", column="Phone", change="retype")
    platform = quick()
    checked = [check(page, platform, platform.tables["account"]) for page in read(company, "account")]
    assert [reject.key for each in checked for reject in each.rejected] == [ACCOUNT]


def test_a_field_added_does_not_disturb(company: Company) -> None:
    company.fault("schema_change", table="Account", column="Region__c", change="add")
    assert [row["id"] for row in rows(quick(), "account", read(company, "account"))] == [ACCOUNT]


def test_the_platform_tells_its_time(company: Company) -> None:
    with company.client() as client:
        list(source.pages(client, quick(), quick().tables["account"], WHOLE))
        assert client.server_time == datetime(2026, 11, 1, 8, tzinfo=NOW.tzinfo)
