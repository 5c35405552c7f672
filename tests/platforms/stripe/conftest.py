"""A pretended account with one customer and one payment, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, Row, State
from q2c_pipelines.platforms.stripe import connection, emulator
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=10)
KEY = "sk_test_51secret"
CUSTOMER, INTENT, CHARGE, TRANSACTION = "cus_acme", "pi_acme", "ch_acme", "txn_acme"
PAYOUT = "po_acme"
CRM_ID = "0015g0000000001AAA"
ADDRESS = {"line1": "1 Main St", "line2": None, "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US"}


def seconds(at: datetime) -> int:
    return int(at.timestamp())


@dataclass
class Account:
    """The account under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]
    app: web.Application

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        """Time passes, and what it does by itself is done."""
        before = self.at[0]
        self.at[0] += timedelta(**span)
        emulator.tick(self.emulation, before, self.at[0])

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def plant(self, table: str, key: str, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def add(self, table: str, at: datetime | None = None, **values: Any) -> Row:
        """A record made at that time, with the events it makes."""
        made = at or self.at[0]
        return self.state.insert(table, {"created": seconds(made)} | values, made, by="sandbox")

    def writes(self) -> int:
        """How many changes the API made."""
        return int(self.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"])

    def told(self, key: str) -> list[str]:
        """The types of the events about one object, oldest first."""
        return [
            row["type"] for row in self.state.select("select type from event where _object = ? order by created, rowid", (key,))
        ]

    def connection(self, key: str = KEY) -> Connection:
        return Connection(self.base_url, {"api_key": key})

    def client(self, attempts: int = 6, key: str = KEY) -> Client:
        return Client(spec.load("stripe"), self.connection(key), attempts=attempts)


@contextmanager
def opened(key: str = KEY) -> Iterator[Account]:
    """An account that lets this key in."""
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], {"api_key": key})
    app = emulator.application(emulation)
    with serving(app) as base_url:
        account = Account(emulation, base_url, at, app)
        furnish(account)
        yield account


def signed_in(account: Account) -> httpx.Client:
    """The bare protocol, signed in."""
    return httpx.Client(base_url=account.base_url, auth=connection.auth(account.connection()))


@pytest.fixture(scope="session", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is encrypted here, and to read all authorities anew for every client takes longer than most tests."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("SSL_CERT_FILE", raising=False)
        environment.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@pytest.fixture
def account() -> Iterator[Account]:
    with opened() as account:
        yield account


@pytest.fixture
def client(account: Account) -> Iterator[Client]:
    with account.client() as client:
        yield client


@pytest.fixture
def http(account: Account) -> Iterator[httpx.Client]:
    """The bare protocol, signed in."""
    with signed_in(account) as http:
        yield http


def paid_out(account: Account) -> None:
    """The payment goes to the bank."""
    sent = {"amount": 58230, "currency": "usd", "arrival_date": seconds(NOW), "balance_transaction": "txn_out", "status": "paid"}
    account.add("payout", EARLY, id=PAYOUT, **sent)
    moved = {"amount": -58230, "fee": 0, "net": -58230, "currency": "usd", "type": "payout", "source": PAYOUT, "_payout": PAYOUT}
    account.add("balance_transaction", EARLY, id="txn_out", available_on=seconds(EARLY), **moved)
    account.plant("balance_transaction", TRANSACTION, _payout=PAYOUT)


def disputed(account: Account) -> None:
    """The bank takes a part of the payment back."""
    taken = {"amount": 100, "charge": CHARGE, "payment_intent": INTENT, "currency": "usd", "status": "lost", "reason": "fraudulent"}
    account.add("dispute", EARLY, id="dp_1", **taken)


def furnish(account: Account) -> None:
    """A customer of the CRM's, and a payment of it that went well."""
    named = {"name": "Acme", "email": "ap@acme.example", "phone": "+1 555", "address": ADDRESS, "invoice_prefix": "ACME0001"}
    account.add("customer", EARLY, id=CUSTOMER, metadata={"crm_id": CRM_ID}, **named)
    paid = {"amount": 60000, "currency": "usd", "customer": CUSTOMER, "metadata": {"invoice_number": "INV00000007"}}
    account.add("payment_intent", EARLY, id=INTENT, status="succeeded", amount_received=60000, latest_charge=CHARGE, **paid)
    taken = {"captured": True, "paid": True, "amount_captured": 60000, "balance_transaction": TRANSACTION}
    account.add("charge", EARLY, id=CHARGE, status="succeeded", payment_intent=INTENT, **taken, **paid)
    booked = {"amount": 60000, "fee": 1770, "net": 58230, "currency": "usd", "type": "charge", "source": CHARGE}
    account.add("balance_transaction", EARLY, id=TRANSACTION, available_on=seconds(EARLY) + 2 * 86_400, **booked)
