"""What a sweep of the account finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.netsuite import source
from q2c_pipelines.platforms.page import Window
from tests.platforms.netsuite.conftest import CUSTOMER, NOW, ONCE, ORDER, RECURRING, Account
from tests.platforms.sweeping import Sweeping

NETSUITE = spec.load("netsuite")
SWEPT = [name for name, table in NETSUITE.tables.items() if table.cursor]


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, NETSUITE, partial(source.pages, client, NETSUITE), NOW)


@pytest.mark.parametrize("table", SWEPT)
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


def test_what_is_not_read_is_not_missing(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("transaction")
    account.state.insert("transaction", {"id": 9, "type": "PurchOrd"}, NOW.replace(year=2025), by="sandbox")
    assert sweeping.find("transaction") == (0, [])


def test_a_record_that_no_read_told_is_found(sweeping: Sweeping) -> None:
    sweeping.hold("item", without=[RECURRING])
    assert sweeping.find("item") == (1, [])


def test_a_delete_that_nobody_told_is_found(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("item")
    account.state.db.execute("delete from item where id = ?", (ONCE,))
    assert sweeping.find("item") == (0, [ONCE])


def test_a_line_that_was_taken_out_of_its_document_is_found(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("transactionline")
    account.state.db.execute("delete from transactionline where id = 2")
    assert sweeping.find("transactionline") == (0, [(ORDER, 2)])


def test_where_no_record_is_left_all_are_gone(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("customer")
    account.state.db.execute("delete from customer")
    assert sweeping.find("customer") == (0, [CUSTOMER])


def test_what_changes_meanwhile_is_no_finding(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("customer")

    def meanwhile() -> None:
        account.state.insert("customer", {"id": 9, "entityid": "NEW", "currency": 1, "subsidiary": 1}, account.at[0], by="sandbox")
        account.state.delete("customer", CUSTOMER, account.at[0], by="sandbox")

    assert sweeping.find("customer", meanwhile) == (0, [])


def test_the_living_are_named_page_by_page_by_their_keys_alone(account: Account, client: Client) -> None:
    lines = [(ORDER * 10_000 + n, ORDER, n) for n in range(3, 1203)]
    account.state.db.executemany('insert into transactionline (uniquekey, "transaction", id) values (?, ?, ?)', lines)
    pages = source.pages(client, NETSUITE, NETSUITE.tables["transactionline"], Window(NOW, is_sweep=True))
    named = [page.body for page in pages if page.names_living]
    assert [body.count(b'"id"') for body in named] == [1000, 203]
    assert b"quantity" not in named[0]
