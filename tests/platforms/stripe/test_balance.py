"""The balance that the account says it has is what its own transactions come to."""

from __future__ import annotations

from decimal import Decimal

import httpx

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.stripe import source
from tests.platforms.stripe.conftest import CHARGE, EARLY, NOW, TRANSACTION, Account, seconds

STRIPE = spec.load("stripe")


def balances(client: Client) -> dict[str, Decimal]:
    """What the account has, by currency; what is named as living is the same."""
    table = STRIPE.tables["balance"]
    pages = list(source.pages(client, STRIPE, table, Window()))
    checked = [check(page, STRIPE, table) for page in pages]
    assert [(each.rejected, each.new_columns) for each in checked] == [([], ())] * 2
    assert [page.names_living for page in pages] == [False, True]
    assert set(checked[0].rows["currency"]) == set(checked[1].rows["currency"])
    return {row["currency"]: row["amount"] for row in checked[0].rows.to_dicts()}


def test_charges_add_and_refunds_and_fees_take_away(account: Account, client: Client, http: httpx.Client) -> None:
    assert balances(client) == {"usd": 58230}
    http.post("/v1/refunds", data={"charge": CHARGE, "amount": "10000"}).raise_for_status()
    booked = {"amount": 500, "fee": 45, "net": 455, "currency": "cad", "type": "charge", "available_on": seconds(NOW) + 1}
    account.add("balance_transaction", id="txn_cad", source="ch_cad", **booked)
    assert balances(client) == {"usd": 48230, "cad": 455}


def test_what_clears_moves_no_money(account: Account, client: Client, http: httpx.Client) -> None:
    account.plant("balance_transaction", TRANSACTION, available_on=seconds(NOW) + 3600)
    assert http.get("/v1/balance").json()["pending"][0]["amount"] == 58230
    account.advance(hours=1)
    assert http.get("/v1/balance").json()["pending"][0]["amount"] == 0
    assert balances(client) == {"usd": 58230}


def test_an_account_that_nothing_moved_has_none(account: Account, client: Client) -> None:
    account.state.delete("balance_transaction", TRANSACTION, EARLY, by="sandbox")
    assert balances(client) == {}


def test_the_balance_takes_no_parameters(http: httpx.Client) -> None:
    assert http.get("/v1/balance", params={"currency": "usd"}).status_code == 400
