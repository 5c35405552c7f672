"""A pretended portal with one company, its deal, its accepted quote and its order, served on an ephemeral port."""

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
from q2c_pipelines.platforms.flow import Receipt
from q2c_pipelines.platforms.hubspot import connection, emulator, writer
from q2c_pipelines.platforms.hubspot.emulator import links
from q2c_pipelines.platforms.hubspot.emulator.access import GATEWAY
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)  # a Thursday
EARLY = NOW - timedelta(days=2)
CREDENTIALS = {"client_id": "app", "client_secret": "secret", "refresh_token": "refresh", "access_token": "pat-na1-1"}
OAUTH = {name: CREDENTIALS[name] for name in ("client_id", "client_secret", "refresh_token")}
COMPANY, CONTACT, DEAL, PRODUCT, LINE, QUOTE, ORDER = 7001, 51, 8001, 901, 601, 9001, 5001
HUBSPOT = spec.load("hubspot")
FAST = {"searches_per_second": "1000", "currency": "CAD"}


@dataclass
class Portal:
    """The portal under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]
    app: web.Application

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> datetime:
        """Time passes."""
        self.at[0] += timedelta(**span)
        return self.at[0]

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def add(self, table: str, key: int, at: datetime | None = None, **values: Any) -> Row:
        """A record made at that time."""
        return self.state.insert(table, {"id": key} | values, at or self.at[0], by="sandbox")

    def plant(self, table: str, key: int, **values: Any) -> None:
        self.state.update(table, key, values, self.at[0], by="sandbox")

    def bin(self, table: str, key: int) -> None:
        """Archive a record as somebody does by hand."""
        self.state.delete(table, key, self.at[0], by="sandbox")

    def link(self, start: str, key: int, end: str, other: int, primary: bool = False) -> None:
        types = links.types(start, end)
        for type_id, _ in types if primary else types[-1:]:
            self.state.insert("associations", links.row(start, key, end, other, type_id), self.at[0], by="sandbox")

    def holds(self, table: str, key: int) -> Row:
        return self.state.get(table, key) or {}

    def writes(self, table: str = "") -> int:
        """How many changes the API made."""
        sql = "select count(*) as n from _effects where by = 'api' and (? = '' or table_name = ?)"
        return int(self.state.select(sql, (table, table))[0]["n"])

    def connection(self, **credentials: str) -> Connection:
        return Connection(self.base_url, credentials or OAUTH, FAST)

    def client(self, attempts: int = 6, **credentials: str) -> Client:
        return Client(HUBSPOT, self.connection(**credentials), attempts=attempts)


def run(client: Client, command: Any) -> Receipt:
    """Obey a command."""
    return client.run(writer.HANDLERS[type(command)](command))


@contextmanager
def opened() -> Iterator[Portal]:
    """A portal with the records of one deal."""
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], CREDENTIALS)
    app = emulator.application(emulation)
    with serving(app) as base_url:
        portal = Portal(emulation, base_url, at, app)
        furnish(portal)
        yield portal


@pytest.fixture
def portal() -> Iterator[Portal]:
    with opened() as portal:
        yield portal


@pytest.fixture
def client(portal: Portal) -> Iterator[Client]:
    with portal.client() as client:
        yield client


@pytest.fixture
def http(portal: Portal) -> Iterator[httpx.Client]:
    with signed_in(portal) as http:
        yield http


@contextmanager
def signed_in(portal: Portal) -> Iterator[httpx.Client]:
    """The bare protocol, with the token of a private app that may also write lines."""
    portal.app[GATEWAY].scopes.add("crm.objects.line_items.write")
    signed = connection.auth(portal.connection(access_token=CREDENTIALS["access_token"]))
    with httpx.Client(base_url=portal.base_url, auth=signed, verify=False) as http:
        yield http


def furnish(portal: Portal) -> None:
    """A deal that was won: quoted, signed, and ordered in the ERP."""
    address = {"address": "1 King St", "city": "Toronto", "state": "ON", "zip": "M5H 1A1", "country": "CA"}
    portal.add("companies", COMPANY, EARLY, name="Maple", phone="+1 416 555", payment_terms="Net 30", **address)
    portal.add("contacts", CONTACT, EARLY, email="ap@maple.example", firstname="Ada")
    won = {"pipeline": "default", "dealstage": "closedwon", "closedate": "2026-11-03T20:00:00.000Z"}
    portal.add("deals", DEAL, EARLY, dealname="Maple seats", amount="1200", deal_currency_code="CAD", **won)
    monthly = {"recurringbillingfrequency": "monthly", "hs_sku": "SKU-0001", "price": "12.5"}
    portal.add("products", PRODUCT, EARLY, name="Seat", hs_status="active", **monthly)
    term = {"hs_recurring_billing_period": "P12M", "hs_recurring_billing_start_date": "2026-12-01"}
    placed = {"hs_product_id": str(PRODUCT), "hs_position_on_quote": "1", "hs_line_item_currency_code": "CAD"}
    portal.add("line_items", LINE, EARLY, quantity="10", discount="2.5", **monthly, **term, **placed)
    signed = {"hs_status": "APPROVAL_NOT_NEEDED", "hs_sign_status": "ESIGN_COMPLETED", "hs_esign_date": "2026-11-03T20:00:00Z"}
    named = {"hs_title": "Maple seats", "hs_quote_number": "20261103-183000001", "hs_quote_amount": "1200", "hs_currency": "CAD"}
    portal.add("quotes", QUOTE, EARLY, hs_expiration_date="2026-12-31T00:00:00Z", **signed, **named)
    booked = {"hs_total_price": "1200", "hs_currency_code": "CAD", "hs_pipeline_stage": "4b27b500-f031-4927-9811-68a0b525cbae"}
    portal.add("orders", ORDER, EARLY, hs_order_name="Maple seats", hs_pipeline="14a2e10e-5471-408a-906e-c51f3b04369e", **booked)
    portal.link("contacts", CONTACT, "companies", COMPANY, primary=True)
    portal.link("deals", DEAL, "companies", COMPANY, primary=True)
    for start, key, end, other in (
        ("quotes", QUOTE, "deals", DEAL),
        ("quotes", QUOTE, "companies", COMPANY),
        ("quotes", QUOTE, "line_items", LINE),
        ("orders", ORDER, "companies", COMPANY),
        ("orders", ORDER, "quotes", QUOTE),
        ("orders", ORDER, "deals", DEAL),
    ):
        portal.link(start, key, end, other)
