"""Reading an account over HTTP: lists, the event stream, deletions, and every way it can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.stripe import source
from q2c_pipelines.platforms.stripe.emulator.access import GATEWAY
from tests.platforms.stripe.billing import agree
from tests.platforms.stripe.conftest import (
    CHARGE,
    CRM_ID,
    CUSTOMER,
    EARLY,
    NOW,
    TRANSACTION,
    Account,
    disputed,
    opened,
    paid_out,
    signed_in,
)

STRIPE = spec.load("stripe")


def records(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.body)["data"]
    return found


def read(client: Client, table: str, since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, STRIPE, STRIPE.tables[table], Window(since))


def ids(pages: Iterable[Page]) -> tuple[list[str], list[str]]:
    living: list[str] = []
    deleted: list[str] = []
    for page in pages:
        (deleted if page.is_deleted else living).extend(row["id"] for row in records(page))
    return living, deleted


def customers(account: Account, count: int, at: datetime = NOW) -> list[str]:
    made = [f"cus_{number:04}" for number in range(count)]
    for key in made:
        account.add("customer", at, id=key, name=key)
    return made


@pytest.fixture(scope="module")
def complete() -> Iterator[Client]:
    """Reads an account that has a record of every table, and a deleted one."""
    with opened() as account, signed_in(account) as http, account.client() as client:
        customers(account, 1)
        account.state.delete("customer", "cus_0000", NOW)
        agree(http)
        paid_out(account)
        disputed(account)
        yield client


@pytest.mark.parametrize("table", sorted(STRIPE.tables))
@pytest.mark.parametrize("since", [None, EARLY])
def test_every_table_fits_its_declaration(complete: Client, table: str, since: datetime | None) -> None:
    found = 0
    for page in read(complete, table, since):
        checked = check(page, STRIPE, STRIPE.tables[table])
        assert (checked.rejected, checked.new_columns) == ([], ())
        assert len(checked.rows) == len(records(page))
        found += len(checked.rows)
    assert found


def test_types_survive_the_way_from_seconds_and_minor_units(client: Client) -> None:
    page = next(read(client, "charge"))
    row = check(page, STRIPE, STRIPE.tables["charge"]).rows.row(0, named=True)
    assert (row["id"], row["created"], row["amount"], row["livemode"]) == (CHARGE, EARLY, 60000, False)
    assert (row["customer"], row["metadata_invoice_number"], row["event_created"]) == (CUSTOMER, "INV00000007", None)


@pytest.mark.proves("pages", "ties")
def test_lists_hold_every_record_once_though_all_were_made_in_the_same_second(account: Account, client: Client) -> None:
    made = customers(account, 250)
    pages = list(read(client, "customer"))
    assert [len(records(page)) for page in pages] == [100, 100, 51]
    assert sorted(ids(pages)[0]) == sorted([*made, CUSTOMER])
    assert [page.read_to for page in pages] == [None, None, NOW]


def test_what_is_made_while_a_list_is_walked_is_brought_by_the_next_read(account: Account, client: Client) -> None:
    customers(account, 150)
    pages = read(client, "customer")
    first = next(pages)
    account.advance(minutes=5)
    account.add("customer", id="cus_late", name="Late")
    rest = list(pages)
    assert "cus_late" not in ids([first, *rest])[0]
    assert rest[-1].read_to == NOW
    assert "cus_late" in ids(read(client, "customer", rest[-1].read_to))[0]


def test_a_changed_record_comes_with_the_time_of_its_event(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.plant("customer", CUSTOMER, name="Acme Inc")
    (page, proof) = read(client, "customer", NOW)
    (row,) = check(page, STRIPE, STRIPE.tables["customer"]).rows.rows(named=True)
    assert (row["id"], row["name"], row["created"], row["event_created"]) == (CUSTOMER, "Acme Inc", EARLY, account.at[0])
    assert (row["metadata_crm_id"], records(proof), proof.read_to) == (CRM_ID, [], account.at[0])


def test_only_the_newest_of_several_changes_is_told(account: Account, client: Client) -> None:
    for number in range(3):
        account.advance(minutes=1)
        account.plant("customer", CUSTOMER, name=f"Acme {number}")
    (page, _) = read(client, "customer", NOW)
    assert [row["name"] for row in records(page)] == ["Acme 2"]


@pytest.mark.proves("ties")
def test_changes_of_one_second_are_settled_by_the_record_itself(account: Account, client: Client) -> None:
    account.advance(minutes=1)
    for number in range(5):
        account.plant("customer", CUSTOMER, name=f"Acme {number}")
    before = client.requests
    (page, _) = read(client, "customer", NOW)
    assert [row["name"] for row in records(page)] == ["Acme 4"]
    assert client.requests - before == 2


def test_an_event_in_another_version_is_not_taken_at_its_word(account: Account, client: Client) -> None:
    account.advance(minutes=1)
    account.plant("customer", CUSTOMER, name="Acme Inc")
    account.state.db.execute("update event set api_version = '2020-08-27', data = json_set(data, '$.object.name', 'old form')")
    (page, _) = read(client, "customer", NOW)
    assert [row["name"] for row in records(page)] == ["Acme Inc"]


@pytest.mark.proves("delete")
def test_a_deleted_customer_comes_as_a_tombstone(account: Account, client: Client) -> None:
    account.advance(minutes=1)
    account.plant("customer", CUSTOMER, name="Acme Inc")
    account.state.delete("customer", CUSTOMER, account.at[0])
    pages = list(read(client, "customer", NOW))
    assert ids(pages) == ([], [CUSTOMER])
    assert check(pages[0], STRIPE, STRIPE.tables["customer"]).rejected == []
    assert ids(read(client, "customer")) == ([], [])


def test_a_refund_brings_its_charge_again(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.plant("charge", CHARGE, amount_refunded=60000, refunded=True)
    (page, _) = read(client, "charge", NOW)
    assert [(row["id"], row["amount_refunded"], row["refunded"]) for row in records(page)] == [(CHARGE, 60000, True)]


def test_nothing_changed_proves_how_far_was_read(account: Account, client: Client) -> None:
    account.advance(hours=1)
    (page,) = read(client, "customer", NOW)
    assert (records(page), page.read_to) == ([], account.at[0])


def test_after_thirty_days_events_are_gone_and_everything_is_listed_anew(account: Account, client: Client) -> None:
    account.advance(minutes=1)
    account.plant("customer", CUSTOMER, name="Acme Inc")
    account.advance(days=31)
    assert account.told(CUSTOMER) == []
    pages = list(read(client, "customer", NOW))
    assert [row["name"] for page in pages for row in records(page)] == ["Acme Inc"]
    assert [page.read_to for page in pages] == [None, account.at[0]]


def test_the_stream_is_trusted_up_to_its_edge_only(account: Account, client: Client) -> None:
    inside = account.at[0] - timedelta(days=29)
    assert ids(read(client, "charge", inside))[0] == [CHARGE]
    account.advance(days=15)
    assert ids(read(client, "charge", account.at[0] - timedelta(days=20)))[0] == []
    assert ids(read(client, "charge", account.at[0] - timedelta(days=29, hours=23, minutes=30)))[0].count(CHARGE) == 2


def test_balance_transactions_never_change_and_are_listed_since(account: Account, client: Client) -> None:
    assert ids(read(client, "balance_transaction", EARLY))[0] == [TRANSACTION]
    assert ids(read(client, "balance_transaction", EARLY + timedelta(seconds=1)))[0] == []


@pytest.mark.proves("rate_limit", "server_error", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "lock_timeout", "server_error", "reset"])
def test_a_read_survives(account: Account, client: Client, kind: str) -> None:
    customers(account, 150)
    pages = read(client, "customer")
    first = next(pages)
    account.fault(kind, match="customers")
    assert len(ids([first, *pages])[0]) == 151


@pytest.mark.proves("rate_limit")
def test_too_many_requests_are_told_with_their_reason(account: Account) -> None:
    account.app[GATEWAY].per_second["read"] = 0
    with account.client(attempts=1) as client, pytest.raises(Transient, match="rate_limit") as told:
        list(read(client, "customer"))
    assert told.value.status == 429


@pytest.mark.proves("server_error")
def test_an_account_that_stays_down_is_reported_as_down(account: Account) -> None:
    account.fault("server_error")
    with account.client(attempts=1) as client, pytest.raises(Transient, match="Stripe: GET /v1/charges: 500 api_error"):
        list(read(client, "charge"))


def test_a_wrong_key_is_refused_with_what_to_check(account: Account) -> None:
    with account.client(key="sk_test_wrong") as client, pytest.raises(Unauthorized, match="check api_key"):
        list(read(client, "customer"))


def test_what_the_restricted_key_is_asked_for_is_enough_to_read_every_table() -> None:
    key = "rk_test_51secret"
    with opened(key) as account, account.client(key=key) as client:
        for table in STRIPE.tables:
            assert [page.table for page in read(client, table, EARLY)][-1] == table


def test_a_key_that_ran_out_is_refused_at_once(account: Account) -> None:
    account.fault("expired_token", times=5)
    with account.client() as client, pytest.raises(Unauthorized, match="api_key_expired"):
        list(read(client, "customer"))
    assert account.emulation.faults[0].times == 4


@pytest.mark.parametrize("since", [None, NOW])
def test_a_column_that_changes_its_type_is_named(account: Account, client: Client, since: datetime | None) -> None:
    account.advance(minutes=1)
    account.plant("customer", CUSTOMER, name="Acme Inc")
    account.fault("schema_change", table="customer", column="email", change="retype")
    page = next(read(client, "customer", since))
    assert "email" in check(page, STRIPE, STRIPE.tables["customer"]).rejected[0].reason
