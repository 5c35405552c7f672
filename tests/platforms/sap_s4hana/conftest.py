"""A pretended system with one customer, two products and an order, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.sap_s4hana import connection, emulator
from q2c_pipelines.platforms.sap_s4hana.emulator import chart
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=30)
CUSTOMER, RECURRING, ONCE, ORDER = "17100001", "SKU-0001", "SKU-0002", "4711"
CRM_ID = "0015g0000000001AAA"
CREDENTIALS = {"user": "Q2C_USER", "password": "a password: with colon"}
ACCOUNTS = {
    "bank": "18000000",
    "clearing": "14600000",
    "receivable": "12000000",
    "deferred_revenue": "39000000",
    "subscription_revenue": "44000000",
    "services_revenue": "44010000",
    "processor_fees": "68550000",
    "tax_payable": "38060000",
}


@dataclass
class Account:
    """The system under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        before = self.at[0]
        self.at[0] += timedelta(**span)
        emulator.tick(self.emulation, before, self.at[0])

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def plant(self, table: str, key: Any, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def close(self, month: datetime) -> None:
        self.state.db.execute("insert into _closed_period values (?)", (f"{month:%Y-%m}",))

    def count(self, table: str, where: str = "1") -> int:
        return int(self.state.select(f'select count(*) as n from "{table}" where {where}')[0]["n"])

    def writes(self) -> int:
        """How many changes the API made."""
        return int(self.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"])

    def booked(self, document: str) -> dict[str, float]:
        """What an accounting document books, by account."""
        sql = f'select GLAccount, sum(AmountInTransactionCurrency) as amount from "{CUBE}" where AccountingDocument = ? group by 1'
        return {row["GLAccount"]: round(row["amount"], 2) for row in self.state.select(sql, (document,))}

    def connection(self, **settings: str) -> Connection:
        return Connection(self.base_url, CREDENTIALS, emulator.SETTINGS | settings)

    def client(self, attempts: int = 6, **settings: str) -> Client:
        return Client(spec.load("sap_s4hana"), self.connection(**settings), attempts=attempts)


@pytest.fixture
def account() -> Iterator[Account]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], CREDENTIALS)
    furnish(state)
    with serving(emulator.application(emulation)) as base_url:
        yield Account(emulation, base_url, at)


@pytest.fixture
def client(account: Account) -> Iterator[Client]:
    with account.client() as client:
        yield client


@pytest.fixture
def http(account: Account) -> Iterator[httpx.Client]:
    """The bare protocol, signed in by name and password; writes open a session by themselves."""
    auth = connection.auth(account.connection(login="basic"))
    with httpx.Client(base_url=account.base_url, auth=auth, verify=False) as http:  # no certificates are loaded, which takes long
        yield http


def furnish(state: State) -> None:
    """The chart of accounts, a customer, a recurring and a one-time product, and an order of both."""

    def add(table: str, **values: Any) -> None:
        state.insert(table, values, EARLY, by="sandbox")

    for row in chart.accounts(ACCOUNTS):
        add("A_GLAccountInChartOfAccounts", **row)
    partner = {"BusinessPartner": CUSTOMER, "Customer": CUSTOMER, "BusinessPartnerCategory": "2", "BusinessPartnerIsBlocked": 0}
    names = {"OrganizationBPName1": "Acme GmbH", "BusinessPartnerFullName": "Acme GmbH", "BusinessPartnerIDByExtSystem": CRM_ID}
    add("A_BusinessPartner", **partner, **names)
    address = {"StreetName": "Hauptstr. 1", "CityName": "Berlin", "PostalCode": "10115", "Country": "DE"}
    add("A_BusinessPartnerAddress", _key=f"{CUSTOMER}/22001", BusinessPartner=CUSTOMER, AddressID="22001", **address)
    email = {
        "AddressID": "22001",
        "Person": "",
        "OrdinalNumber": "1",
        "IsDefaultEmailAddress": 1,
        "EmailAddress": "ap@acme.example",
    }
    add("A_AddressEmailAddress", _key="22001//1", **email)
    add("A_Customer", Customer=CUSTOMER, PostingIsBlocked=0, DeletionIndicator=0)
    company = {"CompanyCode": "1010", "PaymentTerms": "NT30", "ReconciliationAccount": "12000000"}
    add("A_CustomerCompany", _key=f"{CUSTOMER}/1010", Customer=CUSTOMER, **company)
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00", "Currency": "EUR"}
    add("A_CustomerSalesArea", _key=f"{CUSTOMER}/1010/10/00", Customer=CUSTOMER, CustomerPaymentTerms="NT30", **area)
    for product, group in ((RECURRING, "SUBSCR"), (ONCE, "SERVICE")):
        add("A_Product", Product=product, ProductType="SERV", ProductGroup=group, BaseUnit="EA", IsMarkedForDeletion=0)
        add("A_ProductDescription", _key=f"{product}/EN", Product=product, Language="EN", ProductDescription=f"Name of {product}")
        tax = {"Country": "DE", "TaxCategory": "MWST", "TaxClassification": "1"}
        add("A_ProductSalesTax", _key=f"{product}/DE/MWST/1", Product=product, **tax)
    furnish_order(add)


def furnish_order(add: Any) -> None:
    refs = {"PurchaseOrderByCustomer": "Q-00000042", "YY1_QuoteID_SDH": "a0q42"}
    days = {"SalesOrderDate": "2026-10-06", "YY1_ServiceStart_SDH": "2026-10-07", "YY1_ServiceEnd_SDH": "2027-10-06"}
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "OrganizationDivision": "00", "SalesOrderType": "OR"}
    status = {"OverallSDProcessStatus": "A", "OverallSDDocumentRejectionSts": "A", "TransactionCurrency": "EUR"}
    add("A_SalesOrder", SalesOrder=ORDER, SoldToParty=CUSTOMER, TotalNetAmount=1700, **refs, **days, **area, **status)
    for number, product, quantity, amount in (("10", RECURRING, 10, 1200), ("20", ONCE, 1, 500)):
        key = {"_key": f"{ORDER}/{number}", "SalesOrder": ORDER, "SalesOrderItem": number}
        add("A_SalesOrderItem", **key, Material=product, RequestedQuantity=quantity, NetAmount=amount, TransactionCurrency="EUR")
        step = {"PricingProcedureStep": "11", "PricingProcedureCounter": "1", "ConditionType": "PMP0", "ConditionQuantity": 1}
        priced = {"ConditionRateValue": amount / quantity, "ConditionCurrency": "EUR", "ConditionAmount": amount}
        add("A_SalesOrderItemPrElement", **key | {"_key": f"{ORDER}/{number}/11/1"}, **step, **priced)
