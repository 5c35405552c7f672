"""What a sweep of the company finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import httpx
import pytest

from q2c_pipelines.platforms.avalara import source
from q2c_pipelines.platforms.client import Client
from tests.platforms.avalara.conftest import AVALARA, DOCUMENT, EARLY, NOW, ONE, Account
from tests.platforms.sweeping import Sweeping


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, AVALARA, partial(source.pages, client, AVALARA), NOW)


@pytest.mark.parametrize("table", AVALARA.tables)
def test_where_all_is_held_nothing_is_found(account: Account, http: httpx.Client, sweeping: Sweeping, table: str) -> None:
    account.customer(7, EARLY)
    account.add(7, EARLY, status="Cancelled")
    new = {"date": "2026-11-05", "customerCode": "c", "lines": [{"amount": 90}], "commit": True}
    new |= {"addresses": {"shipTo": {"region": "NV"}}}
    assert http.post(f"{ONE}/adjust", json={"adjustmentReason": "PriceAdjusted", "newTransaction": new}).status_code == 200
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


@pytest.mark.parametrize("table", ["transaction", "transaction_line", "transaction_detail"])
def test_a_record_that_no_read_told_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table, without=[DOCUMENT])
    assert sweeping.find(table) == (1, [])


def test_lines_that_were_replaced_and_nobody_told_are_found(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("transaction_line")
    account.state.db.execute("delete from line")
    assert sweeping.find("transaction_line") == (0, [DOCUMENT])


def test_a_delete_that_nobody_told_is_found(account: Account, sweeping: Sweeping) -> None:
    account.customer(7, EARLY)
    sweeping.hold("customer")
    account.state.db.execute("delete from customer")
    assert sweeping.find("customer") == (0, [7])


def test_what_changes_meanwhile_is_no_finding(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("transaction")

    def meanwhile() -> None:
        account.advance(minutes=1)
        account.add(7)
        account.plant("transaction", DOCUMENT, status="Cancelled")

    assert sweeping.find("transaction", meanwhile) == (0, [])
