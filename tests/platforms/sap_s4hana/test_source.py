"""Reading a system over HTTP: pages, windows, deletions, and every way it can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.sap_s4hana import emulator, source
from tests.platforms.sap_s4hana.conftest import CUSTOMER, EARLY, NOW, ORDER, RECURRING, Account

SAP = spec.load("sap_s4hana").placed(emulator.SETTINGS)
SINCE = NOW - SAP.overlap  # where a read begins after one that ended now


def records(page: Page) -> list[dict[str, Any]]:
    found: list[Any] = [json.loads(page.body)]
    for step in page.records.split("."):
        found = [each[step.removesuffix("[]")] for each in found]
        found = [each for listed in found for each in listed] if step.endswith("[]") else found
    return found


def read(client: Client, table: str, since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, SAP, SAP.tables[table], Window(since))


def values(pages: Iterator[Page], field: str) -> list[str]:
    return [row[field] for page in pages if not page.names_living for row in records(page)]


def living(pages: Iterator[Page], field: str) -> list[str]:
    return [row[field] for page in pages if page.names_living for row in records(page)]


def products(account: Account, count: int, **stamps: Any) -> list[str]:
    made = [f"P{number:05d}" for number in range(count)]
    columns = ["Product", *stamps]
    sql = f'insert into "A_Product" ({", ".join(columns)}) values ({", ".join("?" * len(columns))})'
    account.state.db.executemany(sql, [(key, *stamps.values()) for key in made])
    return made


@pytest.mark.parametrize("table", sorted(SAP.tables))
def test_every_table_fits_its_declaration(account: Account, client: Client, table: str) -> None:
    account.advance(days=1)
    for since in (None, EARLY):
        for page in read(client, table, since):
            checked = check(page, SAP, SAP.tables[table])
            assert checked.rejected == []
            assert checked.new_columns == ()
            assert len(checked.rows) == len(records(page))


def test_types_survive_the_text_and_dates_of_odata_v2(account: Account, client: Client) -> None:
    account.plant("A_SalesOrder", ORDER, TotalNetAmount=1234.5)
    row = check(next(read(client, "sales_order")), SAP, SAP.tables["sales_order"]).rows.row(0, named=True)
    assert (row["sales_order"], str(row["total_net_amount"]), row["sold_to_party"]) == (ORDER, "1234.500", CUSTOMER)
    assert (str(row["yy1_service_start_sdh"]), row["last_change_date_time"]) == ("2026-10-07", NOW)


@pytest.mark.parametrize("written", [r"\/Date(1793903400123+0000)\/", "/Date(1793903400123)/", "/Date(1793903400123-0300)/"])
def test_a_date_is_the_same_however_it_is_written(written: str) -> None:
    assert source._DATE.sub(source._iso, written.encode()) == b"2026-11-05T18:30:00.123Z"


def test_an_items_row_carries_its_orders_stamp(account: Account, client: Client) -> None:
    account.plant("A_SalesOrder", ORDER, PurchaseOrderByCustomer="Q-2")
    rows = check(next(read(client, "sales_order_item")), SAP, SAP.tables["sales_order_item"]).rows
    assert rows["header_changed_at"].to_list() == [NOW, NOW]


@pytest.mark.proves("pages", "ties")
def test_pages_hold_every_record_once_though_all_changed_in_the_same_second(account: Account, client: Client) -> None:
    made = products(account, 2300, LastChangeDateTime=NOW, CreationDate="2026-01-01")
    pages = list(read(client, "product", SINCE))
    assert values(iter(pages), "Product") == made
    assert [len(records(page)) for page in pages] == [1000, 1000, 300]


@pytest.mark.proves("pages")
def test_paging_by_a_key_of_several_columns_skips_and_repeats_nothing(account: Account, client: Client) -> None:
    keys = [(f"{number:010d}", year, f"{item:03d}") for number in range(300) for year in ("2025", "2026") for item in (1, 2)]
    columns = "_key, AccountingDocument, FiscalYear, AccountingDocumentItem, CompanyCode, AccountingDocumentType"
    sql = f'insert into "A_OperationalAcctgDocItemCube" ({columns}) values (?, ?, ?, ?, ?, ?)'
    account.state.db.executemany(sql, [("/".join(key), *key, "1010", "SA") for key in keys])
    names = ("AccountingDocument", "FiscalYear", "AccountingDocumentItem")
    found = [tuple(row[name] for name in names) for page in read(client, "journal_entry_item") for row in records(page)]
    assert found == keys


def test_a_server_that_sends_less_than_was_asked_is_asked_on(client: Client) -> None:
    class Short:
        """Sends one product at a time and says that there is more."""

        def __init__(self) -> None:
            self.first_answer_at, self.asked = NOW, list[str]()

        def get(self, path: str, params: dict[str, str], headers: dict[str, str]) -> httpx.Response:
            self.asked.append(params.get("$filter", ""))
            left = ["A", "B'C"][len(self.asked) - 1 :]
            found: dict[str, Any] = {"results": [{"Product": left[0]}] if left else []}
            return httpx.Response(200, json={"d": found | ({"__next": "..."} if left else {})})

    short: Any = Short()
    assert values(read(short, "product"), "Product") == ["A", "B'C"]
    assert short.asked == ["", "(Product gt 'A')", "(Product gt 'B''C')"]


def test_only_what_was_created_or_changed_since_is_read(account: Account, client: Client) -> None:
    assert values(read(client, "product", SINCE), "Product") == []
    account.plant("A_Product", RECURRING, ProductOldID="X")
    account.state.insert("A_Product", {"Product": "NEW"}, NOW, by="sandbox")
    assert values(read(client, "product", SINCE), "Product") == ["NEW", RECURRING]


def test_a_new_document_without_a_stamp_is_read_by_its_day(account: Account, client: Client) -> None:
    account.state.insert("A_SalesOrder", {"SalesOrder": "5000", "SoldToParty": CUSTOMER}, NOW, by="sandbox")
    (page,) = (page for page in read(client, "sales_order", SINCE) if not page.names_living)
    assert [(row["SalesOrder"], row["LastChangeDateTime"]) for row in records(page)] == [("5000", None)]


@pytest.mark.proves("late_commit")
def test_a_change_that_is_committed_late_with_an_old_stamp_is_read(account: Account, client: Client) -> None:
    account.plant("A_SalesOrder", ORDER, LastChangeDateTime=NOW - timedelta(hours=5))
    assert values(read(client, "sales_order", SINCE), "SalesOrder") == [ORDER]


def test_an_item_that_was_settled_is_read_though_its_document_never_changed(account: Account, client: Client) -> None:
    key = "1010/2026/1800000001/001"
    item = {"_key": key, "CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": "1800000001"}
    own = {"AccountingDocumentItem": "001", "AccountingDocumentType": "DR", "PostingDate": "2026-10-01", "GLAccount": "12000000"}
    account.state.insert("A_OperationalAcctgDocItemCube", item | own, EARLY, by="sandbox")
    assert values(read(client, "journal_entry_item", SINCE), "AccountingDocument") == []
    account.plant("A_OperationalAcctgDocItemCube", key, IsCleared=1, ClearingAccountingDocument="0200000001")
    assert values(read(client, "journal_entry_item", SINCE), "IsCleared") == [True]


def test_a_changed_item_brings_all_items_of_its_order(account: Account, client: Client) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", NetAmount=1000)
    assert values(read(client, "sales_order_item", SINCE), "SalesOrderItem") == ["10", "20"]
    assert values(read(client, "sales_order", SINCE), "TotalNetAmount") == ["1500.00"]


@pytest.mark.proves("delete")
def test_a_deleted_order_is_not_among_the_living(account: Account, client: Client) -> None:
    account.state.insert("A_SalesOrder", {"SalesOrder": "5000"}, NOW, by="sandbox")
    account.state.delete("A_SalesOrder", ORDER, NOW, by="sandbox")
    assert living(read(client, "sales_order", SINCE), "SalesOrder") == ["5000"]


def test_what_is_read_whole_names_the_living_with_the_same_pages(account: Account, client: Client) -> None:
    account.state.delete("A_AddressEmailAddress", "22001//1", NOW, by="sandbox")
    before = client.requests
    assert living(read(client, "email_address"), "AddressID") == []
    assert client.requests == before + 1
    assert living(read(client, "customer"), "Customer") == [CUSTOMER]


def test_pages_say_that_they_are_read_to_the_systems_own_time(client: Client) -> None:
    client.first_answer_at = None
    assert [page.read_to for page in read(client, "sales_order", SINCE) if not page.names_living] == [NOW]


@pytest.mark.proves("rate_limit", "server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset", "expired_token"])
def test_a_read_survives(account: Account, client: Client, kind: str) -> None:
    made = products(account, 1500)
    pages = read(client, "product")
    first = next(pages)
    account.fault(kind, match="A_Product")
    assert values(iter([first, *pages]), "Product") == [*made, RECURRING, "SKU-0002"]


@pytest.mark.proves("expired_token")
def test_a_token_that_ran_out_is_renewed(account: Account, client: Client) -> None:
    assert values(read(client, "product"), "Product") == [RECURRING, "SKU-0002"]
    account.advance(hours=2)
    assert values(read(client, "product"), "Product") == [RECURRING, "SKU-0002"]


@pytest.mark.proves("rate_limit")
def test_a_system_that_stays_busy_says_when_to_come_again(account: Account) -> None:
    account.fault("rate_limit", match="A_Product")
    with account.client(attempts=1) as client, pytest.raises(Transient, match="429") as busy:
        list(read(client, "product"))
    assert busy.value.retry_after == emulator.errors.RETRY_AFTER


@pytest.mark.proves("error_body")
def test_a_field_that_was_removed_is_refused_by_name(client: Client) -> None:
    table = SAP.tables["sales_order"]
    gone = table.model_copy(update={"columns": table.columns | {"YY1_Gone_SDH": table.columns["SalesOrderType"]}})
    with pytest.raises(Terminal, match="YY1_Gone_SDH"):
        list(source.pages(client, SAP, gone, Window()))


def test_a_service_without_its_arrangement_is_told_so(client: Client) -> None:
    table = SAP.tables["product"]
    moved = table.model_copy(update={"options": table.options | {"service": "API_OTHER_SRV"}})
    with pytest.raises(Unauthorized, match="communication arrangement"):
        list(source.pages(client, SAP, moved, Window()))


def test_a_table_that_lost_its_key_is_an_error_not_an_endless_read(account: Account, client: Client) -> None:
    account.fault("schema_change", table="A_Product", column="Product", change="drop")
    with pytest.raises(Terminal, match="cannot be read"):
        list(read(client, "product"))


def test_a_column_whose_type_changed_is_named(account: Account, client: Client) -> None:
    account.fault("schema_change", table="A_SalesOrder", column="SoldToParty", change="retype")
    (page,) = read(client, "sales_order")
    assert "SoldToParty" in check(page, SAP, SAP.tables["sales_order"]).rejected[0].reason


def test_the_window_counts_days_from_the_next_one_on() -> None:
    told = source._changed(SAP.tables["sales_order"], datetime(2026, 11, 3, 18, 30, tzinfo=UTC))
    assert told == "(LastChangeDateTime ge datetimeoffset'2026-11-03T18:30:00Z') or (CreationDate ge datetime'2026-11-04T00:00:00')"
