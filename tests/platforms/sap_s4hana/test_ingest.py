"""Reading a system into the lake: what dies in the middle is resumed, nothing is doubled, what is gone gets a tombstone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from q2c_pipelines.lake.ingest import Progress, Summary, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from tests.platforms.sap_s4hana.conftest import NOW, ORDER, RECURRING, Account

SUMS = {"TotalNetAmount": 10, "SalesOrganization": "1010", "OverallSDProcessStatus": "A"}


class Reading:
    """One lake, read into again and again."""

    def __init__(self, account: Account, folder: Path):
        self.account, self.folder = account, folder
        self.lake = Lake(str(folder / "lake"))

    def __call__(self, table: str, progress: Progress | None = None) -> Summary:
        connection = self.account.connection()
        return ingest(spec.load("sap_s4hana"), connection, self.lake, self.folder / "working", progress, only={table})

    def held(self, table: str, column: str) -> pl.DataFrame:
        schema = pa.schema([(column, pa.string()), ("q2c_is_deleted", pa.bool_())])
        return pl.DataFrame(pl.from_arrow(self.lake.read(f"sap_s4hana/{table}", schema)))


@pytest.fixture
def reading(account: Account, tmp_path: Path) -> Reading:
    return Reading(account, tmp_path)


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_is_resumed_and_loses_and_doubles_nothing(account: Account, reading: Reading) -> None:
    made = [f"P{number:05d}" for number in range(3500)]
    account.state.db.executemany(
        'insert into "A_Product" (Product, CreationDate) values (?, ?)', [(key, "2026-11-05") for key in made]
    )

    def die(*_: object) -> None:
        if not account.emulation.faults:
            account.fault("schema_change", table="A_Product", column="Product", change="drop")

    (failed,) = reading("product", die).failed
    assert "cannot be read" in failed.error
    account.emulation.faults.clear()
    assert reading("product").rows == len(made) + 2
    assert sorted(reading.held("product", "product")["product"].unique()) == [*made, RECURRING, "SKU-0002"]


@pytest.mark.proves("delete")
def test_what_did_not_change_is_kept_once_and_what_is_deleted_gets_one_tombstone(account: Account, reading: Reading) -> None:
    account.state.insert("A_SalesOrder", {"SalesOrder": "5000", "TransactionCurrency": "EUR"} | SUMS, NOW, by="sandbox")
    assert reading("sales_order").rows == 2
    account.advance(hours=1)
    account.plant("A_SalesOrder", "5000", PurchaseOrderByCustomer="Q-9")
    account.state.delete("A_SalesOrder", ORDER, account.at[0], by="sandbox")
    read = [each for _ in range(2) for each in reading("sales_order").tables if each.table == "sales_order"]
    assert [(each.rows, each.deleted) for each in read] == [(2, 1), (0, 0)]
    assert reading.held("sales_order", "sales_order").filter("q2c_is_deleted").rows() == [(ORDER, True)]
