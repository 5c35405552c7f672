"""What a sweep of the tenant finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.zuora import source
from tests.platforms.sweeping import Sweeping
from tests.platforms.zuora.tenant import NOW, Tenant

ZUORA = spec.load("zuora")


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, ZUORA, partial(source.pages, client, ZUORA), NOW)


@pytest.mark.parametrize("table", [name for name, table in ZUORA.tables.items() if not table.is_control])
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


def test_a_record_that_no_read_told_is_found(sweeping: Sweeping) -> None:
    sweeping.hold("product", without=["p1"])
    assert sweeping.find("product") == (1, [])


def test_a_delete_that_nobody_told_is_found(tenant: Tenant, sweeping: Sweeping) -> None:
    sweeping.hold("invoice")
    tenant.state.db.execute('delete from "Invoice"')
    assert sweeping.find("invoice") == (0, ["i1"])


def test_what_changes_meanwhile_is_no_finding(tenant: Tenant, sweeping: Sweeping) -> None:
    sweeping.hold("contact")

    def meanwhile() -> None:
        tenant.advance(minutes=1)
        tenant.add("Contact", id="c2", firstName="New")
        tenant.state.delete("Contact", "c1", tenant.at[0], by="sandbox")

    assert sweeping.find("contact", meanwhile) == (0, [])


def test_the_living_are_named_once_though_deleted_rows_were_forgotten(tenant: Tenant, client: Client) -> None:
    tenant.advance(days=31)
    pages = source.pages(client, ZUORA, ZUORA.tables["contact"], Window(NOW, is_sweep=True))
    assert [page.body.strip() for page in pages if page.names_living and page.body] == [b'{"id":"c1"}']
