"""A real PostgreSQL server with a small order management system, and clients of it as the lake and the outbox have them."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.legacy_oms import emulator
from q2c_pipelines.platforms.legacy_oms.emulator.server import Server
from q2c_pipelines.platforms.legacy_oms.emulator.state import Database
from q2c_pipelines.sandbox.credentials import made_for

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
PLATFORM = spec.load("legacy_oms")
CREDENTIALS = made_for(PLATFORM, emulator.CREDENTIALS)
HELD = """
insert into oms.customers (id, customer_no, crm_id, name, currency) values (1, 'K1', '0015g000001', 'Kunde Eins GmbH', 'EUR');
insert into oms.products (id, sku, name, charge_type)
values (1, 'SKU-0001', 'Plattform', 'recurring'), (2, 'SKU-0002', 'Kurs', 'one_time');
insert into oms.orders
    (id, order_no, external_ref, customer_id, quote_id, quote_number, status, currency, net_amount, ordered_at)
select n, 'OMS' || n, 'a0q' || n, 1, 'a0q' || n, 'Q-' || n, 'released', 'EUR', n * 10, '2026-10-01 09:30:00'
from generate_series(1, 5) as n;
insert into oms.order_lines (id, order_id, line_no, product_id, qty, unit_price, net_amount)
select n, n, 1, 1, 2, n * 5, n * 10 from generate_series(1, 5) as n;
insert into oms.notes (id, order_id, author, body)
select n, n, 'desk', repeat('long ' || n || ' ', 2000) from generate_series(1, 3) as n;
insert into oms.shipments (id, order_id, shipped_on, carrier) values (1, 1, '2026-10-03', 'DHL'), (2, 2, '2026-10-04', 'DPD');
"""
_names = (f"oms_{number}" for number in itertools.count(1))


class Oms:
    """One system of its own on the shared server."""

    def __init__(self, server: Server):
        self.name = next(_names)
        self.state = Database(server, self.name, CREDENTIALS, NOW)
        self.connection = Connection(self.state.listen(0), CREDENTIALS, {"slot": self.name})
        self.execute(HELD)

    def execute(self, statements: str) -> None:
        """As the system's own people do."""
        self.state.pg.execute(statements)  # type: ignore[call-overload]

    def one(self, query: str) -> object:
        """The first value of a query's answer."""
        return next(iter(self.state.select(query)[0].values()))

    def client(self, attempts: int = 2, **settings: str) -> Client:
        connection = replace(self.connection, settings={**self.connection.settings, **settings})
        return Client(PLATFORM, connection, attempts=attempts)

    @property
    def confirmed(self) -> object:
        """How far the slot has let go; None where there is none."""
        found = self.state.select(
            "select confirmed_flush_lsn::text as at from pg_replication_slots where slot_name = %s", (self.name,)
        )
        return found[0]["at"] if found else None

    def drop(self) -> None:
        own = "from pg_replication_slots where database = current_database()"
        self.execute(f"select pg_terminate_backend(active_pid, 5000) {own} and active")
        self.execute(f"select pg_drop_replication_slot(slot_name) {own}")
        self.state.pg.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="legacy_oms-"))
    started = Server(folder)
    yield started
    started.stop()
    shutil.rmtree(folder)


@pytest.fixture
def oms(server: Server) -> Iterator[Oms]:
    """A system with five orders, its clock at NOW."""
    made = Oms(server)
    yield made
    made.drop()


@pytest.fixture
def client(oms: Oms) -> Iterator[Client]:
    """A client of it, as the outbox has one."""
    with oms.client() as opened:
        yield opened
