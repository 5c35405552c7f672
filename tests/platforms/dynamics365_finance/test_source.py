"""Reading an environment over HTTP: whole tables in pages or packages, what is gone, and every way it can be interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import polars as pl
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.dynamics365_finance import source
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.dynamics365_finance.conftest import CUSTOMER, INVOICE, Environment, Make, bare, finance

FINANCE = finance()


def read(client: Client, table: str, bulk_threshold: int = 50_000) -> Iterator[Page]:
    platform = finance(bulk_threshold)
    return source.pages(client, platform, platform.tables[table], Window())


def rows(pages: Iterator[Page], table: str = "customer") -> pl.DataFrame:
    """What the lake would keep of the pages that hold records."""
    return pl.concat(check(page, FINANCE, FINANCE.tables[table]).rows for page in pages if not page.names_living)


def accounts(pages: Iterator[Page]) -> list[str]:
    return rows(pages)["customer_account"].to_list()


def customers(environment: Environment, count: int) -> list[str]:
    """So many more customers, all of the same second."""
    named = [f"UK-1{number:05d}" for number in range(count)]
    for account in named:
        environment.add("CustomersV3", CustomerAccount=account, OrganizationName=account)
    return named


@pytest.mark.parametrize("table", sorted(FINANCE.tables))
def test_every_table_fits_its_declaration(environment: Environment, client: Client, table: str) -> None:
    batch = {"JournalBatchNumber": "JB-1"}
    for header in ("LedgerJournalHeaders", "CustomerPaymentJournalHeaders"):
        environment.add(header, **batch)
    for line in ("LedgerJournalLines", "CustomerPaymentJournalLines"):
        environment.add(line, LineNumber=1, **batch)
    environment.add("CustomerPaymentJournalLineSettledInvoices", JournalLineNumber=1, InvoiceNumber=INVOICE, **batch)
    page, _ = read(client, table)
    checked = check(page, FINANCE, FINANCE.tables[table])
    assert (checked.rejected, checked.new_columns) == ([], ())
    assert len(checked.rows) == len(orjson.loads(page.body)["value"]) > 0


def test_types_survive_their_way(client: Client) -> None:
    row = rows(read(client, "sales_invoice"), "sales_invoice").row(0, named=True)
    assert (str(row["total_invoice_amount"]), row["invoice_date"].isoformat()) == ("720.0000", "2026-10-06")


@pytest.mark.proves("pages", "ties")
def test_pages_hold_every_record_once_though_all_came_in_the_same_second(make: Make) -> None:
    environment = make(page_size=10)
    named = customers(environment, 29)
    with environment.client() as client:
        pages = list(read(client, "customer"))
    assert accounts(iter(pages)) == [CUSTOMER, *named]
    assert [len(orjson.loads(page.body)["value"]) for page in pages if not page.names_living] == [10, 10, 10]


@pytest.mark.proves("pages")
@pytest.mark.parametrize("table", sorted(FINANCE.tables))
def test_paging_by_a_key_of_several_parts_skips_and_repeats_nothing(make: Make, table: str) -> None:
    environment, declared = make(page_size=1), FINANCE.tables[table]
    for number in range(1, 4):
        key: dict[str, Any] = {name: _part(declared.columns[name].type, number) for name in declared.key if name != "dataAreaId"}
        environment.add(declared.object, **key)
    count = len(environment.rows(declared.object))
    with environment.client() as client:
        found = rows(read(client, table), table)
    assert len(found) == found.n_unique() == count


def _part(kind: str, number: int) -> Any:
    texts = {"string": f"K'{number}", "date": f"2026-10-0{number}T12:00:00Z"}
    return texts.get(kind, number)


def test_a_record_that_goes_while_others_are_read_costs_none_of_them(make: Make) -> None:
    environment = make(page_size=10)
    named = customers(environment, 25)
    with environment.client() as client:
        pages = read(client, "customer")
        first = [next(pages), next(pages)]
        environment.state.delete("CustomersV3", f"ukmf|{named[0]}", environment.at[0])
        assert accounts(iter([*first, *pages])) == [CUSTOMER, *named]


def test_the_vendors_own_next_link_passes_over_one_then(make: Make) -> None:
    environment = make(page_size=10)
    named = customers(environment, 25)
    with bare(environment) as http:
        first = http.get("/data/CustomersV3", params={"$orderby": "dataAreaId,CustomerAccount"}).json()
        environment.state.delete("CustomersV3", f"ukmf|{named[0]}", environment.at[0])
    with httpx.Client(auth=http.auth) as anywhere:
        second = anywhere.get(first["@odata.nextLink"]).json()
    seen = [row["CustomerAccount"] for row in first["value"] + second["value"]]
    assert named[9] not in seen


@pytest.mark.proves("late_commit")
def test_a_record_entered_late_with_an_old_date_is_read(environment: Environment, client: Client) -> None:
    document = {"InvoiceNumber": "CIV-0", "InvoiceDate": "2021-01-01T12:00:00Z", "LedgerVoucher": "ARI-0"}
    list(read(client, "sales_invoice"))
    environment.add("SalesInvoiceHeadersV2", **document)
    assert set(rows(read(client, "sales_invoice"), "sales_invoice")["invoice_number"]) == {INVOICE, "CIV-0"}


@pytest.mark.proves("delete")
def test_who_lives_is_named_so_that_the_rest_is_gone(make: Make) -> None:
    environment = make(page_size=2)
    customers(environment, 4)
    with environment.client() as client:
        pages = list(read(client, "customer"))
    assert [page.body for page in pages if page.names_living] == [page.body for page in pages if not page.names_living]


@pytest.mark.proves("resume")
def test_a_read_that_died_is_begun_anew_and_loses_nothing(make: Make) -> None:
    environment = make(page_size=5)
    named = customers(environment, 11)
    with environment.client(attempts=1) as client:
        pages = read(client, "customer")
        next(pages)
        environment.fault("reset")
        with pytest.raises(Transient):
            list(pages)
        assert accounts(read(client, "customer")) == [CUSTOMER, *named]


def test_a_company_of_no_records_shows_none_and_no_error(environment: Environment, client: Client) -> None:
    environment.state.delete("CustomersV3", f"ukmf|{CUSTOMER}", environment.at[0])
    page, living = read(client, "customer")
    assert (orjson.loads(page.body)["value"], living.names_living) == ([], True)


@pytest.mark.parametrize("table", sorted(FINANCE.tables))
def test_a_package_holds_the_same_rows_as_the_pages(make: Make, table: str) -> None:
    environment, declared = make(page_size=1), FINANCE.tables[table]
    for number in range(1, 3):
        key: dict[str, Any] = {name: _part(declared.columns[name].type, number) for name in declared.key if name != "dataAreaId"}
        environment.add(declared.object, **key)
    with environment.client() as client:
        in_bulk = list(read(client, table, bulk_threshold=1))
        assert {page.format for page in in_bulk} == {"ndjson"}
        assert rows(iter(in_bulk), table).rows() == rows(read(client, table), table).rows()


def test_few_rows_are_worth_no_package(make: Make) -> None:
    environment = make(page_size=10)
    customers(environment, 20)
    with environment.client() as client:
        assert {page.format for page in read(client, "customer", bulk_threshold=21)} == {"json"}
        assert {page.format for page in read(client, "customer", bulk_threshold=20)} == {"ndjson"}


@pytest.mark.parametrize(
    ("fault", "kind", "named"), [("job_failed", Terminal, "q2c_customers Failed"), ("job_late", Transient, "is Executing after")]
)
def test_an_export_that_fails_or_hangs_is_told(make: Make, fault: str, kind: type[Exception], named: str) -> None:
    environment = make(page_size=1)
    customers(environment, 2)
    environment.fault(fault, match="q2c_customers", times=10**6)
    with environment.client() as client:
        client.job_patience = 0.05
        with pytest.raises(kind, match=named):
            list(read(client, "customer", bulk_threshold=1))


def test_a_data_project_that_nobody_made_is_told_by_name(make: Make) -> None:
    environment = make(page_size=1)
    customers(environment, 2)
    platform = finance(1)
    table = platform.tables["customer"].model_copy(update={"options": {"project": "q2c_nothing"}})
    with environment.client(attempts=1) as client, pytest.raises(Transient, match="q2c_nothing"):
        list(source.pages(client, platform, table, Window()))


@pytest.mark.proves("rate_limit", "server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset", "expired_token"])
def test_a_read_survives(make: Make, kind: str) -> None:
    environment = make(page_size=10)
    named = customers(environment, 15)
    with environment.client() as client:
        pages = read(client, "customer")
        first = next(pages)
        environment.fault(kind, match="CustomersV3")
        assert accounts(iter([first, *pages])) == [CUSTOMER, *named]


@pytest.mark.proves("rate_limit")
@pytest.mark.parametrize("kind", ["rate_limit", "overloaded"])
def test_an_environment_that_stays_busy_says_when_to_come_back(environment: Environment, kind: str) -> None:
    environment.fault(kind, match="CustomersV3")
    told = "limit of 6000" if kind == "rate_limit" else "high resource utilization"
    with environment.client(attempts=1) as client, pytest.raises(Transient, match=told) as busy:
        list(read(client, "customer"))
    assert (busy.value.status, busy.value.retry_after) == (429, 1.0)


@pytest.mark.proves("expired_token")
def test_a_token_that_ran_out_is_renewed(environment: Environment, client: Client) -> None:
    assert accounts(read(client, "customer")) == [CUSTOMER]
    environment.advance(hours=2)
    assert accounts(read(client, "customer")) == [CUSTOMER]


@pytest.mark.parametrize("credential", ["tenant_id", "client_id", "client_secret"])
def test_wrong_credentials_are_refused_with_what_to_check(environment: Environment, credential: str) -> None:
    wrong = pytest.raises(Unauthorized, match=r"AADSTS.*Check tenant_id")
    with environment.client(**{credential: "wrong"}) as client, wrong:
        list(read(client, "customer"))
    assert "s3cret" not in repr(environment.connection())


def test_a_page_that_lost_its_key_is_an_error_not_an_endless_read(make: Make) -> None:
    environment = make(page_size=1)
    customers(environment, 2)
    environment.fault("schema_change", table="CustomersV3", column="CustomerAccount", change="drop")
    with environment.client() as client, pytest.raises(Terminal, match="without its key"):
        list(read(client, "customer"))


def test_a_field_that_was_removed_is_refused_by_name(client: Client) -> None:
    table = FINANCE.tables["customer"]
    gone = table.model_copy(update={"columns": table.columns | {"Gone_Custom": table.columns["CrmId_Custom"]}})
    with pytest.raises(Terminal, match="Gone_Custom"):
        list(source.pages(client, FINANCE, gone, Window()))


@pytest.mark.parametrize("change", ["drop", "retype"])
def test_a_column_that_changed_is_named(environment: Environment, client: Client, change: str) -> None:
    environment.fault("schema_change", table="CustomersV3", column="PrimaryContactEmail", change=change)
    page, _ = read(client, "customer")
    (refused,) = check(page, FINANCE, FINANCE.tables["customer"]).rejected
    assert "PrimaryContactEmail" in refused.reason
