"""Reading a company's tax documents over HTTP: whole, by line and by jurisdiction, and every way it can be interrupted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.avalara import source
from q2c_pipelines.platforms.avalara.emulator import listing
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.avalara.conftest import AVALARA, DECLARED, DOCUMENT, EARLY, NOW, ONE, Account


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's cap is ten, so that a few documents make several pages."""
    monkeypatch.setattr(listing, "LARGEST_PAGE", 10)


def read(client: Client, table: str = "transaction", since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, AVALARA, AVALARA.tables[table], Window(since))


def rows(page: Page) -> list[dict[str, Any]]:
    checked = check(page, AVALARA, AVALARA.tables[page.table])
    assert (checked.rejected, checked.new_columns) == ([], ())
    return checked.rows.to_dicts()


def ids(pages: Iterable[Page]) -> list[int]:
    return [row["id"] for page in pages for row in rows(page)]


def many(account: Account, count: int, at: datetime = NOW) -> list[int]:
    return [account.add(200_000_000 + number, at) for number in range(count)]


@pytest.mark.parametrize("table", AVALARA.tables)
@pytest.mark.parametrize("since", [None, EARLY])
def test_every_table_fits_its_declaration(account: Account, client: Client, table: str, since: datetime | None) -> None:
    account.customer(DOCUMENT, EARLY)
    assert ids(read(client, table, since)) == [DOCUMENT]


@pytest.mark.proves("pages")
def test_customers_are_read_page_by_page_and_then_what_changed(account: Account, client: Client) -> None:
    made = [account.customer(number, EARLY) for number in range(1, 26)]
    assert ids(read(client, "customer")) == made
    account.advance(minutes=1)
    account.plant("customer", 7, name="Globex")
    (page, _) = read(client, "customer", NOW)
    assert [(row["id"], row["name"], row["company_code"]) for row in rows(page)] == [(7, "Globex", "Q2CUS")]


def test_a_company_that_the_account_does_not_have_is_named(account: Account) -> None:
    placed = DECLARED.placed({"company_code": "OTHER"})
    with account.client() as client, pytest.raises(Terminal, match=r"no company 'OTHER'; see settings.company_code"):
        list(source.pages(client, placed, placed.tables["customer"], Window()))


def test_types_survive_the_way(client: Client) -> None:
    (row,) = rows(next(read(client)))
    assert (row["company_code"], row["date"], row["modified_date"]) == ("Q2CUS", f"{EARLY:%Y-%m-%d}", EARLY)
    assert (row["total_amount"], row["total_tax"], row["locked"]) == (Decimal(100), Decimal("6.85"), False)
    (line,) = rows(next(read(client, "transaction_line")))
    assert (line["line_number"], line["item_code"], line["modified_date"]) == ("1", "SKU-0001", EARLY)
    (detail,) = rows(next(read(client, "transaction_detail")))
    assert (detail["juris_name"], detail["rate"], detail["modified_date"]) == ("NEVADA", Decimal("0.0685"), EARLY)


@pytest.mark.proves("pages", "ties")
@pytest.mark.parametrize("table", ["transaction", "transaction_line", "transaction_detail"])
def test_lists_hold_every_document_once_though_all_changed_in_the_same_second(account: Account, client: Client, table: str) -> None:
    made = many(account, 25)
    pages = list(read(client, table))
    assert [len(rows(page)) for page in pages] == [10, 10, 6, 0]
    assert ids(pages) == [DOCUMENT, *made]
    assert [page.read_to for page in pages] == [None, None, None, NOW]


@pytest.mark.parametrize("date", [EARLY - timedelta(days=3000), EARLY + timedelta(days=300)])
def test_documents_of_any_date_are_read(account: Account, client: Client, date: datetime) -> None:
    """A list without dates would silently leave out what is older than thirty days."""
    account.add(7, NOW, date=f"{date:%Y-%m-%d}")
    assert 7 in ids(read(client))
    assert 7 in ids(read(client, since=NOW - timedelta(hours=1)))


def test_only_what_changed_is_read(account: Account, client: Client) -> None:
    many(account, 3, EARLY)
    account.advance(minutes=1)
    account.plant("transaction", DOCUMENT, status="Cancelled")
    assert ids(read(client, since=NOW)) == [DOCUMENT]


@pytest.mark.parametrize("table", ["transaction_line", "transaction_detail"])
def test_a_part_comes_with_the_last_change_of_its_document(account: Account, client: Client, table: str) -> None:
    account.advance(minutes=1)
    account.plant("transaction", DOCUMENT, status="Cancelled")
    (row,) = rows(next(read(client, table, NOW)))
    assert row["modified_date"] >= account.at[0]


def test_a_voided_document_is_a_change_and_not_a_deletion(account: Account, client: Client) -> None:
    account.plant("transaction", DOCUMENT, status="Cancelled")
    (page, _) = read(client)
    assert (page.is_deleted, [row["status"] for row in rows(page)]) == (False, ["Cancelled"])


def test_both_versions_of_an_adjusted_document_are_read(account: Account, client: Client, http: httpx.Client) -> None:
    account.advance(minutes=1)
    line = {"amount": 90, "itemCode": "SKU-0001"}
    new = {"date": "2026-11-05", "customerCode": "c", "lines": [line], "commit": True, "addresses": {"shipTo": {"region": "NV"}}}
    assert http.post(f"{ONE}/adjust", json={"adjustmentReason": "PriceAdjusted", "newTransaction": new}).status_code == 200
    found = [row for page in read(client, since=NOW) for row in rows(page)]
    assert [(row["version"], row["status"]) for row in found] == [(1, "Adjusted"), (2, "Committed")]


@pytest.mark.proves("late_commit")
def test_a_record_committed_late_with_an_old_stamp_is_read_within_the_overlap(account: Account, client: Client) -> None:
    *_, proof = read(client)
    assert proof.read_to == NOW
    account.advance(minutes=1)
    account.add(7, NOW - timedelta(minutes=5))
    assert 7 in ids(read(client, since=NOW - AVALARA.overlap))


def test_what_changes_while_a_list_is_walked_hides_nothing(account: Account, client: Client) -> None:
    old, made = account.add(5, EARLY), many(account, 25)
    pages = read(client, since=NOW - timedelta(hours=1))
    first = next(pages)
    account.plant("transaction", old, status="Cancelled")
    assert set(ids([first, *pages])) >= set(made)


@pytest.mark.proves("pages")
def test_a_list_that_tells_no_next_address_is_walked_by_position_until_a_page_is_empty(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be smaller than was asked for and not be the last."""
    many(account, 25)
    whole = listing.page
    monkeypatch.setattr(listing, "page", lambda *asked: ({"@recordsetCount": 0}, whole(*asked)[1]))
    assert [len(rows(page)) for page in read(client)] == [10, 10, 6, 0]


def test_an_address_that_names_another_host_is_followed_on_ours(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = many(account, 15)
    whole = listing.page

    def elsewhere(*asked: Any) -> Any:
        reply, found = whole(*asked)
        return {name: str(told).replace(account.base_url, "https://rest.avatax.invalid") for name, told in reply.items()}, found

    monkeypatch.setattr(listing, "page", elsewhere)
    assert ids(read(client)) == [DOCUMENT, *made]


@pytest.mark.proves("resume")
def test_a_read_that_dies_is_taken_up_again_and_loses_nothing(account: Account, client: Client) -> None:
    made = many(account, 25)
    with account.client(attempts=1) as dying:
        pages = read(dying)
        before = ids([next(pages)])
        account.fault("server_error")
        with pytest.raises(Transient):
            list(pages)
    assert 0 < len(before) < len(made)
    assert ids(read(client)) == [DOCUMENT, *made]


@pytest.mark.proves("rate_limit", "server_error", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "service_timeout", "server_error", "reset"])
def test_a_read_survives(account: Account, client: Client, kind: str) -> None:
    made = many(account, 15)
    pages = read(client)
    first = next(pages)
    account.fault(kind)
    assert ids([first, *pages]) == [DOCUMENT, *made]


def test_an_empty_company_is_read_to_now(account: Account, client: Client) -> None:
    account.state.db.execute('delete from "transaction"')
    (page,) = read(client)
    assert (rows(page), page.read_to) == ([], NOW)
