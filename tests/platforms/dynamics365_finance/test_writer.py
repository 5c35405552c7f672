"""Every command against the environment: done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.dynamics365_finance.writer import handlers
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from tests.platforms.dynamics365_finance.conftest import CUSTOMER, INVOICE, ORDER, Environment
from tests.platforms.dynamics365_finance.told import (
    CHANGES,
    COMMANDS,
    CUSTOMER_COMMAND,
    JOURNAL_COMMAND,
    ORDER_COMMAND,
    PAYMENT_COMMAND,
    flow_of,
    move,
    reversal,
    run,
    update,
)

WITH_LINES = ["order", "payment", "journal", "reversal"]
MADE = {
    "order": ("SalesOrderHeadersV2", 2),
    "payment": ("CustomerPaymentJournalHeaders", 1),
    "journal": ("LedgerJournalHeaders", 1),
}


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(spec.load("dynamics365_finance").commands) == sorted(kind.__name__ for kind in handlers({}))


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_run_twice_is_done_once(environment: Environment, client: Client, name: str) -> None:
    command = COMMANDS[name](environment, client)
    before = environment.writes()
    first = run(client, command)
    after = environment.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert first.native_id == second.native_id
    assert before < after == environment.writes()


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_write_whose_answer_was_lost_has_one_effect(environment: Environment, client: Client, name: str) -> None:
    command = COMMANDS[name](environment, client)
    is_patch = name in CHANGES and name != "order amount"
    environment.fault("timeout_after_commit", method="PATCH" if is_patch else "POST", match="/data/")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    again = run(client, command)
    assert again.outcome == ("written" if name in WITH_LINES else "adopted")
    _require_one_effect(environment, client, name, command)


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", WITH_LINES)
def test_lines_whose_answer_was_lost_are_there_once(environment: Environment, client: Client, name: str) -> None:
    command = COMMANDS[name](environment, client)
    environment.fault("timeout_after_commit", match="$batch")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    assert run(client, command).outcome == "adopted"
    _require_one_effect(environment, client, name, command)


def _require_one_effect(environment: Environment, client: Client, name: str, command: Command) -> None:
    done = environment.writes()
    assert run(client, command).outcome == "adopted"
    assert environment.writes() == done
    if name in MADE:
        entity_set, count = MADE[name]
        assert len(environment.rows(entity_set)) == count


def test_a_customer_carries_the_crm_id_group_terms_and_country(environment: Environment, client: Client) -> None:
    receipt = run(client, CUSTOMER_COMMAND)
    row = environment.row("CustomersV3", *receipt.native_id.split("/"))
    assert (row["CrmId_Custom"], row["CustomerGroupId"], row["PaymentTerms"]) == (CUSTOMER_COMMAND.crm_id, "30", "Net60")
    assert (row["AddressCountryRegionId"], row["AddressCountryRegionISOCode"]) == ("GBR", "GB")
    assert receipt.document_number == row["CustomerAccount"] == "UK-900000001"


def test_an_order_carries_its_references_lines_and_total(environment: Environment, client: Client) -> None:
    receipt = run(client, ORDER_COMMAND)
    row = environment.row("SalesOrderHeadersV2", *receipt.native_id.split("/"))
    assert (row["QuoteId_Custom"], row["CustomersOrderReference"], row["SalesOrderStatus"]) == ("quote-2", "Q-2", "Backorder")
    assert (row["OrderingCustomerAccountNumber"], row["OrderTotalAmount"]) == (CUSTOMER, 1741.5)
    assert row["RevRecContractEndDate"] == "2027-11-02T12:00:00Z"
    lines = environment.rows("SalesOrderLinesV2", SalesOrderNumber=receipt.document_number)
    assert [(line["CustomersLineNumber"], line["OrderedSalesQuantity"]) for line in lines] == [(1, 12), (3, 1)]


def test_one_quote_is_ordered_once_whatever_the_key(environment: Environment, client: Client) -> None:
    run(client, ORDER_COMMAND)
    assert run(client, replace(ORDER_COMMAND, key="another")).outcome == "adopted"


def test_a_quote_whose_order_was_stopped_is_ordered_again(environment: Environment, client: Client) -> None:
    first = run(client, ORDER_COMMAND)
    environment.plant("SalesOrderHeadersV2", *first.native_id.split("/"), IsSalesProcessingStopped="Yes")
    assert run(client, ORDER_COMMAND).outcome == "written"


def test_the_lines_of_an_order_come_all_or_none(environment: Environment, client: Client) -> None:
    environment.plant("ReleasedProductsV2", "ukmf", "SKU-0002", ItemNumber="SKU-0003")
    flow = flow_of(ORDER_COMMAND)
    with pytest.raises(Terminal, match="SKU-0002"):
        client.run(flow)
    assert len(environment.rows("SalesOrderHeadersV2")) == 1


def test_a_payment_is_marked_for_its_invoice_and_settles_it_once_posted(environment: Environment, client: Client) -> None:
    receipt = run(client, PAYMENT_COMMAND)
    area, batch, line = receipt.native_id.split("/")
    assert (area, line) == ("ukmf", "1")
    (share,) = environment.rows("CustomerPaymentJournalLineSettledInvoices", InvoiceNumber=INVOICE)
    assert (share["JournalBatchNumber"], share["SettlementAmountInInvoiceCurrency"]) == (batch, 720)
    assert receipt.detail.startswith("not posted yet")
    environment.advance(minutes=10)
    assert environment.row("CustomerPaymentJournalHeaders", "ukmf", batch)["IsPosted"] == "Yes"
    assert run(client, PAYMENT_COMMAND).detail == ""


def test_a_payment_finds_its_invoice_by_its_number(environment: Environment, client: Client) -> None:
    assert run(client, replace(PAYMENT_COMMAND, invoice_native_id=None)).outcome == "written"


def test_a_payment_of_an_invoice_that_is_paid_already_is_superseded(environment: Environment, client: Client) -> None:
    run(client, PAYMENT_COMMAND)
    again = run(client, replace(PAYMENT_COMMAND, key="payment-2", payment_ref="BACS-2"))
    assert (again.outcome, len(environment.rows("CustomerPaymentJournalLines"))) == ("superseded", 1)
    assert again.detail.startswith("0 is open of invoice CIV-720000025")


def test_a_payment_that_settles_without_a_share_of_its_own_counts_too(environment: Environment, client: Client) -> None:
    marked = {"MarkedInvoice": INVOICE, "MarkedInvoiceCompany": "ukmf", "CreditAmount": 700.0}
    environment.add("CustomerPaymentJournalLines", JournalBatchNumber="JB-1", LineNumber=1, **marked)
    assert run(client, PAYMENT_COMMAND).outcome == "superseded"


def test_a_journal_counts_once_the_batch_job_has_posted_it(environment: Environment, client: Client) -> None:
    receipt = run(client, JOURNAL_COMMAND)
    key = receipt.native_id.split("/")
    row = environment.row("LedgerJournalHeaders", *key)
    assert (row["IsPosted"], row["JournalTotalDebit"], row["IntegrationKey"]) == ("No", 3.2, "FEE:BACS-1")
    environment.advance(minutes=10)
    assert environment.row("LedgerJournalHeaders", *key)["IsPosted"] == "Yes"
    lines = environment.rows("LedgerJournalLines", JournalBatchNumber=key[1])
    assert {line["Voucher"] for line in lines} == {"GNJ-900000001"}


def test_accounts_have_the_connections_dimensions(environment: Environment, client: Client) -> None:
    receipt = run(client, JOURNAL_COMMAND, dimensions="-001-022")
    lines = environment.rows("LedgerJournalLines", JournalBatchNumber=receipt.document_number)
    assert [line["AccountDisplayValue"] for line in lines] == ["605150-001-022", "110155-001-022"]


def test_a_reversal_mirrors_its_journal(environment: Environment, client: Client) -> None:
    receipt = run(client, reversal(environment, client))
    lines = environment.rows("LedgerJournalLines", JournalBatchNumber=receipt.document_number)
    shown = [(line["AccountDisplayValue"], line["DebitAmount"], line["CreditAmount"], line["TransDate"][:10]) for line in lines]
    assert shown == [("605150", 0, 3.2, "2026-11-05"), ("110155", 3.2, 0, "2026-11-05")]
    assert "undoes" in receipt.detail


def test_a_journal_that_was_undone_can_be_posted_again(environment: Environment, client: Client) -> None:
    run(client, reversal(environment, client))
    assert run(client, JOURNAL_COMMAND).outcome == "written"


@pytest.mark.parametrize("change", [{"amount": Decimal(4)}, {"journal_ref": "FEE:other"}])
def test_a_reversal_of_another_journal_is_superseded(environment: Environment, client: Client, change: dict) -> None:
    command = replace(reversal(environment, client), **change)
    assert run(client, command).outcome == "superseded"


def test_a_journal_that_is_not_posted_is_not_undone(environment: Environment, client: Client) -> None:
    command = reversal(environment, client)
    environment.plant("LedgerJournalHeaders", *command.native_id.split("/"), IsPosted="No")
    assert run(client, command).outcome == "superseded"


@pytest.mark.parametrize("status", ["Closed", "OnHold"])
@pytest.mark.parametrize("name", ["journal", "payment", "reversal"])
def test_a_shut_period_is_named_and_nothing_is_sent(environment: Environment, client: Client, name: str, status: str) -> None:
    command = COMMANDS[name](environment, client)
    environment.close(date(2026, 11, 1), status)
    before = environment.writes()
    with pytest.raises(Terminal, match=rf"Period 11 of 2026 in ukmf is {status}"):
        run(client, command)
    assert environment.writes() == before


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_no_longer_as_observed_is_left_alone(environment: Environment, client: Client, name: str) -> None:
    is_number = name in ("order amount", "order line quantity", "order line price")
    command = replace(COMMANDS[name](environment, client), observed="7" if is_number else "something else")  # type: ignore[call-arg]
    before = environment.writes()
    receipt = run(client, command)
    assert (receipt.outcome, environment.writes()) == ("superseded", before)


@pytest.mark.proves("stale_lock")
def test_a_record_that_changed_under_the_write_is_left_alone(environment: Environment, client: Client) -> None:
    flow = flow_of(update("city", "Leeds", "York"))
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    environment.plant("CustomersV3", "ukmf", CUSTOMER, PrimaryContactPhone="+44 2")
    reading = flow.send(client._once(request))
    with pytest.raises(StopIteration) as done:
        flow.send(client.read(reading))
    assert (done.value.value.outcome, done.value.value.detail) == ("superseded", "it was changed meanwhile")
    assert environment.row("CustomersV3", "ukmf", CUSTOMER)["AddressCity"] == "Leeds"


def test_an_order_total_is_spread_over_its_lines_to_the_cent(environment: Environment, client: Client) -> None:
    run(client, update("amount", "1700", "1000.01", "order", ORDER))
    lines = environment.rows("SalesOrderLinesV2", SalesOrderNumber=ORDER)
    assert [(line["LineAmount"], line["SalesPrice"]) for line in lines] == [(705.89, 70.589), (294.12, 294.12)]
    assert environment.row("SalesOrderHeadersV2", "ukmf", ORDER)["OrderTotalAmount"] == 1000.01


@pytest.mark.proves("stale_lock")
def test_a_total_is_left_alone_where_a_line_changed_under_it(environment: Environment, client: Client) -> None:
    flow = flow_of(update("amount", "1700", "1000.01", "order", ORDER))
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    environment.plant("SalesOrderLinesV2", "ukmf", "LOT-2", CustomersLineNumber=9)
    reading = flow.send(client._once(request))
    with pytest.raises(StopIteration) as done:
        flow.send(client.read(reading))
    assert (done.value.value.outcome, environment.row("SalesOrderLinesV2", "ukmf", "LOT-1")["LineAmount"]) == ("superseded", 1200)


def test_a_line_price_moves_the_line_and_the_order(environment: Environment, client: Client) -> None:
    run(client, update("unit_price", "120", "118.50", "order_line", "LOT-1"))
    assert environment.row("SalesOrderLinesV2", "ukmf", "LOT-1")["LineAmount"] == 1185
    assert environment.row("SalesOrderHeadersV2", "ukmf", ORDER)["OrderTotalAmount"] == 1685


def test_an_order_that_was_stopped_can_be_let_go_on(environment: Environment, client: Client) -> None:
    run(client, move())
    assert run(client, move("closed", "activated")).outcome == "written"
    assert environment.row("SalesOrderHeadersV2", "ukmf", ORDER)["IsSalesProcessingStopped"] == "No"


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (replace(ORDER_COMMAND, lines=(replace(ORDER_COMMAND.lines[0], product_code="SKU-9999"),)), "SKU-9999"),
        (replace(ORDER_COMMAND, customer_crm_id="nobody"), "nobody"),
        (replace(PAYMENT_COMMAND, invoice_native_id=None, invoice_number="CIV-0"), "CIV-0"),
        (replace(CUSTOMER_COMMAND, payment_terms="Net 7"), "Net 7"),
        (replace(CUSTOMER_COMMAND, country="ZZ"), "ZZ"),
        (replace(CUSTOMER_COMMAND, legal_entity="IE"), r"add IE=<dataAreaId>"),
        (replace(JOURNAL_COMMAND, lines=(replace(JOURNAL_COMMAND.lines[0], account_code="999999"),)), "999999"),
        (replace(JOURNAL_COMMAND, posted_on=date(2019, 1, 1)), "2019-01-01"),
        (update("stage", "a", "b", entity="opportunity"), r"opportunity\.stage cannot be written"),
        (update("balance", "0", "1"), r"customer\.balance cannot be written"),
        (move(value="billed"), "order cannot be moved to billed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_told_by_name(client: Client, command: Command, named: str) -> None:
    with pytest.raises(Terminal, match=named) as refused:
        run(client, command)
    assert refused.value.platform == "dynamics365_finance"


@pytest.mark.proves("error_body")
def test_a_refusal_with_status_500_is_final_and_a_breakdown_is_not(environment: Environment, client: Client) -> None:
    environment.plant("CustomersV3", "ukmf", CUSTOMER, OnHoldStatus="All")
    with pytest.raises(Terminal, match="has been blocked"):
        run(client, ORDER_COMMAND)
    environment.plant("CustomersV3", "ukmf", CUSTOMER, OnHoldStatus="No")
    environment.fault("server_error", method="POST", match="SalesOrderHeadersV2")
    with pytest.raises(UnknownOutcome):
        run(client, ORDER_COMMAND)
    assert run(client, ORDER_COMMAND).outcome == "written"
