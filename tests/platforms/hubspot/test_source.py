"""Reading a portal over HTTP: by list, by search, in a sweep whole; deletions, merges, associations, and interruptions."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.lake.ingest import ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.hubspot.emulator.access import GATEWAY
from q2c_pipelines.platforms.hubspot.emulator.call import INDEX
from q2c_pipelines.platforms.hubspot.emulator.errors import expired
from tests.platforms.hubspot.conftest import (
    COMPANY,
    CONTACT,
    CREDENTIALS,
    DEAL,
    EARLY,
    HUBSPOT,
    LINE,
    NOW,
    ORDER,
    QUOTE,
    Portal,
)  # fmt: skip
from tests.platforms.hubspot.reading import companies, named, read, records, told

OBJECTS = "/crm/v3/objects"


@pytest.mark.parametrize("table", sorted(HUBSPOT.tables))
@pytest.mark.parametrize("since", [None, EARLY, EARLY - timedelta(days=7)], ids=["whole", "changed", "swept"])
def test_every_table_fits_its_declaration(portal: Portal, client: Client, table: str, since: datetime | None) -> None:
    portal.bin(HUBSPOT.tables[table].object, {"company": COMPANY, "quote": QUOTE}.get(table, 0) or _any(portal, table))
    found = 0
    for page in read(client, table, since):
        checked = check(page, HUBSPOT, HUBSPOT.tables[table])
        assert (checked.rejected, checked.new_columns) == ([], ())
        found += len(checked.rows)
    assert found


def dying(portal: Portal, call: int) -> None:
    """The portal refuses one of the calls to come."""
    gateway, calls = portal.app[GATEWAY], count(1)
    counted = gateway.count

    def refusing(policy: str) -> int:
        if policy == "DAILY" and next(calls) == call:
            raise expired(5)
        return counted(policy)

    gateway.count = refusing  # type: ignore[method-assign]


def _any(portal: Portal, table: str) -> int:
    return int(portal.state.select(f'select id from "{HUBSPOT.tables[table].object}"')[0]["id"])


def test_types_survive_the_way_as_text(client: Client) -> None:
    row = check(next(read(client, "line_item")), HUBSPOT, HUBSPOT.tables["line_item"]).rows.row(0, named=True)
    assert (row["id"], row["updated_at"], row["hs_position_on_quote"]) == (str(LINE), EARLY, 1)
    assert [str(row[name]) for name in ("quantity", "amount", "hs_tcv")] == ["10.000000", "100.0000", "1200.0000"]
    assert str(row["hs_recurring_billing_start_date"]) == "2026-12-01"


@pytest.mark.proves("pages", "ties")
@pytest.mark.parametrize("since", [None, EARLY], ids=["list", "search"])
def test_every_record_comes_once_over_several_pages_though_all_changed_in_one_millisecond(
    portal: Portal, client: Client, since: datetime | None
) -> None:
    made = companies(portal, 1250, NOW)
    pages = list(read(client, "company", since))
    assert sorted(told(pages)[0], key=int) == sorted([*made, str(COMPANY)], key=int)
    assert [len(records(page)) for page in pages] == [1000, 251, 0]
    assert [page.read_to for page in pages] == [None, None, NOW]


def test_records_that_change_while_a_search_is_walked_push_no_other_one_out(portal: Portal, client: Client) -> None:
    made = companies(portal, 1250, NOW)
    pages = read(client, "company", EARLY)
    first = next(pages)
    portal.advance(minutes=1)
    for key in (100, 150, 1340):
        portal.plant("companies", key, name="Changed")
    living, _ = told([first, *pages])
    assert sorted(living, key=int) == sorted([*made, str(COMPANY)], key=int)


def test_what_changes_while_it_is_read_is_brought_by_the_next_read(portal: Portal, client: Client) -> None:
    companies(portal, 1100, NOW)
    pages = read(client, "company", EARLY)
    first = next(pages)
    portal.advance(minutes=1)
    portal.plant("companies", 100, name="Changed")
    *_, last = [first, *pages]
    assert last.read_to == NOW
    assert "100" in told(read(client, "company", last.read_to))[0]


@pytest.mark.proves("late_commit")
def test_what_the_index_did_not_know_yet_is_read_within_the_overlap(portal: Portal, client: Client) -> None:
    portal.app[INDEX].behind = timedelta(minutes=5)
    portal.add("companies", 100, NOW - timedelta(minutes=4), name="Late")
    pages = list(read(client, "company", NOW - timedelta(hours=1)))
    assert "100" not in told(pages)[0]
    portal.advance(hours=1)
    assert "100" in told(read(client, "company", pages[-1].read_to - HUBSPOT.overlap))[0]  # type: ignore[operator]


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_and_is_resumed_loses_and_doubles_nothing(portal: Portal, tmp_path: Path) -> None:
    made = companies(portal, 2300, NOW - timedelta(minutes=5))
    lake, private = Lake(str(tmp_path / "lake")), portal.connection(access_token=CREDENTIALS["access_token"])

    def attempt() -> tuple[int, str]:
        (each,) = ingest(HUBSPOT, private, lake, tmp_path / "work", only={"company"}).tables
        return each.rows, each.error

    dying(portal, call=14)
    died = attempt()
    assert "EXPIRED_AUTHENTICATION" in died[1]
    assert 0 < died[0] < 2301
    assert attempt()[1] == ""
    assert attempt() == (0, "")
    held = lake.read("hubspot/company", HUBSPOT.tables["company"].schema)
    assert sorted(set(held["id"].to_pylist()), key=int) == sorted([*made, str(COMPANY)], key=int)


@pytest.mark.proves("server_error", by="kind")
@pytest.mark.parametrize("kind", ["server_error", "reset"])
def test_a_search_survives_what_passes(portal: Portal, client: Client, kind: str) -> None:
    portal.fault(kind, match="search")
    assert told(read(client, "company", EARLY))[0] == [str(COMPANY)]


@pytest.mark.proves("expired_token")
def test_a_token_that_expires_between_two_pages_is_renewed(portal: Portal, client: Client) -> None:
    made = companies(portal, 1100, NOW)
    pages = read(client, "company")
    first = next(pages)
    portal.advance(minutes=31)
    assert len(told([first, *pages])[0]) == len(made) + 1


@pytest.mark.proves("delete")
def test_an_archived_record_comes_as_a_tombstone_of_when_it_was_archived(portal: Portal, client: Client) -> None:
    at = portal.advance(hours=1)
    portal.bin("quotes", QUOTE)
    assert portal.holds("quotes", QUOTE)["hs_lastmodifieddate"] == "2026-11-03T18:30:00.000Z"
    pages = list(read(client, "quote", NOW))
    assert told(pages) == ([], [str(QUOTE)])
    (row,) = check(pages[0], HUBSPOT, HUBSPOT.tables["quote"]).rows.rows(named=True)
    assert (row["id"], row["updated_at"], row["q2c_is_deleted"]) == (str(QUOTE), at, True)


def test_what_was_archived_before_the_window_is_not_told_again(portal: Portal, client: Client) -> None:
    portal.bin("quotes", QUOTE)
    assert told(read(client, "quote", NOW + timedelta(seconds=1)))[1] == []
    assert told(read(client, "quote"))[1] == [str(QUOTE)]


def test_a_record_that_is_there_again_is_living_once_it_changes(portal: Portal, client: Client) -> None:
    portal.bin("companies", COMPANY)
    portal.advance(hours=1)
    portal.plant("companies", COMPANY, _archived_at=None, name="Back")
    assert told(read(client, "company", NOW - timedelta(hours=1))) == ([str(COMPANY)], [])


@pytest.mark.proves("merge")
def test_merged_records_come_as_tombstones_with_the_record_made_of_them(portal: Portal, client: Client, http: httpx.Client) -> None:
    portal.add("companies", 7002, EARLY, name="Maple 2")
    portal.advance(hours=1)
    made = http.post(f"{OBJECTS}/companies/merge", json={"primaryObjectId": "7001", "objectIdToMerge": "7002"}).json()
    pages = list(read(client, "company", NOW))
    assert told(pages) == ([made["id"]], ["7001", "7002"])
    assert records(pages[0])[0]["properties"]["hs_merged_object_ids"] == "7001;7002"
    assert told(read(client, "company"))[1] == ["7001", "7002"]


@pytest.mark.proves("merge")
def test_a_merged_contact_leads_to_the_company_of_both(portal: Portal, client: Client, http: httpx.Client) -> None:
    portal.add("contacts", 52, EARLY, email="b@maple.example")
    http.post(f"{OBJECTS}/contacts/merge", json={"primaryObjectId": "52", "objectIdToMerge": str(CONTACT)})
    (contact,) = records(next(read(client, "contact")))
    assert contact["associations"] == {"companies": str(COMPANY)}


def test_each_record_bears_the_ids_of_those_it_belongs_to(client: Client) -> None:
    expected = {
        ("deal", "companies"): COMPANY,
        ("contact", "companies"): COMPANY,
        ("line_item", "quotes"): QUOTE,
        ("quote", "deals"): DEAL,
        ("quote", "companies"): COMPANY,
        ("order", "companies"): COMPANY,
        ("order", "quotes"): QUOTE,
    }
    found = {(table, to): records(next(read(client, table)))[0]["associations"][to] for table, to in expected}
    assert found == {pair: str(key) for pair, key in expected.items()}


def test_of_several_companies_the_primary_one_counts(portal: Portal, client: Client) -> None:
    portal.add("companies", 7002, EARLY, name="Other")
    portal.add("deals", 8002, EARLY, dealname="Shared")
    portal.link("deals", 8002, "companies", 7002)
    assert records(next(read(client, "deal")))[1]["associations"] == {"companies": "7002"}
    portal.link("deals", 8002, "companies", COMPANY, primary=True)
    assert records(next(read(client, "deal")))[1]["associations"] == {"companies": str(COMPANY)}


def test_records_without_associations_come_without(portal: Portal, client: Client) -> None:
    portal.add("line_items", 602, EARLY, name="of no quote")
    found = {row["id"]: row["associations"] for row in records(next(read(client, "line_item")))}
    assert found == {str(LINE): {"quotes": str(QUOTE)}, "602": {"quotes": None}}


def test_associations_that_fail_in_part_end_the_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"results": [], "errors": [{"category": "INTERNAL_ERROR", "message": "try later"}]}
    ask = client.read
    monkeypatch.setattr(
        client, "read", lambda request: httpx.Response(207, json=broken) if "associations" in request.path else ask(request)
    )
    with pytest.raises(Transient, match=r"deals/companies.*try later; read again later"):
        list(read(client, "deal"))


def test_a_new_association_moves_no_stamp_and_is_found_by_a_sweep(portal: Portal, client: Client) -> None:
    portal.add("companies", 7002, EARLY, name="Other")
    portal.state.db.execute("update associations set to_id = 7002 where from_object = 'orders' and to_object = 'companies'")
    portal.advance(hours=6)
    assert told(read(client, "order", NOW)) == ([], [])
    pages = [page for page in read(client, "order", NOW, is_sweep=True) if not page.names_living]
    assert records(pages[0])[0]["associations"]["companies"] == "7002"


@pytest.mark.proves("delete")
def test_what_was_purged_is_missed_by_a_sweep(portal: Portal, client: Client, http: httpx.Client) -> None:
    portal.add("contacts", 52, EARLY, email="b@maple.example")
    http.post(f"{OBJECTS}/contacts/gdpr-delete", json={"objectId": "52"})
    assert told(read(client, "contact", NOW)) == ([], [])
    pages = list(read(client, "contact", NOW, is_sweep=True))
    assert named(pages) == [str(CONTACT)]
    assert pages[-1].read_to == portal.at[0]


def test_where_nothing_lives_any_more_that_is_told(portal: Portal, client: Client, http: httpx.Client) -> None:
    http.post(f"{OBJECTS}/contacts/gdpr-delete", json={"objectId": str(CONTACT)})
    assert [page.names_living for page in read(client, "contact", NOW, is_sweep=True)] == [True, False]


def test_orders_follow_the_stage_they_are_in(portal: Portal, client: Client) -> None:
    portal.advance(minutes=1)
    portal.plant("orders", ORDER, hs_external_order_id="SO1")
    (order,) = records(next(read(client, "order", NOW)))
    assert order["properties"]["hs_external_order_id"] == "SO1"


def test_a_property_that_the_account_has_not_is_named_and_not_read_as_empty(portal: Portal, client: Client) -> None:
    portal.fault("schema_change", table="companies", column="payment_terms", change="drop")
    with pytest.raises(Terminal, match="companies have no property payment_terms; make it under Settings"):
        list(read(client, "company", EARLY))


@pytest.mark.parametrize("since", [None, EARLY], ids=["list", "search"])
def test_a_property_that_changes_its_type_is_named(portal: Portal, client: Client, since: datetime | None) -> None:
    portal.fault("schema_change", table="companies", column="phone", change="retype")
    page = next(read(client, "company", since))
    assert "phone" in check(page, HUBSPOT, HUBSPOT.tables["company"]).rejected[0].reason
