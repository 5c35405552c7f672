"""The items that the system counts are those of its own accounting documents."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.sap_s4hana import emulator, source
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from tests.platforms.sap_s4hana.conftest import NOW, Account

SAP = spec.load("sap_s4hana").placed(emulator.SETTINGS)


def book(account: Account, number: str, item: str, year: str, kind: str = "SA", company: str = "1010") -> None:
    """An item of an accounting document."""
    key = {"CompanyCode": company, "FiscalYear": year, "AccountingDocument": number, "AccountingDocumentItem": item}
    named: dict[str, Any] = {"_key": f"{company}/{year}/{number}/{item}", "AccountingDocumentType": kind, "GLAccount": "12100000"}
    worth = {"PostingDate": "2026-11-05", "AmountInTransactionCurrency": 1, "TransactionCurrency": "EUR"}
    account.state.insert(CUBE, key | named | worth, NOW, by="sandbox")


def counts(client: Client) -> dict[tuple[str, str], int]:
    """How many items, by company code and fiscal year; what is named as living is the same."""
    table = SAP.tables["item_count"]
    pages = list(source.pages(client, SAP, table, Window()))
    checked = [check(page, SAP, table) for page in pages]
    assert [(each.rejected, each.new_columns) for each in checked] == [([], ())] * 2
    assert [page.names_living for page in pages] == [False, True]
    assert list(checked[0].rows["fiscal_year"]) == list(checked[1].rows["fiscal_year"])
    return {(row["company_code"], row["fiscal_year"]): row["items"] for row in checked[0].rows.to_dicts()}


def test_items_of_what_is_read_are_counted_by_year(account: Account, client: Client) -> None:
    for number, item, year in [("1", "001", "2024"), ("1", "002", "2024"), ("2", "001", "2026")]:
        book(account, number, item, year)
    book(account, "3", "001", "2026", kind="KR")
    book(account, "4", "001", "2026", company="2010")
    assert counts(client) == {("1010", "2024"): 2, ("1010", "2026"): 1}


def test_what_is_read_is_what_is_counted(account: Account, client: Client) -> None:
    for number in range(5):
        book(account, f"{number}", "001", "2026", kind=("RV", "DR", "DG", "DZ", "AB")[number])
    table = SAP.tables["journal_entry_item"]
    read = sum(len(check(page, SAP, table).rows) for page in source.pages(client, SAP, table, Window()))
    assert counts(client) == {("1010", "2026"): read}


def test_a_company_that_books_nothing_says_so(client: Client) -> None:
    assert counts(client) == {}
