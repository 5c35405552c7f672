"""Reading the environment: every table, pages, windows, ties, and what can go wrong between two pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from q2c_pipelines.platforms import client as calling
from q2c_pipelines.platforms.dynamics365_sales import source
from q2c_pipelines.platforms.dynamics365_sales.emulator import query
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.page import Window

from .conftest import ACCOUNT, NOW, QUOTE, Office, guid, quick
from .reading import keys, link, living, read, rows, since


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "LARGEST_PAGE", 10)


@pytest.mark.parametrize("table", sorted(quick().tables))
def test_every_table_is_read_with_the_declared_columns(office: Office, table: str) -> None:
    found = rows(quick(), table, read(office, table))
    assert found
    assert all(set(row) == {*quick().tables[table].schema.names, "q2c_is_deleted"} for row in found)


def test_amounts_and_times_keep_their_value(office: Office) -> None:
    (quote,) = [row for row in rows(quick(), "quote", read(office, "quote")) if row["quoteid"] == QUOTE]
    assert (quote["totalamountlessfreight"], quote["totaltax"]) == (Decimal("3600.3000"), Decimal("720.0600"))
    assert quote["modifiedon"] == NOW - timedelta(days=1)


@pytest.mark.proves("pages", "ties")
@pytest.mark.usefixtures("small_pages")
def test_a_whole_read_follows_its_pages_through_ties_in_one_second(office: Office) -> None:
    made = office.accounts(25)
    pages = read(office, "account")
    assert sorted(keys(pages)) == sorted([ACCOUNT, *made])
    assert len(pages) == 4  # three of rows, and the one that says how far was read
    assert link(pages)


@pytest.mark.proves("pages", "ties")
@pytest.mark.usefixtures("small_pages")
def test_a_window_is_paged_through_ties_in_one_second(office: Office) -> None:
    made = office.accounts(25)
    pages = read(office, "account", Window(NOW))
    assert sorted(keys(pages)) == sorted(made)
    assert sorted(living(pages) or []) == sorted([ACCOUNT, *made])


def test_a_window_begins_with_its_own_second(office: Office) -> None:
    made = office.accounts(1)
    assert keys(read(office, "account", Window(NOW))) == made
    assert keys(read(office, "account", Window(NOW + timedelta(seconds=1)))) == []


@pytest.mark.proves("late_commit")
def test_a_record_that_commits_late_lies_inside_the_overlap(office: Office) -> None:
    late = guid("late")
    office.add("account", accountid=late, name="Late")
    office.state.write("account", late, {"modifiedon": "2026-11-01T07:55:00Z"})
    assert keys(read(office, "account", Window(NOW - quick().overlap))) == [late]


def test_a_glance_at_what_changed_asks_for_one_page_alone(office: Office) -> None:
    office.accounts(1)
    with office.client() as client:
        next(source.pages(client, quick(), quick().tables["account"], Window(NOW)))
        assert client.requests == 1


def test_a_read_proves_all_until_it_began_even_where_nothing_changed(office: Office) -> None:
    begun = since(read(office, "quote"))
    office.advance(days=2)
    assert read(office, "quote", begun)[-1].read_to == office.at[0]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda office: office.fault("rate_limit", match="/accounts"), marks=pytest.mark.proves("rate_limit")),
        pytest.param(lambda office: office.fault("execution_time", match="/accounts"), marks=pytest.mark.proves("rate_limit")),
        pytest.param(lambda office: office.fault("concurrency", match="/accounts"), marks=pytest.mark.proves("rate_limit")),
        pytest.param(lambda office: office.fault("server_error", match="/accounts"), marks=pytest.mark.proves("server_error")),
        lambda office: office.fault("reset", match="/accounts"),
        pytest.param(lambda office: office.fault("expired_token", match="/accounts"), marks=pytest.mark.proves("expired_token")),
        # the token's hour is over
        pytest.param(lambda office: office.advance(hours=2), marks=pytest.mark.proves("expired_token")),
    ],
    ids=["requests", "execution time", "concurrency", "server error", "reset", "expired token", "token of an hour ago"],
)
def test_trouble_between_two_pages_is_got_over(
    office: Office, trouble: Callable[[Office], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "sleep_using_event", lambda event: lambda seconds: None)
    made = office.accounts(25)
    with office.client() as client:
        pages = source.pages(client, quick(), quick().tables["account"], Window())
        first = next(pages)
        trouble(office)
        assert sorted(keys([first, *pages])) == sorted([ACCOUNT, *made])


@pytest.mark.proves("rate_limit")
def test_the_vendors_hint_says_how_long_to_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(calling, "sleep_using_event", lambda event: waited.append)
    office.environment.requests, office.environment.seconds = 2, lambda: 1000.0
    with office.client(attempts=2) as client:
        for _ in range(2):
            client.get("/api/data/v9.2/WhoAmI")
        with pytest.raises(Transient, match="Number of requests exceeded the limit of 2") as refused:
            client.get("/api/data/v9.2/WhoAmI")
    assert (refused.value.code, waited[0]) == ("0x80072322", calling._LONGEST)
    assert refused.value.retry_after == 301


@pytest.mark.proves("resume")
@pytest.mark.usefixtures("small_pages")
def test_a_read_that_died_is_read_again_from_the_same_link_and_loses_nothing(office: Office) -> None:
    begun = since(read(office, "account"))
    made = office.accounts(25)
    with office.client(attempts=1) as client:
        pages = source.pages(client, quick(), quick().tables["account"], begun)
        next(pages)
        office.fault("server_error", match="/accounts")
        with pytest.raises(Transient):
            next(pages)
    assert sorted(keys(read(office, "account", begun))) == sorted(made)


def test_a_column_that_is_not_there_is_named_with_what_to_do(office: Office) -> None:
    table = quick().tables["account"]
    absent = table.model_copy(update={"columns": table.columns | {"new_region": table.columns["name"]}})
    with office.client() as client, pytest.raises(Terminal, match=r"'new_region'.*mend platform.yaml"):
        list(source.pages(client, quick(), absent, Window()))
