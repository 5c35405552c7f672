"""Change tracking: what a delta link tells, what it does not tell any more, and how deletions and merges come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from q2c_pipelines.platforms.dynamics365_sales import source
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.dynamics365_sales.emulator import query
from q2c_pipelines.platforms.errors import Unauthorized
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Window

from .conftest import ACCOUNT, LINE, NOW, OPEN_LINE, OPEN_QUOTE, ORDER, QUOTE, Office, guid, quick
from .reading import keys, link, living, read, rows, since


def test_a_link_tells_what_changed_since_and_nothing_else(office: Office) -> None:
    begun = since(read(office, "account"))
    office.set("account", ACCOUNT, name="Acme plc")
    pages = read(office, "account", begun)
    assert [row["name"] for row in rows(quick(), "account", pages)] == ["Acme plc"]
    assert living(pages) is None
    assert keys(read(office, "account", since(pages))) == []


@pytest.mark.proves("ties")
def test_a_change_in_the_second_of_the_link_is_told(office: Office) -> None:
    office.accounts(1)
    begun = since(read(office, "account"))
    made = office.accounts(1, first=1)
    assert keys(read(office, "account", begun)) == made


@pytest.mark.proves("late_commit")
def test_a_record_that_commits_late_with_an_old_stamp_is_told(office: Office) -> None:
    begun = since(read(office, "account"))
    late = guid("late")
    office.add("account", accountid=late, name="Late")
    office.state.write("account", late, {"modifiedon": "2026-10-01T00:00:00Z"})
    assert keys(read(office, "account", begun)) == [late]


def test_what_changes_while_it_is_read_comes_with_the_next_link(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "LARGEST_PAGE", 10)
    office.accounts(15)
    with office.client() as client:
        pages = source.pages(client, quick(), quick().tables["account"], Window())
        first = next(pages)
        (early, *_) = keys([first])
        office.set("account", early, name="Changed meanwhile")
        whole = [first, *pages]
    assert early in keys(read(office, "account", since(whole)))


@pytest.mark.proves("delete")
def test_deletions_come_as_tombstones_after_the_changes(office: Office) -> None:
    begun = since(read(office, "quotedetail"))
    office.set("quotedetail", OPEN_LINE, quantity=4.0)
    office.delete("quote", QUOTE)
    pages = read(office, "quotedetail", begun)
    assert (keys(pages), keys(pages, deleted=True)) == ([OPEN_LINE], [LINE])
    told = rows(quick(), "quotedetail", pages)
    assert [(row["quotedetailid"], row["q2c_is_deleted"]) for row in told] == [(OPEN_LINE, False), (LINE, True)]
    assert keys(read(office, "quotedetail", since(pages)), deleted=True) == []


def test_a_record_made_and_deleted_between_two_reads_is_a_tombstone_of_the_unknown(office: Office) -> None:
    begun = since(read(office, "account"))
    (short,) = office.accounts(1)
    office.delete("account", short)
    assert keys(read(office, "account", begun), deleted=True) == [short]


@pytest.mark.proves("delete", "pages")
def test_deletions_go_on_over_pages(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "LARGEST_PAGE", 10)
    made = office.accounts(25)
    begun = since(read(office, "account"))
    for key in made:
        office.delete("account", key)
    assert sorted(keys(read(office, "account", begun), deleted=True)) == sorted(made)


@pytest.mark.proves("delete")
def test_a_link_older_than_seven_days_is_a_whole_read_with_the_names_of_the_living(office: Office) -> None:
    begun = since(read(office, "account"))
    (gone, kept) = office.accounts(2)
    office.delete("account", gone)
    office.advance(days=7, seconds=1)
    pages = read(office, "account", begun)
    assert sorted(keys(pages)) == sorted(living(pages) or []) == sorted([ACCOUNT, kept])
    assert keys(read(office, "account", since(pages))) == []


def test_a_sweep_names_the_living_though_the_link_holds(office: Office) -> None:
    begun = since(read(office, "account"))
    (gone, kept) = office.accounts(2)
    office.delete("account", gone)
    pages = read(office, "account", replace(begun, is_sweep=True))
    assert sorted(living(pages) or []) == sorted([ACCOUNT, kept])
    assert keys(pages, deleted=True) == [gone]


def test_a_link_of_seven_days_still_holds(office: Office) -> None:
    begun = since(read(office, "account"))
    (gone,) = office.accounts(1)
    office.delete("account", gone)
    office.advance(days=7)
    pages = read(office, "account", begun)
    assert (living(pages), keys(pages, deleted=True)) == (None, [gone])


def test_a_link_the_vendor_does_not_understand_is_a_whole_read(office: Office) -> None:
    begun = Window(position=link(read(office, "account")).replace("%21", "x"))
    assert living(read(office, "account", begun)) == [ACCOUNT]


def test_a_link_for_other_columns_is_a_whole_read(office: Office) -> None:
    fewer = link(read(office, "account")).replace("accountnumber,", "")
    with office.client() as client:
        pages = list(source.pages(client, quick(), quick().tables["account"], Window(position=fewer)))
    assert rows(quick(), "account", pages)[0]["accountid"] == ACCOUNT
    assert living(pages) == [ACCOUNT]


def test_a_link_is_followed_at_the_address_that_the_environment_has_now(office: Office) -> None:
    elsewhere = link(read(office, "account")).replace(office.base_url, "https://acme-before-it-moved.example")
    assert living(read(office, "account", Window(position=elsewhere))) is None


def test_a_link_is_kept_where_it_is_the_login_that_fails(office: Office) -> None:
    begun = since(read(office, "account"))
    office.fault("expired_token", match="/accounts", times=2)
    with office.client() as client, pytest.raises(Unauthorized):
        list(source.pages(client, quick(), quick().tables["account"], begun))


@pytest.mark.proves("delete")
def test_without_a_link_a_window_names_the_living(office: Office) -> None:
    (gone,) = office.accounts(1)
    office.delete("account", gone)
    pages = read(office, "account", Window(NOW - timedelta(hours=1)))
    assert (keys(pages), living(pages)) == ([], [ACCOUNT])


@pytest.mark.proves("merge")
def test_a_merged_account_names_its_winner_and_hands_over_what_it_had(office: Office) -> None:
    winner = office.accounts(1)[0]
    begun = {table: since(read(office, table)) for table in ("account", "quote", "salesorder")}
    merge(office, winner, ACCOUNT)
    told = {row["accountid"]: row for row in rows(quick(), "account", read(office, "account", begun["account"]))}
    assert (told[ACCOUNT]["merged"], told[ACCOUNT]["masterid"], told[ACCOUNT]["statecode"]) == (True, winner, 1)
    moved = rows(quick(), "quote", read(office, "quote", begun["quote"]))
    assert {(row["quoteid"], row["customerid"]) for row in moved} == {(QUOTE, winner), (OPEN_QUOTE, winner)}
    assert [row["customerid"] for row in rows(quick(), "salesorder", read(office, "salesorder", begun["salesorder"]))] == [winner]
    assert office.get("salesorder", ORDER)["_customerid_value"] == winner


def merge(office: Office, winner: str, loser: str) -> None:
    kind = "Microsoft.Dynamics.CRM.account"
    body = {
        "Target": {"accountid": winner, "@odata.type": kind},
        "Subordinate": {"accountid": loser, "@odata.type": kind},
        "PerformParentingChecks": False,
    }
    with office.client() as client:
        client.read(Request("POST", f"{DATA}/Merge", json=body))


def test_pages_are_the_bytes_that_the_vendor_sent(office: Office) -> None:
    page = read(office, "account")[0]
    assert orjson.loads(page.body)["@odata.context"].endswith("accounts(" + ",".join(columns("account")) + ")")


def columns(table: str) -> list[str]:
    return [column.path or name for name, column in quick().tables[table].columns.items()]
