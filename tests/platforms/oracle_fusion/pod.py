"""A pretended pod with one customer, two items and an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, Fault, State
from q2c_pipelines.platforms.oracle_fusion import emulator
from q2c_pipelines.platforms.oracle_fusion.emulator import chart

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=30)
CRM_ID = "28711"
PARTY, ADDRESS, REFERENCE, ACCOUNT, ORDER = 300100001, 300100002, 300100003, 300100004, 300100005
RECURRING, ONCE = 300100011, 300100012
LINE = f"CRM:q42/{ORDER}1"  # the order's first
ACCOUNT_NUMBER, ORDER_NUMBER = "1006", "59001"
ACCOUNTS = {"receivable": "12100", "processor_fees": "65300", "clearing": "11250"}
UNHURRIED = spec.load("oracle_fusion").model_copy(update={"limits": spec.Limits(requests_per_second=1000)})
FSCM, CRM = "/fscmRestApi/resources/11.13.18.05", "/crmRestApi/resources/11.13.18.05"


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def credentials() -> dict[str, str]:
    names = ("client_id", "client_secret", "username", "password", "issuer", "certificate_thumbprint")
    return {name: f"q2c-{name}" for name in names} | {"private_key": private_key()}


@dataclass
class Pod:
    """The pod under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        """Time passes, and with it what the pod does by itself."""
        before = self.at[0]
        self.at[0] += timedelta(**span)
        emulator.tick(self.emulation, before, self.at[0])

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def plant(self, table: str, key: Any, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def close(self, application: int, period: str = "Nov-26") -> None:
        self.plant("accountingPeriodStatusLOV", f"{period},{application},{chart.LEDGER_ID}", Status="Closed", ClosingStatus="C")

    def deny(self, kind: str, name: str) -> None:
        """Take a business unit or a resource from the user."""
        row = {"code": f"{kind}:{name}", "kind": kind, "name": name}
        self.state.insert("_setup", row, self.at[0], by="sandbox")

    def meddle(self) -> None:
        """Somebody else touches every record."""
        for table in ("hubOrganizations", "Address", "hubSourceSystemReferences", "salesOrdersForOrderHub", "journalBatches"):
            self.state.db.execute(f'update "{table}" set "LastUpdatedBy" = \'SOMEBODY\'')
        self.state.db.execute('update "itemsV2" set "PrimaryUOMValue" = \'Year\'')

    def rows(self, table: str, where: str = "1") -> list[dict[str, Any]]:
        return self.state.select(f'select * from "{table}" where {where} order by 1')

    def writes(self) -> int:
        """How many changes the API made."""
        return int(self.state.select("select count(*) as n from _effects where by = 'api'")[0]["n"])

    def connection(self, without: tuple[str, ...] = (), **changed: str) -> Connection:
        given = {name: value for name, value in (credentials() | changed).items() if name not in without}
        return Connection(self.base_url, given, emulator.SETTINGS)

    def client(self, attempts: int = 6, without: tuple[str, ...] = (), **changed: str) -> Client:
        return Client(UNHURRIED, self.connection(without, **changed), attempts=attempts)


def furnish(state: State) -> None:
    """What is set up, a customer with its account, a recurring and a one-time item, and an order of both."""
    for table, frame in chart.frames(ACCOUNTS, 13, NOW).items():
        state.load(table, frame)

    def add(table: str, **values: Any) -> None:
        state.insert(table, values, EARLY, by="sandbox")

    named = {"OrganizationName": "Acme", "EmailAddress": "ap@acme.example", "CurrencyCode": "CAD", "Status": "A"}
    add("hubOrganizations", PartyId=PARTY, PartyNumber="7001", **named)
    place = {
        "Address1": "1 Main St",
        "City": "Ottawa",
        "State": "ON",
        "PostalCode": "K1P 1J1",
        "Country": "CA",
        "PrimaryFlag": True,
    }
    add("Address", AddressId=ADDRESS, AddressNumber="A7001", Status="A", _parent=PARTY, **place)
    owned = {"PartyId": PARTY, "PartyNumber": "7001", "ObjectType": "HZ_PARTIES", "Status": "A"}
    add(
        "hubSourceSystemReferences",
        SourceSystemReferenceId=REFERENCE,
        SourceSystem="CRM",
        SourceSystemReferenceValue=CRM_ID,
        **owned,
    )
    account = {"AccountNumber": ACCOUNT_NUMBER, "CustomerId": PARTY, "CustomerName": "Acme", "TotalOpenReceivablesForAccount": 0}
    add("receivablesCustomerAccountActivities", AccountId=ACCOUNT, **account)
    for key, code, kind in ((RECURRING, "SKU-0001", "Subscription"), (ONCE, "SKU-0002", "Service")):
        sold = {
            "ItemStatusValue": "Active",
            "SalesProductTypeValue": kind,
            "CustomerOrderEnabledFlag": True,
            "OrganizationCode": "ITEM_MASTER",
        }
        add("itemsV2", ItemId=key, ItemNumber=code, ItemDescription=code, **sold)
    source = {
        "SourceTransactionSystem": "CRM",
        "SourceTransactionId": "q42",
        "SourceTransactionNumber": "Q-42",
        "OrderKey": "CRM:q42",
    }
    bought = {"BuyingPartyId": PARTY, "BuyingPartyNumber": "7001", "BuyingPartyName": "Acme", "TransactionalCurrencyCode": "CAD"}
    begun = {"StatusCode": "OPEN", "SubmittedFlag": True, "OpenFlag": True, "CanceledFlag": False, "ChangeVersionNumber": 1}
    unit = {"BusinessUnitName": chart.UNIT, "OrderNumber": ORDER_NUMBER, "TransactionOn": EARLY}
    add("salesOrdersForOrderHub", HeaderId=ORDER, **source, **bought, **begun, **unit)
    for number, (code, quantity, price) in enumerate([("SKU-0001", 10, 120.0), ("SKU-0002", 1, 500.0)], start=1):
        amounts = {"OrderedQuantity": quantity, "UnitSellingPrice": price, "ExtendedAmount": quantity * price}
        own = {
            "FulfillLineId": ORDER * 10 + number,
            "HeaderId": ORDER,
            "_parent": ORDER,
            "SourceTransactionLineNumber": str(number),
        }
        term = {"ContractStartDate1": "2026-10-07", "ContractEndDate1": "2027-10-06", "StatusCode": "AWAIT_BILLING"}
        add("lines", ProductNumber=code, **own, **amounts, **term)
