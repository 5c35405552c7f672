"""Reading what bills: parts inside their wholes, what has no event of its own, and what goes without a word."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Transient
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.stripe import source
from tests.platforms.stripe.billing import agree, planted, rate, seat, subscribe
from tests.platforms.stripe.conftest import CUSTOMER, NOW, Account, seconds
from tests.platforms.stripe.invoicing import draft, item, opened, post

STRIPE = spec.load("stripe")


def read(client: Client, table: str, since: datetime | None = None) -> list[Page]:
    return list(source.pages(client, STRIPE, STRIPE.tables[table], Window(since)))


def records(pages: Iterable[Page], is_deleted: bool = False) -> list[dict[str, Any]]:
    """What the pages hold of living records, or of deleted ones."""
    wanted = [page for page in pages if page.is_deleted is is_deleted and not page.names_living]
    return [record for page in wanted for record in json.loads(page.body)["data"]]


def keys(pages: Iterable[Page], is_deleted: bool = False) -> list[str]:
    return [record["id"] for record in records(pages, is_deleted)]


def test_lines_beyond_the_tenth_are_fetched_in_their_order(account: Account, client: Client) -> None:
    whole = planted(account, "in_long", *range(100, 225))
    found = records(read(client, "line_item"))
    assert [each["amount"] for each in found] == list(range(100, 225))
    assert [each["position"] for each in found] == list(range(1, 126))
    assert {each["invoice"] for each in found} == {whole}
    assert records(read(client, "line_item", NOW)) == [each | {"event_created": seconds(NOW)} for each in found]


def test_a_drafts_lines_are_read_once_it_is_finalised(account: Account, client: Client, http: httpx.Client) -> None:
    key = draft(http, 100, 200)["id"]
    assert keys(read(client, "invoice")) == [key]
    assert keys(read(client, "line_item")) == keys(read(client, "line_item", NOW)) == []
    account.advance(minutes=1)
    post(http, f"invoices/{key}/finalize")
    found = records(read(client, "line_item", NOW))
    assert [(each["amount"], each["id"].startswith("il_tmp_")) for each in found] == [(100, False), (200, False)]
    assert {each["event_created"] for each in found} == {seconds(account.at[0])}


def test_taxes_know_their_line_their_invoice_and_their_place(client: Client, http: httpx.Client) -> None:
    rates = {"default_tax_rates[0]": rate(http, "5"), "default_tax_rates[1]": rate(http, "9.975")}
    key = opened(http, 10000, 20000, **rates)["id"]
    found = records(read(client, "line_item_tax"))
    lines = keys(read(client, "line_item"))
    assert [(each["line_item"], each["position"], each["amount"]) for each in found] == [
        (lines[0], 1, 500),
        (lines[0], 2, 998),
        (lines[1], 1, 1000),
        (lines[1], 2, 1995),
    ]
    assert {each["invoice"] for each in found} == {key}


def test_taxes_taken_back_know_their_credit_note(client: Client, http: httpx.Client) -> None:
    agree(http)
    (tax,) = records(read(client, "credit_note_line_tax"))
    (line,) = records(read(client, "credit_note_line"))
    (note,) = records(read(client, "credit_note"))
    assert (tax["credit_note_line_item"], tax["credit_note"], tax["amount"]) == (line["id"], note["id"], 130)
    assert (line["credit_note"], line["amount"], note["total"], note["total_excluding_tax"]) == (note["id"], 1000, 1130, 1000)


def test_a_canceled_subscription_is_changed_and_not_deleted(account: Account, client: Client, http: httpx.Client) -> None:
    made = subscribe(http, seat(http))["id"]
    account.advance(minutes=1)
    http.delete(f"/v1/subscriptions/{made}")
    pages = read(client, "subscription", NOW)
    assert [(each["id"], each["status"]) for each in records(pages)] == [(made, "canceled")]
    assert keys(pages, is_deleted=True) == []
    assert keys(read(client, "subscription")) == [made]


def test_a_changed_item_comes_with_its_subscription_and_one_taken_out_as_a_tombstone(
    account: Account, client: Client, http: httpx.Client
) -> None:
    made = subscribe(http, seat(http), **{"items[1][price]": seat(http, "SKU-2"), "items[1][quantity]": 1})
    kept, gone = (each["id"] for each in made["items"]["data"])
    account.advance(minutes=1)
    post(http, f"subscriptions/{made['id']}", **{"items[0][id]": kept, "items[0][quantity]": 12})
    account.state.delete("subscription_item", gone, account.at[0])
    pages = read(client, "subscription_item", account.at[0])
    assert [(each["id"], each["quantity"], each["subscription"]) for each in records(pages)] == [(kept, 12, made["id"])]
    assert keys(pages, is_deleted=True) == [gone]


def test_prices_that_are_not_offered_are_read_too(account: Account, client: Client, http: httpx.Client) -> None:
    offered = seat(http)
    agree(http)
    post(http, f"prices/{seat(http, 'SKU-3')}", active="false")
    found = {each["id"]: each["active"] for each in records(read(client, "price"))}
    assert (len(found), found[offered], sorted(found.values())) == (4, True, [False, False, True, True])
    assert read(client, "price")[-1].read_to == NOW


def test_what_waits_to_be_billed_is_listed_each_time(account: Account, client: Client, http: httpx.Client) -> None:
    waiting = item(http, amount=500, description="Setup")["id"]
    account.advance(hours=1)
    post(http, f"invoiceitems/{waiting}", amount=700)
    assert account.told(waiting) == ["invoiceitem.created"]
    assert [(each["id"], each["amount"]) for each in records(read(client, "invoiceitem", account.at[0]))] == [(waiting, 700)]


def test_money_that_paid_comes_by_its_event(account: Account, client: Client, http: httpx.Client) -> None:
    key = opened(http, 900)["id"]
    account.advance(hours=1)
    post(http, f"invoices/{key}/pay")
    before = client.requests
    (paid,) = records(read(client, "invoice_payment", account.at[0]))
    assert (paid["invoice"], paid["status"], paid["amount_paid"], client.requests - before) == (key, "paid", 900, 3)


@pytest.mark.parametrize("step", ["void", "pay"])
def test_a_payment_called_off_without_an_event_is_listed_with_its_invoice(
    account: Account, client: Client, http: httpx.Client, step: str
) -> None:
    key = opened(http, 900)["id"]
    account.advance(hours=1)
    post(http, f"invoices/{key}/{step}", **({"paid_out_of_band": "true"} if step == "pay" else {}))
    (canceled,) = records(read(client, "invoice_payment", account.at[0]))
    assert (canceled["invoice"], canceled["status"], canceled["event_created"]) == (
        key,
        "canceled",
        seconds(account.at[0]),
    )


def test_a_refund_and_its_failure_are_told(account: Account, client: Client, http: httpx.Client) -> None:
    agree(http)
    (refund,) = records(read(client, "refund"))
    account.advance(minutes=1)
    account.plant("refund", refund["id"], status="failed")
    (failed,) = records(read(client, "refund", account.at[0]))
    assert (failed["id"], failed["status"]) == (refund["id"], "failed")


@pytest.mark.proves("delete")
def test_after_thirty_days_the_living_are_named(account: Account, client: Client, http: httpx.Client) -> None:
    made, gone = subscribe(http, seat(http)), draft(http, 100)["id"]
    account.advance(days=1)
    http.delete(f"/v1/invoices/{gone}")
    account.advance(days=35)
    for table, key in (("invoice", made["latest_invoice"]), ("subscription_item", made["items"]["data"][0]["id"])):
        named = [page for page in read(client, table, NOW) if page.names_living]
        living = {record["id"] for page in named for record in json.loads(page.body)["data"]}
        assert key in living
        assert gone not in living


@pytest.mark.proves("resume")
def test_a_read_that_died_is_read_again_whole(account: Account, client: Client) -> None:
    for number in range(130):
        planted(account, f"in_{number:03}", number)
    with account.client(attempts=1) as dying:
        pages = source.pages(dying, STRIPE, STRIPE.tables["line_item"], Window(None))
        first = next(pages)
        account.fault("reset", match="invoices")
        with pytest.raises(Transient):
            list(pages)
    assert (len(records([first])), first.read_to) == (100, None)
    again = keys(read(client, "line_item"))
    assert (len(again), len(set(again))) == (130, 130)


@pytest.mark.proves("late_commit")
def test_an_event_that_came_late_is_read_by_the_overlap(account: Account, client: Client, http: httpx.Client) -> None:
    made = subscribe(http, seat(http))["id"]
    account.advance(hours=1)
    read_to = read(client, "subscription", NOW)[-1].read_to
    assert read_to == account.at[0]
    late = read_to - timedelta(minutes=5)
    account.state.update("subscription", made, {"description": "late"}, late)
    account.advance(minutes=5)
    (found,) = records(read(client, "subscription", read_to - STRIPE.overlap))
    assert (found["description"], found["event_created"]) == ("late", seconds(late))


@pytest.mark.proves("pages", "ties")
def test_events_of_one_second_over_several_pages_are_each_read_once(account: Account, client: Client) -> None:
    account.advance(minutes=1)
    made = [f"SKU-{number:03}" for number in range(230)]
    for key in made:
        account.add("product", id=key, name=key, updated=0)
    pages = read(client, "product", account.at[0])
    assert sorted(keys(pages)) == made
    assert CUSTOMER not in keys(pages)


@pytest.mark.proves("delete")
def test_what_is_gone_when_it_is_looked_up_is_a_tombstone(account: Account, client: Client, http: httpx.Client) -> None:
    post(http, "products", id="SKU-1", name="Seat")
    account.state.db.execute("update event set api_version = '2020-08-27'")
    account.state.db.execute("delete from product")
    assert keys(read(client, "product", NOW), is_deleted=True) == ["SKU-1"]
