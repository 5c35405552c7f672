"""What a sweep of the account finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.stripe import source
from tests.platforms.stripe.billing import agree, planted
from tests.platforms.stripe.conftest import CHARGE, CUSTOMER, NOW, Account, disputed, opened, paid_out, signed_in
from tests.platforms.sweeping import Sweeping

STRIPE = spec.load("stripe")


def sweeping_of(account: Account, client: Client, folder: Path) -> Sweeping:
    """A sweep an hour after all that is there came to be."""
    account.advance(hours=1)
    return Sweeping(folder, STRIPE, partial(source.pages, client, STRIPE), account.at[0])


@pytest.fixture
def sweeping(account: Account, client: Client, tmp_path: Path) -> Sweeping:
    return sweeping_of(account, client, tmp_path)


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweeping]:
    """Of an account that has a record of every table, and a deleted one."""
    with opened() as account, signed_in(account) as http, account.client() as client:
        account.add("customer", NOW, id="cus_gone")
        account.state.delete("customer", "cus_gone", NOW)
        agree(http)
        paid_out(account)
        disputed(account)
        yield sweeping_of(account, client, tmp_path_factory.mktemp("lake"))


@pytest.mark.parametrize("table", [name for name, table in STRIPE.tables.items() if not table.is_control])
def test_where_all_is_held_nothing_is_found(complete: Sweeping, table: str) -> None:
    assert complete.hold(table)
    assert complete.find(table) == (0, [])


def test_a_record_that_no_read_told_is_found(sweeping: Sweeping) -> None:
    sweeping.hold("charge", without=[CHARGE])
    assert sweeping.find("charge") == (1, [])


def test_a_part_that_no_read_told_is_found(account: Account, client: Client, tmp_path: Path) -> None:
    planted(account, "in_1", 100, 200)
    sweeping = sweeping_of(account, client, tmp_path)
    sweeping.hold("line_item", without=["il_in_1001"])
    assert sweeping.find("line_item") == (1, [])


def test_a_delete_that_nobody_told_is_found(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("customer")
    account.state.db.execute("delete from customer")
    assert sweeping.find("customer") == (0, [CUSTOMER])


def test_what_changes_meanwhile_is_no_finding(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("customer")

    def meanwhile() -> None:
        account.advance(minutes=1)
        account.add("customer", id="cus_new")
        account.state.delete("customer", CUSTOMER, account.at[0])

    assert sweeping.find("customer", meanwhile) == (0, [])


def test_what_goes_from_one_list_to_another_meanwhile_is_not_gone(
    account: Account, client: Client, http: httpx.Client, tmp_path: Path
) -> None:
    agree(http)
    sweeping = sweeping_of(account, client, tmp_path)
    keys: list[Any] = sweeping.hold("price")
    account.state.db.execute("update price set active = 0")

    def meanwhile() -> None:
        account.advance(minutes=1)
        for key in keys:
            account.state.update("price", key, {"active": True}, account.at[0])

    assert sweeping.find("price", meanwhile) == (0, [])


def test_the_position_is_where_the_changes_end(account: Account, client: Client) -> None:
    account.advance(hours=1)
    for table in ("charge", "balance_transaction"):
        pages = list(source.pages(client, STRIPE, STRIPE.tables[table], Window(NOW, is_sweep=True)))
        assert [page.read_to for page in pages if page.names_living] == [None]
