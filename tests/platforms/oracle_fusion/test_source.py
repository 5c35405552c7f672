"""Reading a pod over HTTP: pages, windows, children, deletions, and every way it can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.lake.ingest import Summary, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.oracle_fusion import emulator, source
from q2c_pipelines.platforms.oracle_fusion.emulator import ledger
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.oracle_fusion.pod import NOW, ORDER, PARTY, Pod
from tests.platforms.oracle_fusion.told import payment_command, run
from tests.platforms.resuming import Later

FUSION = spec.load("oracle_fusion").placed(emulator.SETTINGS)


@dataclass
class Recorded:
    """A client that always gets the same answer."""

    body: str

    def get(self, *_: object) -> httpx.Response:
        return httpx.Response(200, text=self.body)


def read(client: Client, table: str, since: datetime | None = None) -> Iterator[Page]:
    return source.pages(client, FUSION, FUSION.tables[table], Window(since))


def records(page: Page) -> list[dict[str, Any]]:
    if page.format == "ndjson":
        return [json.loads(line) for line in page.body.splitlines()]
    found: list[dict[str, Any]] = json.loads(page.body)["items"]
    return found


def keys(pages: Iterator[Page]) -> tuple[list[int], list[int]]:
    """What was read, and what was named as living."""
    changed: list[int] = []
    living: list[int] = []
    for page in pages:
        name = FUSION.tables[page.table].key[-1]
        (living if page.names_living else changed).extend(int(row[name]) for row in records(page))
    return changed, living


def organizations(pod: Pod, count: int, at: datetime = NOW) -> list[int]:
    made = list(range(400_000, 400_000 + count))
    for key in made:
        row = {"PartyId": key, "PartyNumber": str(key), "OrganizationName": f"Company {key}", "Status": "A", "LastUpdateDate": at}
        pod.state.insert("hubOrganizations", row, at, by="sandbox")
    return made


@pytest.mark.parametrize("table", sorted(FUSION.tables))
def test_every_table_fits_its_declaration(pod: Pod, client: Client, table: str) -> None:
    for page in read(client, table):
        checked = check(page, FUSION, FUSION.tables[table])
        assert checked.rejected == []
        assert checked.new_columns == ()
        assert len(checked.rows) == len(records(page))


@pytest.mark.proves("pages", "ties")
def test_pages_hold_every_record_once_though_all_changed_in_the_same_second(pod: Pod, client: Client) -> None:
    made = organizations(pod, 1200)
    pages = list(read(client, "organization"))
    assert sorted(keys(iter(pages))[0]) == [*made, PARTY]
    assert [len(records(page)) for page in pages] == [500, 500, 201]


def test_a_record_that_goes_while_it_is_paged_takes_no_other_with_it(pod: Pod, client: Client) -> None:
    made = organizations(pod, 1200)
    pages = read(client, "organization")
    first = next(pages)
    pod.state.delete("hubOrganizations", made[0], NOW)
    changed, _ = keys(iter([first, *pages]))
    assert sorted(changed) == [*made, PARTY]


def test_only_what_changed_since_is_read_and_all_that_lives_is_named(pod: Pod, client: Client) -> None:
    made = organizations(pod, 600, NOW - timedelta(days=2))
    pod.at[0] += timedelta(hours=1)
    pod.plant("hubOrganizations", made[0], RawPhoneNumber="1")
    changed, living = keys(read(client, "organization", NOW))
    assert changed == [made[0]]
    assert sorted(living) == [*made, PARTY]


@pytest.mark.proves("late_commit")
def test_a_record_that_commits_late_with_an_old_stamp_is_inside_the_overlap(pod: Pod, client: Client) -> None:
    late = organizations(pod, 1, NOW - timedelta(minutes=25))
    assert keys(read(client, "organization", NOW - FUSION.overlap))[0] == late


@pytest.mark.proves("delete")
def test_a_deleted_record_is_not_named_any_more(pod: Pod, client: Client) -> None:
    made = organizations(pod, 2)
    pod.state.delete("hubOrganizations", made[1], NOW)
    _, living = keys(read(client, "organization", NOW + timedelta(hours=1)))
    assert sorted(living) == [made[0], PARTY]


@pytest.mark.proves("merge")
def test_a_merged_party_comes_with_its_status(pod: Pod, client: Client) -> None:
    pod.plant("hubOrganizations", PARTY, Status="M")
    (page,) = read(client, "organization")
    assert records(page)[0]["Status"] == "M"


def test_the_user_that_lost_its_data_access_is_told_and_nothing_is_taken_for_deleted(pod: Pod, client: Client) -> None:
    pod.deny("hidden_unit", "CA BU")
    pages = read(client, "sales_order", NOW)
    with pytest.raises(Unauthorized, match="data access to the business unit"):
        list(pages)


def test_a_resource_that_the_user_may_not_read_is_refused_by_name(pod: Pod, client: Client) -> None:
    pod.deny("hidden_resource", "journalBatches")
    with pytest.raises(Unauthorized, match="not authorized to access journalBatches"):
        list(read(client, "journal_batch"))


def test_children_say_whose_they_are_and_when_their_parent_changed(client: Client) -> None:
    (page,) = read(client, "sales_order_line")
    rows = check(page, FUSION, FUSION.tables["sales_order_line"]).rows
    assert rows["source_transaction_id"].to_list() == ["q42", "q42"]
    assert rows["order_last_update_date"].to_list() == [NOW - timedelta(days=30)] * 2
    assert [str(amount) for amount in rows["extended_amount"]] == ["1200.0000", "500.0000"]


def test_children_beyond_the_first_25_are_fetched_too(pod: Pod, client: Client) -> None:
    for number in range(3, 61):
        row = {"FulfillLineId": ORDER * 100 + number, "HeaderId": ORDER, "_parent": ORDER, "ExtendedAmount": 1}
        pod.state.insert("lines", row, NOW, by="sandbox")
    (page,) = read(client, "sales_order_line")
    assert len({row["FulfillLineId"] for row in records(page)}) == 60


def test_children_of_children_under_a_hashed_address_are_fetched_too(pod: Pod, client: Client) -> None:
    entry = {"AccountCombination": "01-000-65300-0000", "EnteredDr": 1.1, "EnteredCr": None, "Description": None}
    header = {"JournalName": "Long", "CurrencyCode": "CAD", "UserJeCategoryName": "Adjustment"}
    ledger.write_batch(pod.state, {"BatchName": "Long", "UserJeSourceName": "Q2C"}, header, [entry] * 40, NOW.date(), NOW)
    (page,) = read(client, "journal_line")
    checked = check(page, FUSION, FUSION.tables["journal_line"])
    assert checked.rejected == []
    assert sorted(checked.rows["je_line_number"].to_list()) == list(range(1, 41))


def test_no_digit_of_a_childs_amount_is_lost() -> None:
    """Though the source reads and writes the numbers that it passes on."""
    order = (
        '{"HeaderId":1,"SourceTransactionSystem":"CRM","SourceTransactionId":"q","LastUpdateDate":"2026-11-05T18:30:00.000+00:00"'
    )
    line = '{"FulfillLineId":2,"ExtendedAmount":1234567890123.4567}'
    body = f'{{"items":[{order},"lines":{{"items":[{line}],"hasMore":false}}}}],"hasMore":false}}'
    pages = read(cast(Client, Recorded(body)), "sales_order_line")
    rows = check(next(pages), FUSION, FUSION.tables["sales_order_line"]).rows
    assert [str(amount) for amount in rows["extended_amount"]] == ["1234567890123.4567"]


def test_a_changed_line_brings_all_lines_of_its_order(pod: Pod, client: Client) -> None:
    pod.at[0] += timedelta(hours=1)
    pod.plant("lines", ORDER * 10 + 1, UnitSellingPrice=99.0)
    (page,) = read(client, "sales_order_line", NOW)
    assert [row["ExtendedAmount"] for row in records(page)] == [990, 500]


def test_a_payment_moves_what_is_open_of_an_invoice_and_not_its_stamp(pod: Pod, client: Client) -> None:
    run(client, payment_command(client))
    (before,) = records(next(read(client, "invoice")))
    pod.advance(hours=1)
    assert keys(read(client, "invoice", NOW + timedelta(minutes=30)))[0] == []
    assert records(next(read(client, "invoice_balance")))[0]["InvoiceBalanceAmount"] == 0
    assert (before["EnteredAmount"], before["InvoiceStatus"]) == (677.89, "Complete")


def test_what_is_read_whole_also_names_who_lives(pod: Pod, client: Client) -> None:
    run(client, payment_command(client))
    pod.advance(hours=1)
    for table in ("account", "invoice_balance", "receipt_application"):
        changed, living = keys(read(client, table))
        assert changed == living != []


@pytest.mark.proves("rate_limit", "server_error", "expired_token", by="kind")
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset", "expired_token"])
def test_a_read_survives(pod: Pod, kind: str) -> None:
    organizations(pod, 700)
    with pod.client() as client:
        pages = read(client, "organization")
        first = next(pages)
        pod.fault(kind, match="hubOrganizations")
        assert len(keys(iter([first, *pages]))[0]) == 701


@pytest.mark.proves("rate_limit")
def test_a_busy_pod_is_reported_with_its_hint(pod: Pod) -> None:
    pod.fault("rate_limit", match="hubOrganizations")
    with pod.client(attempts=1) as client, pytest.raises(Transient, match="429") as refused:
        list(read(client, "organization"))
    assert refused.value.retry_after == 1


@pytest.mark.proves("resume")
def test_a_read_that_dies_in_the_middle_and_is_resumed_loses_and_doubles_nothing(pod: Pod, tmp_path: Path) -> None:
    made = organizations(pod, 700)
    lake = Lake(f"file://{tmp_path}/lake")

    def attempt() -> Summary:
        return ingest(FUSION, pod.connection(), lake, tmp_path / "working", only={"organization"})

    pod.emulation.faults.append(Later("expired_token", match="hubOrganizations", times=2, skip=1))
    assert attempt().failed
    assert attempt().rows == len(made) + 1
    assert attempt().rows == 0


def test_a_table_that_lost_its_key_is_an_error_not_an_endless_read(pod: Pod, client: Client) -> None:
    pod.fault("schema_change", table="hubOrganizations", column="PartyId", change="drop")
    with pytest.raises(Terminal, match="compare its key"):
        list(read(client, "organization"))


def test_a_column_whose_type_changed_or_that_is_gone_is_named(pod: Pod, client: Client) -> None:
    for change, reason in (("retype", "EmailAddress is declared string"), ("drop", "column EmailAddress is missing")):
        pod.emulation.faults.clear()
        pod.fault("schema_change", table="hubOrganizations", column="EmailAddress", change=change)
        (page,) = read(client, "organization")
        assert reason in check(page, FUSION, FUSION.tables["organization"]).rejected[0].reason


@pytest.mark.proves("error_body")
def test_an_attribute_that_this_release_has_not_is_refused_by_name(client: Client) -> None:
    table = FUSION.tables["organization"]
    wider = table.model_copy(update={"columns": table.columns | {"NextYearsField": table.columns["EmailAddress"]}})
    with pytest.raises(Terminal, match="NextYearsField"):
        list(source.pages(client, FUSION, wider, Window()))
