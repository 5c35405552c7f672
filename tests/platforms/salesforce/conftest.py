"""A pretended org with one won deal, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.salesforce import emulator
from q2c_pipelines.platforms.salesforce.connection import DATA
from q2c_pipelines.platforms.salesforce.emulator.application import ORG
from q2c_pipelines.platforms.salesforce.emulator.ids import safe
from q2c_pipelines.platforms.salesforce.emulator.org import Org
from tests.platforms.served import serving

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
ACCOUNT, CONTACT, OPPORTUNITY = safe("0010000000Acme1"), safe("0030000000Acme1"), safe("0060000000Deal1")
PRODUCT, BOOK, ENTRY = safe("01t0000000Prod1"), safe("01s0000000Book1"), safe("01u0000000Entr1")
QUOTE, QUOTE_LINE, ORDER, ITEM = safe("a0q0000000Quot1"), safe("a0r0000000Line1"), safe("8010000000Ordr1"), safe("8020000000Item1")
WON_DEAL: dict[str, dict[str, Any]] = {
    "Account": {"Id": ACCOUNT, "Name": "Acme Ltd", "Phone": "1", "BillingCity": "Boston"},
    "Contact": {"Id": CONTACT, "AccountId": ACCOUNT, "LastName": "Doe", "Email": "ap@acme.example"},
    "Product2": {"Id": PRODUCT, "Name": "Platform", "ProductCode": "SKU-0001", "IsActive": 1, "SBQQ__ChargeType__c": "Recurring"},
    "Pricebook2": {"Id": BOOK, "Name": "Standard Price Book", "IsActive": 1, "IsStandard": 1},
    "PricebookEntry": {"Id": ENTRY, "Pricebook2Id": BOOK, "Product2Id": PRODUCT, "UnitPrice": 100.0, "IsActive": 1},
    "Opportunity": {
        "Id": OPPORTUNITY,
        "AccountId": ACCOUNT,
        "Name": "Acme #1",
        "StageName": "Closed Won",
        "CloseDate": "2026-10-01",
    },
    "SBQQ__Quote__c": {
        "Id": QUOTE,
        "SBQQ__Opportunity2__c": OPPORTUNITY,
        "SBQQ__Account__c": ACCOUNT,
        "SBQQ__SubscriptionTerm__c": 12,
    },
    "SBQQ__QuoteLine__c": {
        "Id": QUOTE_LINE,
        "SBQQ__Quote__c": QUOTE,
        "SBQQ__Product__c": PRODUCT,
        "SBQQ__Quantity__c": 3,
        "SBQQ__NetPrice__c": 1100.1,
    },
    "Order": {"Id": ORDER, "AccountId": ACCOUNT, "EffectiveDate": "2026-10-01", "Status": "Draft", "SBQQ__Quote__c": QUOTE},
    "OrderItem": {"Id": ITEM, "OrderId": ORDER, "PricebookEntryId": ENTRY, "Quantity": 3, "UnitPrice": 1100.1},
}


@dataclass
class Company:
    """The org under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    org: Org
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> datetime:
        self.at[0] += timedelta(**span)
        return self.at[0]

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def add(self, table: str, **values: Any) -> str:
        return str(self.state.insert(table, values, self.at[0], by="sandbox")["Id"])

    def accounts(self, count: int, first: int = 0) -> list[str]:
        """Adds accounts that all share one stamp."""
        with self.state.transaction():
            return [self.add("Account", Id=safe(f"001{n:012d}"), Name=f"A{n}") for n in range(first, first + count)]

    def writes(self, table: str) -> int:
        """How many records of a table the API made or changed."""
        found = self.state.select("select count(*) as n from _effects where by = 'api' and table_name = ?", (table,))
        return int(found[0]["n"])

    def connection(self, **credentials: str) -> Connection:
        return Connection(self.base_url, dict(self.emulation.credentials) | credentials)

    def client(self, attempts: int = 6, **credentials: str) -> Client:
        return Client(quick(), self.connection(**credentials), attempts=attempts)


@dataclass
class Api:
    """The org's HTTP as any client sees it, with a session."""

    http: httpx.Client

    def __call__(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.http.request(method, path if path.startswith("/services") else f"{DATA}/{path}", **how)

    def query(self, soql: str, verb: str = "query", **headers: str) -> Any:
        return self("GET", verb, params={"q": soql}, headers=headers).json()


def quick(**changes: Any) -> spec.Platform:
    """The platform as declared, with limits that a test does not feel."""
    limits = spec.Limits(requests_per_second=10_000, write_reserve=0.5)
    return spec.load("salesforce").model_copy(update={"limits": limits, **changes})


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


@pytest.fixture
def company() -> Iterator[Company]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], {"consumer_key": "q2c", "consumer_secret": "only for tests"})
    for table, values in WON_DEAL.items():
        state.insert(table, values, NOW - timedelta(days=1), by="sandbox")
    app = emulator.application(emulation)
    with serving(app) as base_url:
        yield Company(emulation, app[ORG], base_url, at)


@pytest.fixture
def api(company: Company) -> Iterator[Api]:
    with httpx.Client(base_url=company.base_url, headers={"Authorization": f"Bearer {company.org.new_token()}"}) as http:
        yield Api(http)
