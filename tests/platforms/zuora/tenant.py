"""A pretended tenant with a small catalogue and one customer, and how to serve it on an ephemeral port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.zuora import connection
from q2c_pipelines.platforms.zuora.emulator.access import Gateway

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
CREDENTIALS = {"client_id": "q2c", "client_secret": "only for tests"}
CATALOG = {
    "Product": {"id": "p1", "productNumber": "PC-1", "name": "Platform", "sKU": "SKU-0001"},
    "ProductRatePlan": {"id": "prp1", "productRatePlanNumber": "PRP-1", "productId": "p1", "name": "Platform Month"},
}
SOLD = {"effectiveStartDate": "2020-01-01", "effectiveEndDate": "2050-01-01"}


@dataclass
class Tenant:
    """The tenant under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    gateway: Gateway
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        self.at[0] += timedelta(**span)

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def add(self, table: str, **values: Any) -> None:
        self.state.insert(table, values, self.at[0], by="sandbox")

    def writes(self, table: str) -> int:
        """How many records of a table the API made or changed."""
        found = self.state.select("select count(*) as n from _effects where by = 'api' and table_name = ?", (table,))
        return int(found[0]["n"])

    def connection(self, **credentials: str) -> Connection:
        return Connection(self.base_url, CREDENTIALS | credentials)

    def http(self) -> httpx.Client:
        """A bare client that is signed in, for calls that q2c itself does not make."""
        return httpx.Client(base_url=self.base_url, auth=connection.auth(self.connection()))

    def client(self, attempts: int = 6, **credentials: str) -> Client:
        return Client(spec.load("zuora"), self.connection(**credentials), attempts=attempts)


def furnish(state: State) -> None:
    """A customer, a recurring and a one-time product, a posted invoice."""
    early = NOW - timedelta(days=30)

    def add(table: str, **values: Any) -> None:
        state.insert(table, values, early, by="sandbox")

    add("Contact", id="c1", accountId="a1", firstName="Accounts", lastName="Payable", workEmail="pay@acme.example", city="Reno")
    named = {"accountNumber": "A00000101", "name": "Acme", "crmId": "001A", "paymentTerm": "Net 30"}
    add("Account", id="a1", billToId="c1", soldToId="c1", status="Active", currency="USD", balance=0, **named)
    for table, values in CATALOG.items():
        add(table, **values, **SOLD)
    recurring = {"chargeType": "Recurring", "billingPeriod": "Month", "chargeModel": "Per Unit Pricing"}
    add("ProductRatePlanCharge", id="prpc1", productRatePlanId="prp1", name="Platform", **recurring)
    add("ProductRatePlanChargeTier", id="t1", productRatePlanChargeId="prpc1", currency="USD", price=30.0, tier=1)
    add("Product", id="p2", productNumber="PC-2", name="Setup", sKU="SKU-0002", **SOLD)
    add("ProductRatePlan", id="prp2", productRatePlanNumber="PRP-2", productId="p2", name="Setup Once", **SOLD)
    once = {"chargeType": "OneTime", "chargeModel": "Per Unit Pricing"}
    add("ProductRatePlanCharge", id="prpc2", productRatePlanId="prp2", name="Setup", **once)
    add("ProductRatePlanChargeTier", id="t2", productRatePlanChargeId="prpc2", currency="USD", price=500.0, tier=1)
    posted = {"status": "Posted", "currency": "USD", "amount": 250.0, "balance": 250.0, "taxAmount": 0, "reversed": False}
    add("Invoice", id="i1", invoiceNumber="INV00000001", accountId="a1", invoiceDate="2026-10-01", dueDate="2026-10-31", **posted)
