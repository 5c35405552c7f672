"""A pretended account with one committed tax document, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.avalara import connection, emulator
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, Row, State
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=10)
INVOICE, DOCUMENT, CUSTOMER = "INV00000049", 100_000_049, "0015g0000000001AAA"
CREDENTIALS = {"account_id": "2000002513", "license_key": "6A7B8C"}
TRANSACTIONS = "/api/v2/companies/Q2CUS/transactions"
ONE = f"{TRANSACTIONS}/{INVOICE}"
DECLARED = spec.load("avalara")
# what the client keeps of the vendor's limits is tested elsewhere; here it would only cost time
AVALARA = DECLARED.model_copy(update={"limits": DECLARED.limits.model_copy(update={"requests_per_second": 10_000})}).placed(
    {"company_code": "Q2CUS"}
)


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

    def plant(self, table: str, key: int, **values: Any) -> Row:
        return self.state.update(table, key, values, self.at[0], by="sandbox")

    def add(self, key: int, at: datetime | None = None, **values: Any) -> int:
        """A committed document with one line, recorded at that time."""
        made = at or self.at[0]
        stamp = f"{made:%Y-%m-%dT%H:%M:%S}"
        header = {"id": key, "code": f"INV{key}", "companyId": COMPANY["id"], "date": f"{made:%Y-%m-%d}", "status": "Committed"}
        header |= {"taxDate": f"{made:%Y-%m-%d}", "type": "SalesInvoice", "currencyCode": "USD", "customerCode": CUSTOMER}
        money = {"totalAmount": 100, "totalTaxable": 100, "totalTax": 6.85, "totalTaxCalculated": 6.85}
        stored = header | money | {"country": "US", "region": "NV", "modifiedDate": stamp} | values
        self.state.insert("transaction", stored, made, by="sandbox")
        own = {"transactionId": key, "taxableAmount": 100, "tax": 6.85, "taxCalculated": 6.85}
        line = {"id": key, "lineNumber": "1", "itemCode": "SKU-0001", "lineAmount": 100, "taxCode": "P0000000"}
        self.state.insert("line", own | line, made, by="sandbox")
        where = {"country": "US", "region": "NV", "jurisCode": "32", "jurisName": "NEVADA", "jurisType": "STA"}
        detail = {"id": key, "transactionLineId": key, "rate": 0.0685, "taxName": "NV STATE TAX"}
        self.state.insert("detail", own | where | detail, made, by="sandbox")
        return key

    def customer(self, key: int, at: datetime | None = None, **values: Any) -> int:
        """A customer that was made at that time."""
        made = at or self.at[0]
        stamp = f"{made:%Y-%m-%dT%H:%M:%S}"
        named = {"id": key, "companyId": COMPANY["id"], "customerCode": f"c{key}", "name": "Acme", "createdDate": stamp}
        self.state.insert("customer", named | {"modifiedDate": stamp} | values, made, by="sandbox")
        return key

    def versions(self, code: str = INVOICE) -> list[tuple[int, str]]:
        """Version and status of every version of a document."""
        rows = self.state.select('select version, status from "transaction" where code = ? order by version', (code,))
        return [(row["version"], row["status"]) for row in rows]

    def connection(self) -> Connection:
        return Connection(self.base_url, CREDENTIALS, {"company_code": "Q2CUS"})

    def client(self, attempts: int = 6) -> Client:
        return Client(AVALARA, self.connection(), attempts=attempts)


@pytest.fixture
def account() -> Iterator[Account]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], CREDENTIALS)
    with serving(emulator.application(emulation)) as base_url:
        account = Account(emulation, base_url, at)
        account.add(DOCUMENT, EARLY, code=INVOICE)
        yield account


@pytest.fixture
def client(account: Account) -> Iterator[Client]:
    with account.client() as client:
        yield client


@pytest.fixture
def http(account: Account) -> Iterator[httpx.Client]:
    """The bare protocol, signed in."""
    with httpx.Client(base_url=account.base_url, auth=connection.auth(account.connection())) as http:
        yield http
