"""The simulated company as the pod shows it: complete, balanced, and only what exists by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.oracle_fusion import emulator
from q2c_pipelines.platforms.oracle_fusion.emulator import bookkeeping
from q2c_pipelines.sandbox import chains, world

AT = datetime(2025, 9, 15, 12, tzinfo=UTC)
CHUNK = world.chunk(chain=chains.CA)


@pytest.fixture(scope="module")
def state() -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(CHUNK, AT).items():
        state.load(table, frame)
    return state


def count(state: State, table: str, where: str = "1") -> int:
    return int(state.select(f'select count(*) as n from "{table}" where {where}')[0]["n"])


@pytest.mark.parametrize(
    ("table", "carried"),
    [
        ("hubSourceSystemReferences", '"SourceSystemReferenceValue" is not null'),
        ("salesOrdersForOrderHub", '"SourceTransactionId" is not null and "SourceTransactionNumber" is not null'),
        ("receivablesInvoices", 'length("TransactionNumber") between 1 and 20'),
        ("receivablesInvoiceLines", '"SalesOrder" in (select "OrderNumber" from "salesOrdersForOrderHub")'),
        ("standardReceipts", '"ReceiptNumber" like \'ch_%\' and length("ReceiptNumber") <= 30'),
        ("standardReceiptApplications", '"ReferenceTransactionId" in (select "CustomerTransactionId" from "receivablesInvoices")'),
        ("journalHeaders", "\"ExternalReference\" like 'FEE:%' or \"ExternalReference\" like 'REV:%'"),
        ("journalBatches", 'length("BatchName") > 10'),
    ],
)
def test_every_reference_is_carried(state: State, table: str, carried: str) -> None:
    assert count(state, table) == count(state, table, carried) > 30


def test_nothing_is_there_before_its_time(state: State) -> None:
    for table in ("hubOrganizations", "salesOrdersForOrderHub", "receivablesInvoices", "standardReceipts", "journalBatches"):
        assert count(state, table, f"\"LastUpdateDate\" > '{AT:%Y-%m-%dT%H:%M:%SZ}'") == 0


def test_the_bookkeeping_finds_nothing_to_correct(state: State) -> None:
    """The seeded rows are what the pod itself would have worked out from lines, tax and applications."""
    for row in state.select('select * from "receivablesInvoices"'):
        account = 'select * from "receivablesCustomerAccountActivities" where "AccountNumber" = ?'
        before = state.select(account, (row["BillToCustomerNumber"],))
        bookkeeping.total(state, row["CustomerTransactionId"], AT)
        assert state.get("receivablesInvoices", row["CustomerTransactionId"]) == row
        assert state.select(account, (row["BillToCustomerNumber"],)) == before


def test_invoices_have_thirteen_per_cent_of_tax(state: State) -> None:
    wrong = 'abs("TaxAmount" - round("TaxableAmount" * 0.13, 2)) > 0.0101 or "TaxRate" <> 13'
    assert count(state, "receivablesInvoiceLineTaxLines") > 100
    assert count(state, "receivablesInvoiceLineTaxLines", wrong) == 0


def test_journals_balance(state: State) -> None:
    sql = (
        'select _parent from "journalLines" group by 1 having abs(sum(coalesce("EnteredDr", 0) - coalesce("EnteredCr", 0))) > 0.005'
    )
    assert state.select(sql) == []


def test_every_key_is_unique_and_stays() -> None:
    keys = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS).key
    later = emulator.rows(CHUNK, AT + timedelta(days=30))
    for table, frame in emulator.rows(CHUNK, AT).items():
        assert frame[keys(table)].is_unique().all(), table
        assert frame[keys(table)].is_in(later[table][keys(table)].implode()).all(), table


def test_an_order_is_closed_once_all_of_it_is_billed_and_its_stamp_says_when(state: State) -> None:
    later = emulator.rows(CHUNK, AT + timedelta(days=60))["salesOrdersForOrderHub"]
    now = emulator.rows(CHUNK, AT)["salesOrdersForOrderHub"]
    changed = now.join(later, on="HeaderId", suffix="_later").filter(StatusCode="OPEN", StatusCode_later="CLOSED")
    assert len(changed) > 0
    assert (changed["LastUpdateDate_later"] > AT).all()
