"""Every command against the pod: done once, done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import ReverseJournal, UpdateField, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.oracle_fusion.writer import handlers
from tests.platforms.oracle_fusion.pod import ACCOUNT_NUMBER, ORDER_NUMBER, PARTY, RECURRING, Pod
from tests.platforms.oracle_fusion.told import (
    COMMANDS,
    CUSTOMER_COMMAND,
    INVOICE_COMMAND,
    ORDER_COMMAND,
    close,
    flow_of,
    payment_command,
    resumed,
    run,
    until_write,
    update,
)

CHANGES = (UpdateField, UpdateStatus, ReverseJournal)


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(spec.load("oracle_fusion").commands) == sorted(kind.__name__ for kind in handlers({}))


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_run_twice_is_done_once(pod: Pod, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    before = pod.writes()
    first = run(client, command)
    after = pod.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert first.native_id == second.native_id
    assert before < after == pod.writes()


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_write_whose_answer_was_lost_is_adopted(pod: Pod, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    match = {"customer": "crmService", "journal": "erpintegrations"}.get(name, "RestApi")
    pod.fault("timeout_after_commit", method="PATCH" if isinstance(command, CHANGES) else "POST", match=match)
    with pytest.raises(UnknownOutcome):
        run(client, command)
    if name == "journal":
        with pytest.raises(UnknownOutcome, match="is WAIT"):
            run(client, command)
        pod.advance(minutes=5)
    done = pod.writes()
    assert run(client, command).outcome == "adopted"
    assert pod.writes() == done


def test_a_customer_whose_party_was_made_and_whose_account_was_not_gets_the_account_alone(pod: Pod, client: Client) -> None:
    pod.fault("timeout_after_commit", method="POST", match="hubOrganizations")
    with pytest.raises(UnknownOutcome):
        run(client, CUSTOMER_COMMAND)
    assert run(client, CUSTOMER_COMMAND).outcome == "written"
    (party,) = pod.rows("hubOrganizations", "\"OrganizationName\" = 'Globex & Sons'")
    assert len(pod.rows("receivablesCustomerAccountActivities", f'"CustomerId" = {party["PartyId"]}')) == 1


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [("<faultstring>HZ-120013: no such party</faultstring>", Terminal, "HZ-120013"), ("<html>Oops</html>", UnknownOutcome, "Oops")],
    ids=["a fault", "something else"],
)
def test_what_the_soap_service_says_with_500_is_a_refusal_only_where_it_is_a_fault(
    client: Client, text: str, kind: type[Exception], said: str
) -> None:
    flow = flow_of(CUSTOMER_COMMAND)
    request = until_write(client, flow)
    request = flow.send(client.read(request))
    while not request.is_write:
        request = flow.send(client.read(request))
    with pytest.raises(kind, match=said):
        flow.send(httpx.Response(500, text=text))


def test_a_customer_carries_the_crm_id_and_address(pod: Pod, client: Client) -> None:
    receipt = run(client, CUSTOMER_COMMAND)
    (reference,) = pod.rows("hubSourceSystemReferences", f'"PartyId" = {receipt.native_id}')
    (address,) = pod.rows("Address", f"_parent = {receipt.native_id}")
    assert (reference["SourceSystem"], reference["SourceSystemReferenceValue"]) == ("CRM", "28712")
    assert (address["City"], address["PrimaryFlag"]) == ("Toronto", 1)


def test_an_order_carries_its_references_and_lines(pod: Pod, client: Client) -> None:
    receipt = run(client, ORDER_COMMAND)
    (order,) = pod.rows("salesOrdersForOrderHub", "\"SourceTransactionId\" = 'q43'")
    assert (receipt.native_id, receipt.document_number) == ("CRM:q43", order["OrderNumber"])
    assert (order["SourceTransactionNumber"], order["StatusCode"], order["BuyingPartyId"]) == ("Q-43", "OPEN", PARTY)
    lines = pod.rows("lines", f"_parent = {order['HeaderId']}")
    assert [(line["SourceTransactionLineNumber"], line["ExtendedAmount"]) for line in lines] == [("1", 1440), ("3", 301.5)]
    assert {line["ContractEndDate1"] for line in lines} == {"2027-11-02"}


def test_one_quote_is_ordered_once_whatever_the_key(pod: Pod, client: Client) -> None:
    run(client, ORDER_COMMAND)
    assert run(client, replace(ORDER_COMMAND, key="another-key")).outcome == "adopted"
    assert len(pod.rows("salesOrdersForOrderHub")) == 2


def test_an_order_that_was_canceled_is_not_taken_for_the_one_that_is_wanted(client: Client) -> None:
    run(client, close())
    with pytest.raises(Terminal, match="was canceled"):
        run(client, replace(ORDER_COMMAND, quote_id="q42"))


def test_an_invoice_has_billings_number_its_order_and_its_tax_to_the_cent(pod: Pod, client: Client) -> None:
    receipt = run(client, INVOICE_COMMAND)
    (invoice,) = pod.rows("receivablesInvoices")
    assert (invoice["TransactionNumber"], invoice["EnteredAmount"], invoice["DueDate"]) == ("STR-0007", 677.89, "2026-12-01")
    assert (invoice["InvoiceStatus"], invoice["BillToCustomerNumber"], receipt.detail) == ("Complete", ACCOUNT_NUMBER, "")
    lines = pod.rows("receivablesInvoiceLines")
    assert [(line["SalesOrder"], line["RuleEndDate"]) for line in lines] == [(ORDER_NUMBER, "2026-11-30"), (ORDER_NUMBER, None)]
    assert [tax["TaxAmount"] for tax in pod.rows("receivablesInvoiceLineTaxLines")] == [12.99, 65.0]


def test_an_amount_that_the_pod_works_out_otherwise_is_told(client: Client) -> None:
    command = replace(INVOICE_COMMAND, amount=Decimal("599.90"))
    first = replace(command.lines[0], amount=Decimal(0))
    receipt = run(client, replace(command, amount=Decimal(500), lines=(first, command.lines[1])))
    assert receipt.detail == "it comes to 599.9, not 500"


def test_tax_that_no_setting_names_is_refused_before_anything_is_written(pod: Pod, client: Client) -> None:
    with pytest.raises(Terminal, match="tax_regime"):
        client.run(flow_of(INVOICE_COMMAND, tax_regime=""))
    assert pod.writes() == 0


@pytest.mark.parametrize(("number", "limit"), [("STR-" + "7" * 17, "20 characters")])
def test_a_number_that_is_too_long_for_receivables_is_refused(client: Client, number: str, limit: str) -> None:
    with pytest.raises(Terminal, match=limit):
        run(client, replace(INVOICE_COMMAND, billing_number=number))


def test_a_payment_is_applied_when_automatch_runs(pod: Pod, client: Client) -> None:
    command = payment_command(client)
    receipt = run(client, command)
    assert receipt.detail == "677.89 is applied when AutoMatch runs"
    assert pod.rows("receivablesInvoices")[0]["InvoiceBalanceAmount"] == 677.89
    pod.advance(hours=1)
    (applied,) = pod.rows("standardReceiptApplications")
    assert (applied["ApplicationAmount"], str(applied["ReferenceTransactionId"])) == (677.89, command.invoice_native_id)
    assert pod.rows("receivablesInvoices")[0]["InvoiceBalanceAmount"] == 0
    assert pod.rows("standardReceipts")[0]["Status"] == "Applied"


def test_a_receipt_is_sent_so_that_another_of_its_kind_is_found(client: Client) -> None:
    request = until_write(client, flow_of(payment_command(client)))
    assert request.headers["Upsert-Mode"] == "true"
    assert request.headers["REST-Framework-Version"] == "4"


def test_a_payment_finds_its_invoice_by_billings_number(pod: Pod, client: Client) -> None:
    run(client, replace(payment_command(client), invoice_native_id=None))
    pod.advance(hours=1)
    assert pod.rows("receivablesInvoices")[0]["InvoiceBalanceAmount"] == 0


def test_a_payment_of_an_invoice_that_is_paid_already_is_superseded(pod: Pod, client: Client) -> None:
    command = payment_command(client)
    run(client, command)
    pod.advance(hours=1)
    assert run(client, replace(command, key="payment-ch-2", payment_ref="ch_2")).outcome == "superseded"
    assert len(pod.rows("standardReceipts")) == 1


@pytest.mark.parametrize("name", ["customer name", "customer city", "order closed", "product inactive"])
def test_what_is_no_longer_as_observed_is_left_alone(pod: Pod, client: Client, name: str) -> None:
    stale = {"observed": "draft" if name == "order closed" else "else"}
    assert run(client, replace(COMMANDS[name](client), **stale)).outcome == "superseded"
    assert pod.writes() == 0


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize(
    "name", ["customer name", "customer city", "customer crm id", "order closed", "product inactive", "reversal"]
)
def test_a_record_that_somebody_changed_after_the_look_is_not_overwritten(pod: Pod, client: Client, name: str) -> None:
    flow = flow_of(COMMANDS[name](client))
    request = until_write(client, flow)
    pod.meddle()
    before = pod.writes()
    assert client.run(resumed(flow, request)).outcome == "superseded"
    assert pod.writes() == before


def test_an_order_is_closed_by_canceling_it_and_its_lines(pod: Pod, client: Client) -> None:
    run(client, close())
    (order,) = pod.rows("salesOrdersForOrderHub")
    assert (order["StatusCode"], order["ChangeVersionNumber"], order["CancelReasonCode"]) == ("CANCELED", 2, "DUPLICATE_ORDER")
    assert {line["StatusCode"] for line in pod.rows("lines")} == {"CANCELED"}


def test_an_unknown_product_is_named(client: Client) -> None:
    line = replace(ORDER_COMMAND.lines[0], product_code="SKU-9999")
    with pytest.raises(Terminal, match="SKU-9999"):
        run(client, replace(ORDER_COMMAND, lines=(line,)))


def test_an_inactive_product_is_named(pod: Pod, client: Client) -> None:
    pod.plant("itemsV2", RECURRING, ItemStatusValue="Inactive")
    with pytest.raises(Terminal, match="SKU-0001"):
        run(client, ORDER_COMMAND)


def test_an_unknown_customer_is_named(client: Client) -> None:
    for command in (ORDER_COMMAND, INVOICE_COMMAND):
        with pytest.raises(Terminal, match="no customer with the id 99"):
            run(client, replace(command, customer_crm_id="99"))


@pytest.mark.parametrize(
    "command",
    [
        update("opportunity", "1", "stage", "a", "b"),
        update("customer", PARTY, "payment_terms", "30 Net", "60 Net"),
        replace(close(), value="billed"),
    ],
    ids=["not the erp's", "soap only", "moved by itself"],
)
def test_what_has_no_api_is_refused_as_such(client: Client, command: UpdateField) -> None:
    with pytest.raises(Terminal) as refused:
        run(client, command)
    assert refused.value.code == "NOT_WRITABLE"


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", ["customer", "order", "invoice", "payment"])
def test_two_runs_that_both_saw_nothing_make_one_record(pod: Pod, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    late = flow_of(command)
    request = until_write(client, late)
    made = run(client, command)
    tables = ("hubOrganizations", "salesOrdersForOrderHub", "receivablesInvoices", "standardReceipts")
    before = [len(pod.rows(table)) for table in tables]
    assert client.run(resumed(late, request)).native_id == made.native_id
    assert [len(pod.rows(table)) for table in tables] == before


@pytest.mark.parametrize(("name", "application"), [("journal", 101), ("reversal", 101), ("invoice", 222), ("payment", 222)])
def test_a_shut_period_is_named_and_nothing_is_sent(pod: Pod, client: Client, name: str, application: int) -> None:
    command = COMMANDS[name](client)
    pod.close(application)
    before = pod.writes()
    with pytest.raises(Terminal, match="Nov-26 is Closed"):
        run(client, command)
    assert pod.writes() == before


def test_a_period_that_is_shut_in_another_application_does_not_matter(pod: Pod, client: Client) -> None:
    pod.close(101)
    assert run(client, INVOICE_COMMAND).outcome == "written"
    assert date.fromisoformat(pod.rows("receivablesInvoices")[0]["AccountingDate"]) == INVOICE_COMMAND.invoiced_on
