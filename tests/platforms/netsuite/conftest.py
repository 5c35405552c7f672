"""A pretended account with one customer, two items and an order, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.netsuite import connection, emulator
from q2c_pipelines.platforms.netsuite.emulator import chart
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=30)
CUSTOMER, RECURRING, ONCE, ORDER = 107, 201, 202, 647
CRM_ID = "0015g0000000001AAA"


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def credentials() -> dict[str, str]:
    return {"client_id": "q2c-client_id", "certificate_id": "q2c-certificate_id", "private_key": private_key()}


@dataclass
class Account:
    """The account under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        self.at[0] += timedelta(**span)

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def plant(self, table: str, key: Any, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def close(self, month: datetime, flag: str = "closed") -> None:
        self.plant("accountingperiod", chart.period_id(month.year, month.month), **{flag: "T"})

    def count(self, kind: str) -> int:
        return int(self.state.select('select count(*) as n from "transaction" where type = ?', (kind,))[0]["n"])

    def writes(self) -> int:
        """How many changes the API made."""
        return int(self.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"])

    def balances(self, transaction: Any) -> dict[str, float]:
        """What a document books, by account number."""
        sql = """select acctnumber, sum(amount) as amount from transactionaccountingline
            join account on account.id = account where "transaction" = ? group by 1"""
        return {row["acctnumber"]: round(row["amount"], 2) for row in self.state.select(sql, (transaction,))}

    def connection(self, **changed: str) -> Connection:
        return Connection(self.base_url, credentials() | changed, emulator.SETTINGS)

    def client(self, attempts: int = 6, **changed: str) -> Client:
        return Client(spec.load("netsuite"), self.connection(**changed), attempts=attempts)


@pytest.fixture
def account() -> Iterator[Account]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], credentials())
    app = emulator.application(emulation)
    furnish(state)
    with serving(app) as base_url:
        yield Account(emulation, base_url, at)


@pytest.fixture
def client(account: Account) -> Iterator[Client]:
    with account.client() as client:
        yield client


@pytest.fixture
def http(account: Account) -> Iterator[httpx.Client]:
    """The bare protocol, signed in."""
    with httpx.Client(base_url=account.base_url, auth=connection.auth(account.connection())) as http:
        yield http


def furnish(state: State) -> None:
    """The chart of accounts, a customer, a recurring and a one-time item, and an order of both."""
    for table, frame in chart.frames().items():
        state.load(table, frame)

    def add(table: str, **values: Any) -> None:
        state.insert(table, values, EARLY, by="sandbox")

    named = {"externalid": CRM_ID, "entityid": "CUST1", "companyname": "Acme", "email": "ap@acme.example", "isperson": "F"}
    add("entityaddress", nkey=CUSTOMER, addr1="1 Main St", city="Reno", state="NV", zip="89501", country="US", recordowner=CUSTOMER)
    owned = {
        "subsidiary": chart.SUBSIDIARY,
        "currency": chart.USD,
        "terms": 2,
        "defaultbillingaddress": CUSTOMER,
        "isinactive": "F",
    }
    add("customer", id=CUSTOMER, **named, **owned)
    service = {"itemtype": "Service", "subtype": "Sale", "isinactive": "F", "subsidiary": chart.SUBSIDIARY}
    add("item", id=RECURRING, itemid="SKU-0001", incomeaccount=401, deferralaccount=251, **service)
    add("item", id=ONCE, itemid="SKU-0002", incomeaccount=411, **service)
    agreed = {"tranid": "SO00000042", "trandate": "2026-10-06", "startdate": "2026-10-07", "enddate": "2027-10-06", "voided": "F"}
    refs = {"otherrefnum": "Q-00000042", "custbody_quote_id": "a0q42"}
    add("transaction", id=ORDER, type="SalesOrd", status="F", entity=CUSTOMER, currency=1, posting="F", **agreed, **refs)
    shared = {"transaction": ORDER, "subsidiary": 1, "department": 3, "taxline": "F"}
    add("transactionline", uniquekey=ORDER * 10_000, id=0, linesequencenumber=0, mainline="T", **shared)
    for number, (item, quantity, rate) in enumerate([(RECURRING, 10, 120.0), (ONCE, 1, 500.0)], start=1):
        amounts = {"quantity": -quantity, "rate": rate, "foreignamount": -quantity * rate}
        own = {"uniquekey": ORDER * 10_000 + number, "id": number, "linesequencenumber": number, "mainline": "F"}
        add("transactionline", item=item, **own, **amounts, **shared)
