"""Reading an account over HTTP: lists in several orders, drafts, the bin, and every way it can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.docusign import source
from q2c_pipelines.platforms.docusign.emulator.stamps import plain
from q2c_pipelines.platforms.errors import Transient
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.docusign.conftest import CONTRACT, CRM_ID, DOCUSIGN, EARLY, NOW, QUOTE_ID, QUOTE_NUMBER, Account

ENVELOPE = DOCUSIGN.tables["envelope"]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten envelopes a page, so that a few make several pages."""
    monkeypatch.setitem(source._SIZE, "count", "10")


def records(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.body)["envelopes"]
    return found


def read(client: Client, since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, DOCUSIGN, ENVELOPE, Window(since))


def ids(pages: Iterable[Page]) -> tuple[list[str], list[str]]:
    living: list[str] = []
    deleted: list[str] = []
    for page in pages:
        (deleted if page.is_deleted else living).extend(row["envelopeId"] for row in records(page))
    return living, deleted


def many(account: Account, count: int, at: datetime = NOW, **values: Any) -> list[str]:
    return [account.add(f"envelope-{number:03}", at, **values) for number in range(count)]


@pytest.mark.parametrize("since", [None, EARLY - timedelta(days=1)])
def test_every_envelope_fits_its_declaration(account: Account, client: Client, since: datetime | None) -> None:
    account.add("draft", status="created")
    account.add("thrown away", status="deleted", _is_in_bin=True)
    for page in read(client, since):
        checked = check(page, DOCUSIGN, ENVELOPE)
        assert (checked.rejected, checked.new_columns) == ([], ())
        assert len(checked.rows) == len(records(page))


def test_what_is_noted_and_who_signs_become_columns(client: Client) -> None:
    row = check(next(read(client)), DOCUSIGN, ENVELOPE).rows.row(0, named=True)
    noted = (row["custom_field_quote_id"], row["custom_field_quote_number"], row["custom_field_crm_id"])
    assert noted == (QUOTE_ID, QUOTE_NUMBER, CRM_ID)
    assert (row["custom_field_legal_entity"], row["signer_email"], row["created_date_time"]) == ("US", "ada@acme.example", EARLY)


def test_who_signs_first_is_the_signer(account: Account, client: Client) -> None:
    boss = {"recipientIdGuid": "guid-0", "recipientId": "2", "routingOrder": 0, "email": "boss@acme.example", "status": "sent"}
    account.state.insert("recipient", {"envelopeId": CONTRACT, "name": "Boss"} | boss, NOW)
    assert records(next(read(client)))[0]["signer"]["email"] == "boss@acme.example"


@pytest.mark.proves("pages", "ties")
def test_lists_hold_every_envelope_once_though_all_were_made_in_the_same_second(account: Account, client: Client) -> None:
    made = many(account, 25)
    pages = list(read(client))
    assert [len(records(page)) for page in pages] == [10, 10, 6, 0]
    assert sorted(ids(pages)[0]) == sorted([*made, CONTRACT])
    assert [page.read_to for page in pages] == [None, None, None, NOW]


@pytest.mark.parametrize("since", [None, NOW - timedelta(hours=1)])
def test_drafts_are_read_though_any_status_leaves_them_out(account: Account, client: Client, since: datetime | None) -> None:
    account.add("draft", status="created")
    assert "draft" in ids(read(client, since))[0]


@pytest.mark.proves("delete")
@pytest.mark.parametrize("since", [None, NOW - timedelta(hours=1)])
def test_a_deleted_draft_comes_as_a_tombstone(account: Account, client: Client, since: datetime | None) -> None:
    account.add("draft", status="created")
    account.advance(minutes=1)
    account.plant("envelope", "draft", status="deleted", _is_in_bin=True)
    assert ids(read(client, since))[1] == ["draft"]
    assert "draft" not in ids(read(client, since))[0]


def test_what_ended_and_was_moved_to_the_bin_is_still_a_contract(account: Account, client: Client) -> None:
    account.plant("envelope", CONTRACT, status="completed", _is_in_bin=True)
    assert ids(read(client)) == ([CONTRACT], [])


def test_a_correction_is_read_though_the_status_did_not_change(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.plant("custom_field", "1001", value="Q-00000009")
    assert plain(EARLY) == account.envelope()["statusChangedDateTime"]
    found = [record for page in read(client, NOW) for record in records(page)]
    assert [record["customField"]["quote_number"] for record in found] == ["Q-00000009"]
    assert datetime.fromisoformat(found[0]["changedDateTime"]) >= account.at[0]


def test_a_change_of_status_is_read_though_nothing_else_was_stamped(account: Account, client: Client) -> None:
    account.advance(hours=1)
    at = plain(account.at[0])
    account.state.write("envelope", CONTRACT, {"status": "completed", "completedDateTime": at, "statusChangedDateTime": at})
    found = [record for page in read(client, NOW) for record in records(page)]
    assert [(record["status"], record["changedDateTime"]) for record in found] == [("completed", at)]


def test_only_what_changed_since_the_bookmark_is_asked_for(account: Account, client: Client) -> None:
    many(account, 35, EARLY)
    account.advance(hours=1)
    account.plant("envelope", CONTRACT, status="completed")
    before = client.requests
    assert set(ids(read(client, NOW))[0]) >= {CONTRACT}
    assert client.requests - before == 4


@pytest.mark.proves("late_commit")
def test_a_record_committed_late_with_an_old_stamp_is_read_within_the_overlap(account: Account, client: Client) -> None:
    *_, proof = read(client)
    assert proof.read_to == NOW
    account.add("late", NOW - timedelta(minutes=5))
    account.advance(minutes=1)
    assert "late" in ids(read(client, NOW - DOCUSIGN.overlap))[0]


def test_what_changes_while_it_is_walked_hides_nothing(account: Account, client: Client) -> None:
    """Newest first: the one that moves to the front pushes the others back, so that some come twice."""
    made = many(account, 25, NOW - timedelta(minutes=2))
    pages = read(client, NOW - timedelta(hours=1))
    first = next(pages)
    account.advance(minutes=1)
    account.plant("envelope", made[0], status="completed")
    assert set(ids([first, *pages])[0]) >= set(made)


def test_what_leaves_a_list_while_it_is_walked_hides_nothing(account: Account, client: Client) -> None:
    made = many(account, 25, EARLY)
    pages = read(client)
    first = next(pages)
    gone = ids([first])[0][:3]
    for key in gone:
        account.plant("envelope", key, _is_in_bin=True)
    assert set(ids([first, *pages])[0]) >= {*made, CONTRACT}


@pytest.mark.proves("resume")
def test_a_read_that_dies_is_taken_up_again_and_loses_nothing(account: Account, client: Client) -> None:
    made = many(account, 25)
    with account.client(attempts=1) as dying:
        pages = read(dying)
        before = ids([next(pages)])[0]
        account.fault("server_error", match="/envelopes")
        with pytest.raises(Transient):
            list(pages)
    assert 0 < len(before) < len(made)
    assert sorted(ids(read(client))[0]) == sorted([*made, CONTRACT])


@pytest.mark.proves("server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["server_error", "expired_token", "reset"])
def test_a_read_survives(account: Account, client: Client, kind: str) -> None:
    made = many(account, 15)
    pages = read(client)
    first = next(pages)
    account.fault(kind, match="/envelopes")
    assert sorted(ids([first, *pages])[0]) == sorted([*made, CONTRACT])


@pytest.mark.proves("rate_limit")
def test_a_read_that_meets_the_hourly_limit_says_when_it_ends(account: Account) -> None:
    account.advance(minutes=15)
    account.fault("rate_limit", match="/envelopes")
    with account.client(attempts=1) as impatient, pytest.raises(Transient, match="HOURLY_APIINVOCATION") as limited:
        list(read(impatient))
    assert limited.value.retry_after == 15 * 60


@pytest.mark.proves("expired_token")
def test_a_token_that_ran_out_meanwhile_is_asked_for_anew(account: Account, client: Client) -> None:
    many(account, 15)
    pages = read(client)
    first = next(pages)
    account.advance(hours=2)
    assert len(ids([first, *pages])[0]) == 16


def test_an_empty_account_is_read_to_now(account: Account, client: Client) -> None:
    account.state.db.execute("delete from envelope")
    (page,) = read(client)
    assert (records(page), page.read_to) == ([], NOW)
