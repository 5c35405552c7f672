"""The simulated company as the environment shows it: complete, settled, balanced, and only what exists by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from q2c_pipelines.platforms.dynamics365_finance import emulator, ids
from q2c_pipelines.platforms.dynamics365_finance.emulator import journals
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES, record_key
from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.sandbox import chains, world

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
CHUNK = world.chunk(deals_in_history=10_000, chain=chains.UK)
SETTLED = "CustomerPaymentJournalLineSettledInvoices"


@pytest.fixture(scope="module")
def state() -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(CHUNK, AT).items():
        state.load(table, frame)
    return state


def one(state: State, sql: str) -> Any:
    return next(iter(state.select(f"select {sql}")[0].values()))


def none(state: State, sql: str) -> bool:
    return state.select(sql) == []


@pytest.mark.parametrize(
    ("entity_set", "condition"),
    [
        ("CustomersV3", "CrmId_Custom <> '' and TaxExemptNumber <> '' and AddressCountryRegionId in ('GBR', 'FRA', 'USA')"),
        ("SalesOrderHeadersV2", "QuoteId_Custom <> '' and CustomersOrderReference <> '' and SalesOrderNumber like 'SO-0%'"),
        ("SalesInvoiceHeadersV2", "InvoiceNumber like 'CIV-%' and SalesOrderNumber like 'SO-%'"),
        ("LedgerJournalHeaders", "IntegrationKey like 'FEE:%' and IsPosted = 'Yes'"),
        ("CustomerPaymentJournalLines", "PaymentReference <> '' and MarkedInvoice like 'CIV-%'"),
    ],
)
def test_every_reference_is_carried(state: State, entity_set: str, condition: str) -> None:
    assert one(state, f'count(*) from "{entity_set}"') > 50
    assert none(state, f'select * from "{entity_set}" where not ({condition})')


def test_every_reference_leads_somewhere(state: State) -> None:
    for table, column, other, key in (
        ("SalesOrderHeadersV2", "OrderingCustomerAccountNumber", "CustomersV3", "CustomerAccount"),
        ("SalesOrderLinesV2", "SalesOrderNumber", "SalesOrderHeadersV2", "SalesOrderNumber"),
        ("SalesOrderLinesV2", "ItemNumber", "ReleasedProductsV2", "ItemNumber"),
        ("SalesInvoiceHeadersV2", "SalesOrderNumber", "SalesOrderHeadersV2", "SalesOrderNumber"),
        ("SalesInvoiceHeadersV2", "PaymentTermsName", "PaymentTerms", "Name"),
        ("SalesInvoiceLinesV2", "LedgerVoucher", "SalesInvoiceHeadersV2", "LedgerVoucher"),
        (SETTLED, "InvoiceNumber", "SalesInvoiceHeadersV2", "InvoiceNumber"),
        ("LedgerJournalLines", "AccountDisplayValue", "MainAccounts", "MainAccountId"),
    ):
        assert none(state, f'select * from "{table}" where "{column}" not in (select "{key}" from "{other}")'), table


def test_every_product_says_how_it_is_taxed(state: State) -> None:
    assert one(state, "count(*) from ReleasedProductsV2 where SalesSalesTaxItemGroupCode <> ''") > 30
    assert none(state, "select * from ReleasedProductsV2 where coalesce(SalesSalesTaxItemGroupCode, '') = ''")


def test_invoices_are_their_lines_with_twenty_per_cent_at_home(state: State) -> None:
    sql = """select h.InvoiceNumber from SalesInvoiceHeadersV2 h join SalesInvoiceLinesV2 l using (InvoiceNumber) group by 1
        having abs(sum(l.LineAmount) + sum(l.LineTotalTaxAmount) - h.TotalInvoiceAmount) > 0.005"""
    assert none(state, sql)
    ratio = """sum(TotalTaxAmount) / (sum(TotalInvoiceAmount) - sum(TotalTaxAmount)) from SalesInvoiceHeadersV2
        join CustomersV3 on InvoiceCustomerAccountNumber = CustomerAccount where AddressCountryRegionId"""
    assert one(state, f"{ratio} = 'GBR'") == pytest.approx(0.2, abs=1e-4)
    assert one(state, f"{ratio} <> 'GBR'") == 0


def test_the_environment_itself_would_have_booked_it_so(state: State) -> None:
    """Totals, balances and settlements are what its own bookkeeping and its batch job make of them."""
    for table, lines in (("SalesOrderHeadersV2", "SalesOrderLinesV2"), ("LedgerJournalHeaders", "LedgerJournalLines")):
        before = state.select(f'select * from "{table}" order by _key')
        for line in state.select(f'select * from "{lines}" limit 50'):
            emulator.on_change(state, lines, line, line, AT)
        assert state.select(f'select * from "{table}" order by _key') == before
    for invoice in state.select("select * from SalesInvoiceHeadersV2 limit 100"):
        paid = one(state, f"count(*) from CustomerPaymentJournalLines where MarkedInvoice = '{invoice['InvoiceNumber']}'")
        assert journals.open_amount(state, invoice) == (0 if paid else invoice["TotalInvoiceAmount"])
    journal = state.select("select * from LedgerJournalHeaders limit 1")[0]
    assert journals._problems(state, "ukmf", journals._lines(state, "LedgerJournalLines", journal), "TransDate") == []


def test_nothing_is_there_before_its_time(state: State) -> None:
    assert one(state, "max(OrderCreationDateTime) from SalesOrderHeadersV2") <= AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    for table, column in (("SalesInvoiceHeadersV2", "InvoiceDate"), ("CustomerPaymentJournalLines", "TransactionDate")):
        assert one(state, f'max("{column}") from "{table}"')[:10] <= AT.date().isoformat()


def test_every_key_is_what_the_environment_would_call_it_and_stays(state: State) -> None:
    later = emulator.rows(CHUNK, AT + timedelta(days=60))
    for table, frame in emulator.rows(CHUNK, AT).items():
        assert frame["_key"].is_unique().all(), table
        assert frame["_key"].is_in(later[table]["_key"].implode()).all(), table
        assert frame.null_count().sum_horizontal().sum() == 0, table
        for row in state.select(f'select * from "{table}" limit 20'):
            assert record_key(ENTITIES[table], row) == row["_key"]


def test_an_order_is_invoiced_with_its_last_invoice(state: State) -> None:
    now, then = (emulator.rows(CHUNK, at)["SalesOrderHeadersV2"] for at in (AT, AT + timedelta(days=365)))
    both = now.join(then, on="_key", suffix="_then")
    moved = both.filter(both["SalesOrderStatus"] != both["SalesOrderStatus_then"])
    assert set(moved.select("SalesOrderStatus", "SalesOrderStatus_then").rows()) == {("Backorder", "Invoiced")}


def test_numbers_have_the_shape_that_the_sandbox_asks_for() -> None:
    assert ids.order_number(np.array([30_000_042])) == ["SO-030000042"]
    assert ids.invoice_number(np.array([30_000_042 * 24 + 1])) == ["CIV-720001009"]


def test_what_the_clock_brings_is_what_would_have_been_there(state: State) -> None:
    then = AT + timedelta(days=90)
    before, after = emulator.rows(CHUNK, AT), emulator.rows(CHUNK, then)
    moved, fresh = (State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS) for _ in range(2))
    for table in after:
        moved.load(table, before[table])
        moved.follow(table, before[table], after[table])
        fresh.load(table, after[table])
        sql = f'select * from "{table}" order by _key'
        assert moved.select(sql) == fresh.select(sql), table
