"""Reading an account over HTTP: pages, windows, deletions, and every way it can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.netsuite import source, suiteql
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.netsuite.conftest import CUSTOMER, NOW, ORDER, RECURRING, Account
from tests.platforms.resuming import Later, only, resumed

NETSUITE = spec.load("netsuite")


def records(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.body)["items"]
    return found


def read(client: Client, table: str, since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, NETSUITE, NETSUITE.tables[table], Window(since))


def ids(pages: Iterator[Page]) -> tuple[list[int], list[int]]:
    living: list[int] = []
    deleted: list[int] = []
    for page in pages:
        (deleted if page.is_deleted else living).extend(int(row["id"]) for row in records(page))
    return living, deleted


def customers(account: Account, count: int, at: datetime = NOW) -> list[int]:
    made = list(range(1000, 1000 + count))
    for key in made:
        row = {"id": key, "entityid": f"C{key}", "companyname": f"Company {key}", "currency": 1, "lastmodifieddate": at}
        account.state.insert("customer", row, at, by="sandbox")
    return made


@pytest.mark.parametrize("table", sorted(NETSUITE.tables))
def test_every_table_fits_its_declaration(account: Account, client: Client, table: str) -> None:
    account.state.delete("transactionline", ORDER * 10_000 + 2, NOW)
    account.state.delete("item", 202, NOW)
    for page in read(client, table):
        checked = check(page, NETSUITE, NETSUITE.tables[table])
        assert checked.rejected == []
        assert checked.new_columns == ()
        assert len(checked.rows) == len(records(page))


def test_types_survive_the_text_that_suiteql_makes_of_them(client: Client) -> None:
    page = next(read(client, "transaction"))
    row = check(page, NETSUITE, NETSUITE.tables["transaction"]).rows.row(0, named=True)
    assert (row["id"], row["tranid"], str(row["foreigntotal"])) == (ORDER, "SO00000042", "1700.0000")
    assert (str(row["startdate"]), row["voided"], row["subsidiary"]) == ("2026-10-07", False, 1)
    assert row["lastmodifieddate"] == NOW - timedelta(days=30)


@pytest.mark.parametrize(("hidden", "missing"), [("currency", "currencysymbol"), ("transactionline", "subsidiary")])
def test_a_document_whose_currency_or_company_the_role_may_not_see_is_refused_not_passed_over(
    account: Account, client: Client, hidden: str, missing: str
) -> None:
    account.state.db.execute(f"delete from {hidden}")
    (page,) = read(client, "transaction")
    (refused,) = check(page, NETSUITE, NETSUITE.tables["transaction"]).rejected
    assert missing in refused.reason


def test_a_customer_comes_with_its_address_terms_and_currency(client: Client) -> None:
    (row,) = records(next(read(client, "customer")))
    assert (row["city"], row["termsname"], row["currencysymbol"]) == ("Reno", "Net 30", "USD")


@pytest.mark.proves("pages", "ties")
def test_pages_hold_every_record_once_though_all_changed_in_the_same_second(account: Account, client: Client) -> None:
    made = customers(account, 2300)
    pages = list(read(client, "customer"))
    living, _ = ids(iter(pages))
    assert sorted(living) == [CUSTOMER, *made]
    assert [len(records(page)) for page in pages] == [1000, 1000, 301]


@pytest.mark.proves("pages")
def test_paging_by_a_key_of_several_columns_skips_and_repeats_nothing(account: Account, client: Client) -> None:
    lines = [(ORDER, n) for n in range(3, 1203)]
    sql = 'insert into transactionline (uniquekey, "transaction", id, mainline) values (?, ?, ?, ?)'
    account.state.db.executemany(sql, [(order * 10_000 + line, order, line, "F") for order, line in lines])
    found = [(int(row["transaction"]), int(row["id"])) for page in read(client, "transactionline") for row in records(page)]
    assert found == [(ORDER, 0), (ORDER, 1), (ORDER, 2), *lines]


def test_a_record_that_changes_while_it_is_read_is_brought_by_the_next_read(account: Account, client: Client) -> None:
    customers(account, 1500)
    pages = read(client, "customer")
    first = next(pages)
    account.advance(minutes=30)
    account.plant("customer", 1000, phone="1")
    account.plant("customer", 2499, phone="1")
    living, _ = ids(iter([first, *pages]))
    assert 2499 not in living
    again, _ = ids(read(client, "customer", NOW - timedelta(minutes=10)))
    assert {1000, 2499} <= set(again)


@pytest.mark.proves("late_commit")
def test_a_record_committed_late_with_an_old_stamp_is_read_within_the_overlap(account: Account, client: Client) -> None:
    assert ids(read(client, "customer", NOW))[0] == []
    (late,) = customers(account, 1, NOW - timedelta(minutes=5))
    account.advance(minutes=1)
    assert ids(read(client, "customer", NOW - NETSUITE.overlap))[0] == [late]


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_and_is_resumed_loses_nothing(account: Account, tmp_path: Path) -> None:
    made = customers(account, 2300)
    outage = Later("server_error", match="suiteql", times=100, skip=2)
    held = resumed(only(NETSUITE, "customer"), account.connection(), account.emulation, outage, tmp_path)
    assert sorted(map(int, held)) == [CUSTOMER, *made]


def test_only_what_changed_since_is_read(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.plant("customer", CUSTOMER, phone="1")
    assert ids(read(client, "customer", NOW))[0] == [CUSTOMER]
    assert ids(read(client, "item", NOW))[0] == []


def test_a_changed_line_brings_all_lines_of_its_document(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.plant("transactionline", ORDER * 10_000 + 1, rate=99.0)
    (page,) = read(client, "transactionline", NOW)
    assert [row["id"] for row in records(page)] == ["0", "1", "2"]
    (header,) = records(next(read(client, "transaction", NOW)))
    assert header["foreigntotal"] == "1490"


@pytest.mark.proves("delete")
def test_deleted_records_come_as_tombstones_of_their_table(account: Account, client: Client) -> None:
    account.advance(hours=1)
    account.state.delete("transaction", ORDER, account.at[0])
    account.state.delete("customer", CUSTOMER, account.at[0])
    assert ids(read(client, "transaction", NOW)) == ([], [ORDER])
    assert ids(read(client, "customer", NOW)) == ([], [CUSTOMER])
    (stone,) = read(client, "transaction", NOW)
    assert records(stone)[0]["lastmodifieddate"] == "2026-11-05 11:30:00"


@pytest.mark.proves("merge")
def test_a_merged_customer_is_a_tombstone_and_its_documents_name_the_other(account: Account, client: Client) -> None:
    """NetSuite deletes the customer that is merged away and gives its transactions, stamped anew, to the one that stays."""
    (winner,) = customers(account, 1)
    account.advance(hours=1)
    account.plant("transaction", ORDER, entity=winner)
    account.state.delete("customer", CUSTOMER, account.at[0])
    assert ids(read(client, "customer", account.at[0])) == ([], [CUSTOMER])
    (moved,) = records(next(read(client, "transaction", account.at[0])))
    assert (moved["id"], moved["entity"]) == (str(ORDER), str(winner))


@pytest.mark.proves("delete")
@pytest.mark.parametrize(
    "kind",
    ["Service Sale", "Service Resale", "NonInvtPart", "OthCharge Purchase", "InvtPart", "Kit", "Assembly", "DwnLdItem", "Discount"],
)
def test_a_deleted_item_of_any_kind_is_a_tombstone(account: Account, client: Client, kind: str) -> None:
    itemtype, _, subtype = kind.partition(" ")
    account.advance(hours=1)
    account.plant("item", RECURRING, itemtype=itemtype, subtype=subtype or None)
    account.state.delete("item", RECURRING, account.at[0])
    assert ids(read(client, "item", NOW)) == ([], [RECURRING])


def test_the_first_read_asks_for_no_tombstones(account: Account, client: Client) -> None:
    account.state.delete("customer", CUSTOMER, NOW)
    assert ids(read(client, "customer")) == ([], [])


@pytest.mark.parametrize("minute", [5, 35, 59])
def test_in_the_hour_that_autumn_repeats_nothing_is_passed_over(minute: int) -> None:
    since = datetime(2026, 11, 1, 8, minute, tzinfo=UTC)  # 01:xx daylight time; an hour later it is 01:xx again
    local = suiteql.clock_since(since, "America/Los_Angeles")
    assert "2026-11-01 01:00:00" in local


def test_ordinary_times_are_told_on_the_accounts_clock() -> None:
    assert "2026-07-01 05:30:15" in suiteql.clock_since(datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC), "America/Los_Angeles")


@pytest.mark.proves("rate_limit", "server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset", "expired_token"])
def test_a_read_survives(account: Account, client: Client, kind: str) -> None:
    customers(account, 1500)
    pages = read(client, "customer")
    first = next(pages)
    account.fault(kind, match="suiteql")
    living, _ = ids(iter([first, *pages]))
    assert len(living) == 1501


@pytest.mark.proves("expired_token")
def test_a_token_that_ran_out_is_renewed(account: Account, client: Client) -> None:
    assert ids(read(client, "customer"))[0] == [CUSTOMER]
    account.advance(hours=2)
    assert ids(read(client, "customer"))[0] == [CUSTOMER]


@pytest.mark.proves("rate_limit")
def test_an_account_that_stays_busy_is_reported_as_busy(account: Account) -> None:
    account.fault("rate_limit", match="suiteql", times=2)
    with account.client(attempts=1) as client, pytest.raises(Transient, match="CONCURRENCY_LIMIT_EXCEEDED"):
        list(read(client, "customer"))


def test_an_overloaded_account_that_takes_us_for_a_stranger_is_tried_once_more_later(account: Account) -> None:
    account.fault("expired_token", match="suiteql", times=2)
    with account.client(attempts=1) as client:
        with pytest.raises(Transient, match=r"INVALID_LOGIN.*overloaded") as refused:
            list(read(client, "subsidiary"))
        assert refused.value.retry_after == 60
        assert len(list(read(client, "subsidiary"))) == 1


def test_an_account_that_goes_on_refusing_new_tokens_is_not_asked_for_ever(account: Account) -> None:
    account.fault("expired_token", match="suiteql", times=4)
    with account.client(attempts=1) as client:
        for kind in (Transient, Unauthorized):
            with pytest.raises(kind):
                list(read(client, "subsidiary"))


@pytest.mark.parametrize("credential", ["client_id", "certificate_id"])
def test_wrong_credentials_are_refused_with_what_to_check(account: Account, credential: str) -> None:
    with account.client(**{credential: "wrong"}) as client, pytest.raises(Unauthorized, match="certificate mapping"):
        list(read(client, "customer"))


def test_a_table_that_lost_its_key_is_an_error_not_an_endless_read(account: Account, client: Client) -> None:
    account.fault("schema_change", table="customer", column="id", change="drop")
    with pytest.raises(Terminal, match="without its key"):
        list(read(client, "customer"))


def test_a_column_whose_type_changed_is_named(account: Account, client: Client) -> None:
    account.fault("schema_change", table="customer", column="email", change="retype")
    (page,) = read(client, "customer")
    assert "email" in check(page, NETSUITE, NETSUITE.tables["customer"]).rejected[0].reason


@pytest.mark.proves("error_body")
def test_a_field_that_was_removed_from_the_account_is_refused_by_name(client: Client) -> None:
    table = NETSUITE.tables["customer"]
    gone = table.model_copy(update={"columns": table.columns | {"custentity_gone": table.columns["email"]}})
    with pytest.raises(Terminal, match="custentity_gone"):
        list(source.pages(client, NETSUITE, gone, Window()))


def test_a_field_that_is_hidden_looks_like_one_that_is_empty(account: Account, client: Client) -> None:
    account.fault("schema_change", table="customer", column="email", change="drop")
    (page,) = read(client, "customer")
    checked = check(page, NETSUITE, NETSUITE.tables["customer"])
    assert (checked.rejected, checked.rows["email"].to_list()) == ([], [None])


def test_a_required_field_that_is_hidden_costs_the_records_that_need_it(account: Account, client: Client) -> None:
    account.fault("schema_change", table="transaction", column="foreigntotal", change="drop")
    (page,) = read(client, "transaction")
    checked = check(page, NETSUITE, NETSUITE.tables["transaction"])
    assert {"foreigntotal is required and empty"} == {each.reason for each in checked.rejected}
