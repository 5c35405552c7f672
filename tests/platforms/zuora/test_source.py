"""Reading a tenant over HTTP: pages, files, deletes, and every way it can be interrupted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.zuora import source
from q2c_pipelines.platforms.zuora.emulator import data_query
from tests.platforms.resuming import Later, only, resumed
from tests.platforms.zuora.tenant import NOW, Tenant

ZUORA = spec.load("zuora")


def records(page: Page) -> list[dict[str, Any]]:
    if page.format == "ndjson":
        return [json.loads(line) for line in page.body.splitlines()]
    found: list[dict[str, Any]] = json.loads(page.body)["data"]
    return found


def read(client: Client, table: str, window: Window = Window()) -> Iterator[Page]:  # noqa: B008
    return source.pages(client, ZUORA, ZUORA.tables[table], window)


def ids(pages: Iterator[Page]) -> tuple[list[str], list[str]]:
    living: list[str] = []
    deleted: list[str] = []
    for page in pages:
        (deleted if page.is_deleted else living).extend(row["id"] for row in records(page))
    return living, deleted


def contacts(tenant: Tenant, count: int) -> list[str]:
    names = [f"n{i:04}" for i in range(count)]
    for name in names:
        tenant.add("Contact", id=name, accountId="a1")
    return names


@pytest.mark.parametrize("table", sorted(set(ZUORA.tables) - set(ZUORA.controls)))
def test_every_table_is_read_with_the_declared_fields(client: Client, table: str) -> None:
    pages = list(read(client, table))
    assert pages[0].records == "data[]"
    for row in records(pages[0]):
        assert set(row) == set(ZUORA.tables[table].columns)


@pytest.mark.proves("pages", "ties")
def test_pages_hold_every_record_once_though_all_changed_in_the_same_second(tenant: Tenant, client: Client) -> None:
    made = contacts(tenant, 120)
    living, _ = ids(read(client, "contact"))
    assert sorted(living) == ["c1", *made]


def test_a_window_begins_with_the_very_second_asked_for(tenant: Tenant, client: Client) -> None:
    tenant.add("Contact", id="same", accountId="a1")
    living, _ = ids(read(client, "contact", Window(NOW)))
    assert living == ["same"]
    assert ids(read(client, "contact", Window(NOW + timedelta(seconds=1))))[0] == []


@pytest.mark.proves("late_commit")
def test_a_record_committed_late_with_an_old_stamp_is_read_within_the_overlap(tenant: Tenant, client: Client) -> None:
    assert ids(read(client, "contact", Window(NOW)))[0] == []
    tenant.state.insert("Contact", {"id": "late", "accountId": "a1"}, NOW - timedelta(minutes=5), by="sandbox")
    tenant.advance(minutes=1)
    assert ids(read(client, "contact", Window(NOW - ZUORA.overlap)))[0] == ["late"]


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_and_is_resumed_loses_nothing(tenant: Tenant, tmp_path: Path) -> None:
    made = contacts(tenant, 120)
    outage = Later("server_error", match="/object-query/", times=100, skip=2)
    held = resumed(only(ZUORA, "contact"), tenant.connection(), tenant.emulation, outage, tmp_path)
    assert sorted(held) == ["c1", *made]


def test_a_changed_record_comes_again_with_its_offset_kept(tenant: Tenant, client: Client) -> None:
    tenant.advance(hours=1)
    tenant.state.update("Account", "a1", {"name": "Acme Inc"}, tenant.at[0], by="sandbox")
    (row,) = records(next(read(client, "account", Window(NOW))))
    assert row["name"] == "Acme Inc"
    assert row["updatedDate"] == "2026-11-01T01:00:00-08:00"


@pytest.mark.proves("delete")
def test_a_deleted_record_is_a_whole_tombstone(tenant: Tenant, client: Client) -> None:
    tenant.state.delete("Invoice", "i1", NOW, by="sandbox")
    pages = list(read(client, "invoice", Window(NOW)))
    assert [page.is_deleted for page in pages] == [False, True]
    (row,) = records(pages[1])
    assert (row["id"], row["invoiceNumber"], row["updatedDate"]) == ("i1", "INV00000001", "2026-11-01T00:00:00-08:00")


def test_deletes_are_forgotten_after_thirty_days(tenant: Tenant, client: Client) -> None:
    tenant.state.delete("Invoice", "i1", NOW, by="sandbox")
    tenant.advance(days=31)
    assert ids(read(client, "invoice")) == ([], [])


def living(pages: list[Page]) -> list[str] | None:
    """The ids that are named as living; None where the living are not named."""
    named = [page for page in pages if page.names_living]
    return ids(iter(named))[0] if named else None


@pytest.mark.proves("delete")
def test_after_more_than_thirty_days_all_that_live_are_named(tenant: Tenant, client: Client) -> None:
    tenant.state.delete("Invoice", "i1", NOW, by="sandbox")
    tenant.advance(days=31)
    assert living(list(read(client, "contact", Window(NOW)))) == ["c1"]
    assert living(list(read(client, "invoice", Window(NOW)))) == []
    assert living(list(read(client, "contact", Window(tenant.at[0] - timedelta(days=29))))) is None
    assert living(list(read(client, "contact"))) is None, "nothing is held that could be gone"


@pytest.mark.proves("pages")
def test_many_records_come_as_one_file(tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = contacts(tenant, 120)
    few = ZUORA.model_copy(update={"bulk_threshold": 100})
    monkeypatch.setattr(source, "_CHUNK", 1000)
    pages = list(source.pages(client, few, few.tables["contact"], Window()))
    assert {page.format for page in pages} == {"ndjson"}
    assert len(pages) > 2, "a large file becomes several pages"
    assert sorted(ids(iter(pages))[0]) == ["c1", *made]
    assert set(records(pages[0])[0]) == set(ZUORA.tables["contact"].columns)


def test_the_file_honours_the_window(tenant: Tenant, client: Client) -> None:
    tenant.advance(hours=1)
    made = contacts(tenant, 60)
    few = ZUORA.model_copy(update={"bulk_threshold": 10})
    pages = source.pages(client, few, few.tables["contact"], Window(NOW + timedelta(minutes=30)))
    assert sorted(ids(pages)[0]) == made


@pytest.mark.parametrize(("kind", "status"), [("job_failed", "failed"), ("job_cancelled", "cancelled")])
def test_a_job_that_ends_badly_is_named_with_its_query(tenant: Tenant, client: Client, kind: str, status: str) -> None:
    tenant.fault(kind)
    with pytest.raises(Terminal, match=rf"Zuora: data query \w+ {status}: select .* from contact") as refused:
        list(read(client, "contact"))
    assert refused.value.code == status


def test_a_late_job_is_waited_for(tenant: Tenant, client: Client) -> None:
    tenant.state.delete("Invoice", "i1", NOW, by="sandbox")
    tenant.fault("job_late", times=3)
    assert ids(read(client, "invoice"))[1] == ["i1"]


def test_a_job_that_never_ends_is_left(tenant: Tenant, client: Client) -> None:
    client.job_patience = 0.0
    tenant.fault("job_late", times=100)
    with pytest.raises(Transient, match="is submitted and not finished after"):
        list(read(client, "invoice"))


def test_the_size_is_asked_only_when_a_page_is_full(client: Client) -> None:
    list(read(client, "contact"))
    assert client.requests == 4  # one page, then the job for deleted records: submitted, looked at twice, and empty


@pytest.mark.proves("rate_limit", "server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset", "expired_token"])
def test_a_read_survives(tenant: Tenant, client: Client, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    tenant.fault(kind, match="/object-query/", times=1 if kind == "expired_token" else 2)
    assert ids(read(client, "contact"))[0] == ["c1"]


@pytest.mark.proves("rate_limit")
def test_a_limit_of_concurrency_says_how_long_to_wait(tenant: Tenant) -> None:
    tenant.gateway.concurrency["ObjectQuery"] = 0
    with tenant.client(attempts=1) as client, pytest.raises(Transient) as refused:
        list(read(client, "contact"))
    assert (refused.value.code, refused.value.retry_after) == ("50000070", 120.0)


@pytest.mark.proves("rate_limit")
def test_a_limit_of_the_minute_says_how_long_to_wait(tenant: Tenant) -> None:
    tenant.gateway.per_minute = 0
    with tenant.client(attempts=1) as client, pytest.raises(Transient, match="for the minute") as refused:
        list(read(client, "contact"))
    assert (refused.value.status, refused.value.retry_after) == (429, 60.0)


@pytest.mark.proves("expired_token")
def test_a_token_that_expires_between_two_pages_is_renewed(tenant: Tenant, client: Client) -> None:
    made = contacts(tenant, 60)
    pages = read(client, "contact")
    first = records(next(pages))
    tenant.advance(hours=2)
    rest = [row for page in pages if not page.is_deleted for row in records(page)]
    assert sorted(row["id"] for row in first + rest) == ["c1", *made]


def test_wrong_credentials_are_refused_by_name(tenant: Tenant) -> None:
    with tenant.client(client_secret="wrong") as client, pytest.raises(Unauthorized, match=r"Zuora: GET .*client id or secret"):
        list(read(client, "contact"))


def test_a_field_that_vanishes_is_visible(tenant: Tenant, client: Client) -> None:
    tenant.fault("schema_change", table="Contact", column="city", change="drop")
    assert "city" not in records(next(read(client, "contact")))[0]


def test_a_result_file_of_several_members_is_read_to_its_end() -> None:
    packed = gzip.compress(b'{"id":"1"}\n') + gzip.compress(b'{"id":"2"}\n{"id":"3"}\n')
    assert b"".join(source.pieces(packed)).splitlines() == [b'{"id":"1"}', b'{"id":"2"}', b'{"id":"3"}']


def test_a_result_file_that_was_cut_is_no_result() -> None:
    packed = gzip.compress(b"".join(b'{"id":"%d"}\n' % number for number in range(1000)))
    with pytest.raises(Transient, match="came broken"):
        list(source.pieces(packed[:-30]))


def test_a_result_file_with_fewer_rows_than_promised_is_no_whole_read(
    tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = data_query.written

    async def promising(*asked: Any) -> tuple[bytes, int]:
        body, rows = await written(*asked)
        return body, rows + 1

    tenant.state.delete("Invoice", "i1", NOW, by="sandbox")
    monkeypatch.setattr(data_query, "written", promising)
    with pytest.raises(Transient, match="promised 2 rows and its file holds 1"):
        list(read(client, "invoice"))
