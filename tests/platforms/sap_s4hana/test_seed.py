"""The simulated company as the system shows it: complete, balanced, and only what exists by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.sap_s4hana import emulator, ids
from q2c_pipelines.platforms.sap_s4hana.emulator import bookkeeping
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from q2c_pipelines.sandbox import world
from q2c_pipelines.sandbox.chains import DE

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
CHUNK = world.chunk(chain=DE)


@pytest.fixture(scope="module")
def state() -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(CHUNK, AT).items():
        state.load(table, frame)
    return state


def found(state: State, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in state.select(sql)]


def test_every_reference_is_carried(state: State) -> None:
    carried = {
        "A_BusinessPartner": "BusinessPartnerIDByExtSystem is not null",
        "A_SalesOrder": "YY1_QuoteID_SDH is not null and PurchaseOrderByCustomer like 'Q-%'",
        "A_BillingDocument": "DocumentReferenceID like 'INV%'",
        "A_BillingDocumentItem": "SalesDocument in (select SalesOrder from A_SalesOrder)",
        f"{CUBE} where AccountingDocumentType = 'DZ'": "DocumentItemText like 'P-%' and AssignmentReference like 'INV%'",
        f"{CUBE} where AccountingDocumentType = 'SA'": "DocumentItemText like 'REV:%'",
    }
    for table, condition in carried.items():
        joined = "and" if "where" in table else "where"
        assert found(state, f"select count(*) > 50 from {table}") == [(1,)], table
        assert found(state, f"select count(*) from {table} {joined} not ({condition})") == [(0,)], table


def test_an_order_is_known_by_the_number_that_the_company_gives_it(state: State) -> None:
    numbers = set(CHUNK.deals["order_number"])
    assert {number for (number,) in found(state, "select SalesOrder from A_SalesOrder")} <= numbers
    assert ids.order_number(CHUNK.deals["deal_no"].to_numpy()[:1])[0] in numbers


def test_every_product_says_how_it_is_taxed(state: State) -> None:
    taxed = "select Product from A_ProductSalesTax where Country = 'DE' and TaxClassification <> ''"
    assert found(state, "select count(*) > 30 from A_Product") == [(1,)]
    assert found(state, f"select Product from A_Product where Product not in ({taxed})") == []


def test_nothing_is_there_before_its_time(state: State) -> None:
    today = f"{AT:%Y-%m-%d}"
    for table in ("A_BusinessPartner", "A_Product", "A_SalesOrder", "A_BillingDocument"):
        assert found(state, f"select count(*) from {table} where CreationDate > '{today}'") == [(0,)]
    dates = "max(AccountingDocumentCreationDate, coalesce(ClearingCreationDate, ''))"
    assert found(state, f"select count(*) from {CUBE} where {dates} > '{today}'") == [(0,)]


def test_every_document_balances_and_is_taxed(state: State) -> None:
    total = "having abs(sum(AmountInTransactionCurrency)) > 0.005"
    assert found(state, f"select AccountingDocument from {CUBE} group by FiscalYear, AccountingDocument {total}") == []
    wrong = "abs(TotalNetAmount + TaxAmount - TotalGrossAmount) > 0.005 or abs(TotalNetAmount * rate - TaxAmount) > 0.05"
    by_item = f"select BillingDocument, max(iif(TaxCode = 'A1', 0.19, 0)) as rate from {CUBE} group by 1"
    taxed = f"select BillingDocument, rate from A_BillingDocument join ({by_item}) using (BillingDocument)"
    assert found(state, f"{taxed} where {wrong}") == []
    assert {rate for _, rate in found(state, taxed)} == {0, 0.19}


def test_a_billing_document_is_what_its_items_and_its_posting_say(state: State) -> None:
    items = "select BillingDocument, sum(NetAmount) as net from A_BillingDocumentItem group by 1"
    owed = f"select BillingDocument, AmountInTransactionCurrency as gross, IsCleared from {CUBE} where FinancialAccountType = 'D'"
    sql = f"""select BillingDocument from A_BillingDocument left join ({items}) using (BillingDocument)
        left join ({owed}) using (BillingDocument)
        where abs(net - TotalNetAmount) > 0.005 or abs(gross - TotalGrossAmount) > 0.005 or net is null or gross is null
        or (InvoiceClearingStatus = 'C') <> IsCleared"""
    assert found(state, sql) == []


def test_what_was_cleared_together_comes_to_nothing(state: State) -> None:
    cleared = f"select ClearingAccountingDocument as c, AmountInTransactionCurrency as a from {CUBE} where IsCleared = 1"
    assert found(state, f"select c from ({cleared}) group by c having count(*) <> 2 or abs(sum(a)) > 0.005") == []
    assert found(state, f"select count(*) > 50 from {CUBE} where IsCleared = 1") == [(1,)]


def test_the_bookkeeping_finds_nothing_to_correct_in_an_order(state: State) -> None:
    for order in state.select("select * from A_SalesOrder order by SalesOrder desc limit 100"):
        bookkeeping.total(state, order["SalesOrder"])
        assert state.get("A_SalesOrder", order["SalesOrder"]) == order


def test_every_key_is_unique_and_stays() -> None:
    later = emulator.rows(CHUNK, AT + timedelta(days=30))
    for table, frame in emulator.rows(CHUNK, AT).items():
        key = emulator.KEYS[table]
        assert frame[key].is_unique().all(), table
        assert frame[key].is_in(later[table][key].implode()).all(), table


def test_before_the_company_trades_there_are_tables_without_rows() -> None:
    early = emulator.rows(CHUNK, datetime(2020, 1, 1, tzinfo=UTC))
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in early.items():
        state.load(table, frame)
    for table, frame in emulator.rows(CHUNK, AT).items():
        state.follow(table, early[table], frame)
        assert len(state.select(f'select * from "{table}"')) == len(frame), table


def test_a_later_change_moves_the_orders_stamp() -> None:
    now = emulator.rows(CHUNK, AT)["A_SalesOrder"]
    later = emulator.rows(CHUNK, AT + timedelta(days=30))["A_SalesOrder"]
    both = now.join(later, on="SalesOrder", suffix="_later")
    changed = both.filter(both["OverallSDProcessStatus"] != both["OverallSDProcessStatus_later"])
    assert len(changed) > 0
    assert (changed["LastChangeDateTime_later"] > AT).all()
