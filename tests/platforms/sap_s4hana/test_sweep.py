"""What a sweep of the system finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.sap_s4hana import emulator, source
from tests.platforms.sap_s4hana.conftest import NOW, ONCE, ORDER, RECURRING, Account
from tests.platforms.sweeping import Sweeping

SAP = spec.load("sap_s4hana").placed(emulator.SETTINGS)
SWEPT = [name for name, table in SAP.tables.items() if table.cursor]


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, SAP, partial(source.pages, client, SAP), NOW - SAP.overlap)


@pytest.mark.parametrize("table", SWEPT)
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


@pytest.mark.parametrize(("table", "key"), [("product", RECURRING), ("sales_order", ORDER), ("sales_order_item", (ORDER, "10"))])
def test_a_record_that_no_read_told_is_found(sweeping: Sweeping, table: str, key: object) -> None:
    sweeping.hold(table, without=[key])
    assert sweeping.find(table) == (1, [])


@pytest.mark.parametrize(
    ("table", "key", "kept_in"),
    [("product", ONCE, "A_Product"), ("sales_order_item", (ORDER, "20"), "A_SalesOrderItem")],
)
def test_a_delete_that_nobody_told_is_found(account: Account, sweeping: Sweeping, table: str, key: object, kept_in: str) -> None:
    sweeping.hold(table)
    name, last = ("SalesOrderItem", "20") if table == "sales_order_item" else ("Product", ONCE)
    account.state.db.execute(f'delete from "{kept_in}" where {name} = ?', (last,))
    assert sweeping.find(table) == (0, [key])


def test_what_changes_meanwhile_is_no_finding(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("product")

    def meanwhile() -> None:
        account.advance(minutes=1)
        account.state.insert("A_Product", {"Product": "NEW"}, account.at[0], by="sandbox")

    assert sweeping.find("product", meanwhile) == (0, [])
