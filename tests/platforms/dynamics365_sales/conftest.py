"""A pretended environment with one won deal and one open quote, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.dynamics365_sales import emulator
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.dynamics365_sales.emulator.application import ENVIRONMENT
from q2c_pipelines.platforms.dynamics365_sales.emulator.environment import Environment
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.numbering import uuids
from tests.platforms.served import serving

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
CREDENTIALS = {"tenant_id": "tenant", "client_id": "app", "client_secret": "only for tests"}


def guid(kind: str, number: int = 1) -> str:
    return uuids(kind, np.array([number]))[0]


POUND, EURO, UNITS, UNIT, LIST = guid("pound"), guid("euro"), guid("units"), guid("unit"), guid("list")
ACCOUNT, CONTACT, OPPORTUNITY = guid("account"), guid("contact"), guid("opportunity")
PRODUCT, ITEM, INVOICE = guid("product"), guid("item"), guid("invoice")
QUOTE, LINE, ORDER, OPEN_QUOTE, OPEN_LINE = guid("quote"), guid("line"), guid("order"), guid("quote", 2), guid("line", 2)
_IN_POUNDS = {"_transactioncurrencyid_value": POUND}
_SALE = {"name": "Acme #1", "_customerid_value": ACCOUNT, "_pricelevelid_value": LIST, **_IN_POUNDS}
_PRICE = {"ispriceoverridden": 1, "priceperunit": 1200.1, "tax": 720.06, "quantity": 3.0}
_LINE = {"_productid_value": PRODUCT, "_uomid_value": UNIT, **_PRICE}
BEFORE: list[tuple[str, dict[str, Any]]] = [
    ("transactioncurrency", {"transactioncurrencyid": POUND, "isocurrencycode": "GBP", "currencyname": "Pound",
                             "currencysymbol": "£", "currencyprecision": 2, "exchangerate": 1.0}),
    ("transactioncurrency", {"transactioncurrencyid": EURO, "isocurrencycode": "EUR", "currencyname": "Euro",
                             "currencysymbol": "€", "currencyprecision": 2, "exchangerate": 1.25}),
    ("uomschedule", {"uomscheduleid": UNITS, "name": "Default Unit"}),
    ("uom", {"uomid": UNIT, "name": "Primary Unit", "quantity": 1.0, "_uomscheduleid_value": UNITS}),
    ("pricelevel", {"pricelevelid": LIST, "name": "Standard", **_IN_POUNDS}),
    ("product", {"productid": PRODUCT, "name": "Platform", "productnumber": "SKU-0001", "quantitydecimal": 2, "statecode": 0,
                 "new_chargetype": 100000001, "_defaultuomid_value": UNIT, "_defaultuomscheduleid_value": UNITS, **_IN_POUNDS}),
    ("productpricelevel", {"productpricelevelid": ITEM, "amount": 100.0, "_pricelevelid_value": LIST, "_productid_value": PRODUCT,
                           "_uomid_value": UNIT}),
    ("account", {"accountid": ACCOUNT, "name": "Acme Ltd", "telephone1": "1", "address1_city": "Leeds", "paymenttermscode": 1,
                 "_primarycontactid_value": CONTACT, **_IN_POUNDS}),
    ("contact", {"contactid": CONTACT, "lastname": "Doe", "emailaddress1": "ap@acme.example", "_parentcustomerid_value": ACCOUNT}),
    ("opportunity", {"opportunityid": OPPORTUNITY, "estimatedvalue": 3600.3, "statecode": 1, "statuscode": 3, **_SALE}),
    ("quote", {"quoteid": QUOTE, "quotenumber": "QUO-1-A", "_opportunityid_value": OPPORTUNITY, "new_termmonths": 12, **_SALE}),
    ("quotedetail", {"quotedetailid": LINE, "_quoteid_value": QUOTE, "lineitemnumber": 1, **_LINE}),
    ("salesorder", {"salesorderid": ORDER, "ordernumber": "ORD-1-A", "_quoteid_value": QUOTE, **_SALE}),
    ("invoice", {"invoiceid": INVOICE, "invoicenumber": "CIV-1", "_salesorderid_value": ORDER, "statuscode": 4, **_SALE}),
    ("quote", {"quoteid": OPEN_QUOTE, "quotenumber": "QUO-2-B", "new_termmonths": 12, **_SALE}),
    ("quotedetail", {"quotedetailid": OPEN_LINE, "_quoteid_value": OPEN_QUOTE, "lineitemnumber": 1, **_LINE}),
]  # fmt: skip
AFTER = [("quote", QUOTE, {"statecode": 2, "statuscode": 4}), ("quote", OPEN_QUOTE, {"statecode": 1, "statuscode": 2})]


@dataclass
class Office:
    """The environment under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    environment: Environment
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
        row = self.state.insert(table, dict.fromkeys(TABLES[table].columns) | values, self.at[0], by="sandbox")
        return str(row[TABLES[table].key])

    def set(self, table: str, key: str, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def delete(self, table: str, key: str) -> None:
        self.state.delete(table, key, self.at[0], by="sandbox")

    def accounts(self, count: int, first: int = 0) -> list[str]:
        """Adds accounts that all share one stamp."""
        with self.state.transaction():
            return [self.add("account", accountid=guid("more", n), name=f"A{n}") for n in range(first, first + count)]

    def get(self, table: str, key: str) -> dict[str, Any]:
        found = self.state.get(table, key)
        assert found
        return found

    def writes(self, table: str) -> int:
        """How many changes of a table the API made."""
        found = self.state.select("select count(*) as n from _effects where by = 'api' and table_name = ?", (table,))
        return int(found[0]["n"])

    def connection(self, **credentials: str) -> Connection:
        return Connection(self.base_url, dict(self.emulation.credentials) | credentials, {"authority": "/"})

    def client(self, attempts: int = 6, **credentials: str) -> Client:
        return Client(quick(), self.connection(**credentials), attempts=attempts)


@dataclass
class Api:
    """The environment's HTTP as any client sees it, with a token."""

    http: httpx.Client

    def __call__(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.http.request(method, path if path.startswith(("/", "http")) else f"{DATA}/{path}", **how)

    def rows(self, path: str, **params: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("GET", path, params={f"${name}": value for name, value in params.items()}).json()[
            "value"
        ]
        return found


def quick(**changes: Any) -> spec.Platform:
    """The platform as declared, with limits that a test does not feel."""
    limits = spec.Limits(requests_per_second=10_000, write_reserve=0.5)
    return spec.load("dynamics365_sales").model_copy(update={"limits": limits, **changes})


@pytest.fixture
def office() -> Iterator[Office]:
    at = [NOW - timedelta(days=1)]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], CREDENTIALS)
    app = emulator.application(emulation)
    with serving(app) as base_url:
        made = Office(emulation, app[ENVIRONMENT], base_url, at)
        with state.transaction():
            for table, values in BEFORE:
                made.add(table, **values)
            for table, key, values in AFTER:
                made.set(table, key, **values)
        at[0] = NOW
        yield made


@pytest.fixture
def api(office: Office) -> Iterator[Api]:
    with httpx.Client(base_url=office.base_url, headers={"Authorization": f"Bearer {office.environment.new_token()}"}) as http:
        yield Api(http)
