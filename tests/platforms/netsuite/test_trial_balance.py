"""The trial balance that the account adds up is that of its own entries."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.netsuite import source, suiteql
from q2c_pipelines.platforms.netsuite.emulator import chart, ledger
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.netsuite.conftest import NOW, Account

NETSUITE = spec.load("netsuite")
TABLE = NETSUITE.tables["trial_balance"]
OCTOBER, NOVEMBER = chart.period_id(2026, 10), chart.period_id(2026, 11)


def post(account: Account, key: int, period: int, amount: float, kind: str = "Journal") -> None:
    """A transaction with one entry in account 1200 and its counterpart in 2500."""
    account.state.insert("transaction", {"id": key, "type": kind, "postingperiod": period}, NOW, by="sandbox")
    line = {"uniquekey": key * 10_000, "transaction": key, "id": 0, "subsidiary": chart.SUBSIDIARY, "mainline": "T"}
    account.state.insert("transactionline", line, NOW, by="sandbox")
    for number, (code, value) in enumerate([("1200", amount), ("2500", -amount)]):
        ledger.entry(account.state, key, number, ledger.account(account.state, code), value)


def asked(client: Client) -> list[Page]:
    return list(source.pages(client, NETSUITE, TABLE, Window()))


def sums(client: Client) -> dict[tuple[int, int], tuple[int, Decimal, Decimal]]:
    """Transactions, debits and credits by account and period."""
    found = {}
    for page in asked(client):
        checked = check(page, NETSUITE, TABLE)
        assert (checked.rejected, checked.new_columns) == ([], ())
        if not page.names_living:
            found |= {(row["account"], row["postingperiod"]): row for row in checked.rows.to_dicts()}
    return {key: (row["transactions"], row["debit"], row["credit"]) for key, row in found.items()}


def test_entries_are_added_up_by_account_and_period(account: Account, client: Client) -> None:
    post(account, 1001, OCTOBER, 0.1)
    post(account, 1002, OCTOBER, 0.2)
    post(account, 1003, NOVEMBER, 100)
    post(account, 1004, NOVEMBER, 9, kind="VendBill")
    receivable, deferred = (ledger.account(account.state, code) for code in ("1200", "2500"))
    assert sums(client) == {
        (receivable, OCTOBER): (2, Decimal("0.3"), 0),
        (receivable, NOVEMBER): (1, Decimal(100), 0),
        (deferred, OCTOBER): (2, 0, Decimal("0.3")),
        (deferred, NOVEMBER): (1, 0, Decimal(100)),
    }


def test_every_group_comes_once_over_several_pages(account: Account, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suiteql, "PAGE", 3)
    periods = [chart.period_id(2026, month) for month in range(1, 5)]
    for number, period in enumerate(periods):
        post(account, 2000 + number, period, 1)
    named = Counter(
        (row["account"], row["postingperiod"])
        for page in asked(client)
        if page.names_living
        for row in json.loads(page.body)["items"]
    )
    assert (len(named), set(named.values())) == (8, {1})


def test_an_account_that_posts_nothing_says_so(client: Client) -> None:
    assert [page.names_living for page in asked(client)] == [False, True]
