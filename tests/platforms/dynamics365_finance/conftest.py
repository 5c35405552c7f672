"""A pretended environment with one customer, two products, an order and an invoice, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import httpx
import polars as pl
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.dynamics365_finance import connection, emulator
from q2c_pipelines.platforms.dynamics365_finance.emulator import chart
from q2c_pipelines.platforms.dynamics365_finance.emulator.access import Limits
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES, record_key
from q2c_pipelines.platforms.emulation import Emulation, Fault, Row, State
from q2c_pipelines.platforms.spec import Platform
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
CRM_ID, CUSTOMER, ORDER, INVOICE = "c1a7e6f0-0000-4000-a000-000000000001", "UK-030000001", "SO-030000001", "CIV-720000025"
AREA = {"dataAreaId": "ukmf"}
CREDENTIALS = {"tenant_id": "q2c-tenant_id", "client_id": "q2c-client_id", "client_secret": "s3cret"}
ACCOUNTS = {
    "bank": "110110",
    "clearing": "110155",
    "receivable": "130100",
    "deferred_revenue": "250100",
    "subscription_revenue": "401100",
    "services_revenue": "401200",
    "processor_fees": "605150",
    "tax_payable": "222200",
}


def finance(bulk_threshold: int = 50_000) -> Platform:
    """The declaration, without the vendor's limit on requests: nothing here is to wait."""
    declared = spec.load("dynamics365_finance")
    limits = declared.limits.model_copy(update={"requests_per_second": 1000.0})
    return declared.model_copy(update={"limits": limits, "bulk_threshold": bulk_threshold})


@dataclass
class Environment:
    """The environment under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        """Let time pass, and the batch jobs run."""
        before, self.at[0] = self.at[0], self.at[0] + timedelta(**span)
        emulator.tick(self.emulation, before, self.at[0])

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def add(self, entity_set: str, **values: Any) -> Row:
        return add(self.state, entity_set, self.at[0], **values)

    def plant(self, entity_set: str, *key: Any, **values: Any) -> None:
        self.state.update(entity_set, "|".join(map(str, key)), values, self.at[0], by="sandbox")

    def close(self, day: date, status: str = "Closed") -> None:
        self.plant("LedgerFiscalPeriods", chart.period_key(day), PeriodStatus=status)

    def row(self, entity_set: str, *key: Any) -> Row:
        return self.state.get(entity_set, "|".join(map(str, key))) or {}

    def rows(self, entity_set: str, **having: Any) -> list[Row]:
        where = " and ".join(f'"{name}" = ?' for name in having) or "true"
        return self.state.select(f'select * from "{entity_set}" where {where} order by _key', tuple(having.values()))

    def writes(self) -> int:
        """How many changes the API made."""
        return int(self.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"])

    def connection(self, **changed: str) -> Connection:
        return Connection(self.base_url, CREDENTIALS | changed, emulator.SETTINGS)

    def client(self, attempts: int = 6, bulk_threshold: int = 50_000, **changed: str) -> Client:
        return Client(finance(bulk_threshold), self.connection(**changed), attempts=attempts)


Make = Callable[..., Environment]


@pytest.fixture(scope="package", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One certificate authority for all clients: nothing here is encrypted, and loading all there are costs more than the tests."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(f"{first}{end}\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture
def make() -> Iterator[Make]:
    """Serves environments as they are asked for: pages of so many rows, under such limits."""
    with ExitStack() as open_ones:

        def served(page_size: int = 10_000, limits: Limits | None = None) -> Environment:
            at = [NOW]
            state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
            emulation = Emulation(state, lambda: at[0], CREDENTIALS)
            furnish(state)
            base_url = open_ones.enter_context(serving(emulator.application(emulation, page_size, limits)))
            return Environment(emulation, base_url, at)

        yield served


@pytest.fixture
def environment(make: Make) -> Environment:
    return make()


@pytest.fixture
def client(environment: Environment) -> Iterator[Client]:
    with environment.client() as client:
        yield client


@pytest.fixture
def http(environment: Environment) -> Iterator[httpx.Client]:
    """The bare protocol, signed in, of every company."""
    with bare(environment) as http:
        yield http


def bare(environment: Environment) -> httpx.Client:
    auth = connection.auth(environment.connection())
    return httpx.Client(base_url=environment.base_url, auth=auth, params={"cross-company": "true"})


def add(state: State, entity_set: str, at: datetime, **values: Any) -> Row:
    """A record as the environment itself would hold it."""
    entity = ENTITIES[entity_set]
    row = {name: entity.default(name) for name in entity.kinds} | ({} if entity.is_shared else AREA) | values
    return state.insert(entity_set, {"_key": record_key(entity, row), **row}, at, by="sandbox")


@cache
def set_up() -> dict[str, pl.DataFrame]:
    """What the environment was set up with, made once."""
    return chart.frames(ACCOUNTS, "GBP")


def furnish(state: State) -> None:
    """The set-up, a customer, a recurring and a one-time product, an order of both and its first invoice."""
    for table, frame in set_up().items():
        state.load(table, frame)
    early = NOW - timedelta(days=30)
    customer = {"CustomerAccount": CUSTOMER, "OrganizationName": "Acme Ltd", "CustomerGroupId": "30", "InvoiceAccount": CUSTOMER}
    address = {"AddressCity": "Leeds", "AddressCountryRegionId": "GBR", "AddressCountryRegionISOCode": "GB"}
    terms = {"SalesCurrencyCode": "GBP", "PaymentTerms": "Net30", "PrimaryContactEmail": "ap@acme.example"}
    add(state, "CustomersV3", early, CrmId_Custom=CRM_ID, **customer, **address, **terms)
    add(state, "ReleasedProductsV2", early, ItemNumber="SKU-0001", SearchName="Seats", RevRecRevenueRecognitionEnabled="Yes")
    add(state, "ReleasedProductsV2", early, ItemNumber="SKU-0002", SearchName="Set-up")
    parties = {"OrderingCustomerAccountNumber": CUSTOMER, "InvoiceCustomerAccountNumber": CUSTOMER, "CurrencyCode": "GBP"}
    references = {"CustomersOrderReference": "Q-1", "QuoteId_Custom": "quote-1", "SalesOrderStatus": "Backorder"}
    add(state, "SalesOrderHeadersV2", early, SalesOrderNumber=ORDER, **parties, **references)
    for number, (item, quantity, price) in enumerate([("SKU-0001", 10, 120.0), ("SKU-0002", 1, 500.0)], start=1):
        line = {"SalesOrderNumber": ORDER, "ItemNumber": item, "OrderedSalesQuantity": quantity, "SalesPrice": price}
        own = {"InventoryLotId": f"LOT-{number}", "CustomersLineNumber": number, "LineAmount": quantity * price}
        add(state, "SalesOrderLinesV2", early, **line, **own, LineCreationSequenceNumber=number, CurrencyCode="GBP")
    document = {"InvoiceNumber": INVOICE, "InvoiceDate": "2026-10-06T12:00:00Z", "LedgerVoucher": "ARI-1", "CurrencyCode": "GBP"}
    amounts = {"TotalInvoiceAmount": 720.0, "TotalTaxAmount": 120.0, "PaymentTermsName": "Net30"}
    billed = {"InvoiceCustomerAccountNumber": CUSTOMER, "SalesOrderNumber": ORDER}
    add(state, "SalesInvoiceHeadersV2", early, **document, **amounts, **billed)
    sold = {
        "ProductNumber": "SKU-0001",
        "InvoicedQuantity": 10,
        "SalesPrice": 60.0,
        "LineAmount": 600.0,
        "LineTotalTaxAmount": 120.0,
    }
    add(state, "SalesInvoiceLinesV2", early, **document, **sold, LineCreationSequenceNumber=1)
