"""Every command against the system: done once, done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from q2c_pipelines.platforms.sap_s4hana.writer import handlers
from tests.platforms.sap_s4hana.conftest import CUSTOMER, NOW, ORDER, RECURRING, Account
from tests.platforms.sap_s4hana.told import (
    COMMANDS,
    CUSTOMER_COMMAND,
    INVOICE_COMMAND,
    JOURNAL_COMMAND,
    ORDER_COMMAND,
    close,
    flow_of,
    payment_command,
    reversal_command,
    run,
    update,
)

BOOKING = ["invoice", "payment", "journal", "reversal"]
UPDATING = [name for name in COMMANDS if name.startswith(("customer ", "customer's", "order "))]


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(spec.load("sap_s4hana").commands) == sorted(kind.__name__ for kind in handlers({}))


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_run_twice_is_done_once(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    before = account.writes()
    first = run(client, command)
    after = account.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert first.native_id == second.native_id
    assert before < after == account.writes()


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_write_whose_answer_was_lost_is_adopted(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    method = "PATCH" if name in UPDATING and name not in ("order closed", "customer's first phone") else "POST"
    service = "/sap/bc/srt/" if name.split()[0] in BOOKING else "/sap/opu/"
    account.fault("timeout_after_commit", method=method, match=service)
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done = account.writes()
    again = run(client, command)
    assert again.outcome == ("written" if name == "payment" else "adopted")
    assert account.writes() == done + 2 * (name == "payment")  # booked before, settled now


def test_a_customer_carries_the_crm_id_terms_and_address(account: Account, client: Client) -> None:
    receipt = run(client, CUSTOMER_COMMAND)
    partner = account.state.get("A_BusinessPartner", receipt.native_id) or {}
    assert (partner["BusinessPartnerIDByExtSystem"], partner["Customer"]) == ("0015g0000000002AAA", receipt.native_id)
    assert partner["BusinessPartnerFullName"] == "Globex Gesellschaft für internationale Verkabelung mbH"
    assert (account.state.get("A_CustomerCompany", f"{receipt.native_id}/1010") or {})["PaymentTerms"] == "NT30"
    (email,) = account.state.select("select * from A_AddressEmailAddress where AddressID <> '22001'")
    assert email["EmailAddress"] == "ap@globex.example"


def test_an_id_that_does_not_fit_the_field_is_refused_before_anything_is_sent(account: Account, client: Client) -> None:
    before = account.writes()
    with pytest.raises(Terminal, match="holds 20 characters"):
        run(client, replace(CUSTOMER_COMMAND, crm_id="3f2504e0-4f89-41d3-9a0c-0305e82c3301"))
    assert account.writes() == before


def test_an_order_carries_its_references_and_prices(account: Account, client: Client) -> None:
    receipt = run(client, ORDER_COMMAND)
    order = account.state.get("A_SalesOrder", receipt.native_id) or {}
    assert (order["YY1_QuoteID_SDH"], order["PurchaseOrderByCustomer"], order["SoldToParty"]) == ("a0q43", "Q-00000043", CUSTOMER)
    assert (order["TotalNetAmount"], order["LastChangeDateTime"]) == (1741.5, None)
    sql = "select SalesOrderItem, RequestedQuantity, NetAmount from A_SalesOrderItem where SalesOrder = ? order by 1"
    items = [tuple(row.values()) for row in account.state.select(sql, (receipt.native_id,))]
    assert items == [("10", 12, 1440), ("30", 1, 301.5)]


def test_one_quote_is_ordered_once_whatever_the_key_unless_all_was_rejected(account: Account, client: Client) -> None:
    first = run(client, ORDER_COMMAND)
    assert run(client, replace(ORDER_COMMAND, key="another")).outcome == "adopted"
    run(client, replace(close(), native_id=first.native_id))
    assert run(client, replace(ORDER_COMMAND, key="a-third")).outcome == "written"


def test_an_invoice_books_receivable_revenue_and_tax(account: Account, client: Client) -> None:
    receipt = run(client, INVOICE_COMMAND)
    assert account.booked(receipt.document_number) == {
        "12000000": 714,
        "39000000": -100,
        "44010000": -500,
        "38060000": -114,
    }
    (owed,) = account.state.select(f"select * from {CUBE} where FinancialAccountType = 'D'")
    assert (owed["DocumentReferenceID"], owed["NetDueDate"]) == ("INV00000007", "2026-12-01")
    assert (owed["Reference1InDocumentHeader"], owed["Customer"]) == (ORDER, CUSTOMER)


def test_an_invoice_of_the_systems_own_billing_is_adopted(account: Account, client: Client) -> None:
    item = {"_key": "1010/2026/9/001", "CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": "9"}
    own = {
        "AccountingDocumentItem": "001",
        "AccountingDocumentType": "RV",
        "FinancialAccountType": "D",
        "BillingDocument": "90000000",
    }
    account.state.insert(CUBE, item | own | {"DocumentReferenceID": "INV00000007"}, NOW, by="sandbox")
    receipt = run(client, INVOICE_COMMAND)
    assert (receipt.outcome, receipt.native_id) == ("adopted", "90000000")


def test_a_reversed_invoice_may_be_booked_again(account: Account, client: Client) -> None:
    first = run(client, INVOICE_COMMAND)
    account.state.db.execute(f"update {CUBE} set IsReversed = 1")
    again = run(client, replace(INVOICE_COMMAND, key="invoice-INV00000007-2"))
    assert (again.outcome, again.native_id) == ("written", "1010/1800000002/2026")
    assert first.native_id == "1010/1800000001/2026"


def test_a_payment_settles_its_invoice(account: Account, client: Client) -> None:
    receipt = run(client, payment_command(client))
    assert account.booked(receipt.document_number) == {"14600000": 714, "12000000": -714}
    items = account.state.select(f"select * from {CUBE} where FinancialAccountType = 'D'")
    assert {(row["IsCleared"], row["ClearingAccountingDocument"]) for row in items} == {(1, "0200000001")}
    assert receipt.read_back["DocumentItemText"] == "P-480000007"


def test_a_payment_finds_its_invoice_by_billings_number(client: Client) -> None:
    command = payment_command(client)
    assert run(client, replace(command, invoice_native_id=None)).outcome == "written"


def test_a_payment_of_an_invoice_that_is_paid_already_is_superseded(account: Account, client: Client) -> None:
    command = payment_command(client)
    run(client, command)
    before = account.writes()
    assert run(client, replace(command, key="payment-2", payment_ref="P-2")).outcome == "superseded"
    assert account.writes() == before


def test_a_part_payment_is_left_to_a_person(account: Account, client: Client) -> None:
    command = payment_command(client)
    before = account.writes()
    with pytest.raises(Terminal, match="Post Incoming Payments"):
        run(client, replace(command, amount=Decimal(100)))
    assert account.writes() == before


@pytest.mark.parametrize("kind", ["job_late", "job_failed"])
def test_a_clearing_that_is_accepted_and_not_done_is_an_unknown_outcome(account: Account, client: Client, kind: str) -> None:
    command = payment_command(client)
    account.fault(kind)
    with pytest.raises(UnknownOutcome, match="Message Dashboard"):
        run(client, command)
    account.advance(hours=1)
    if kind == "job_failed":
        with pytest.raises(UnknownOutcome, match="accepted, but not done yet"):
            run(client, command)
    else:
        assert run(client, command).outcome == "adopted"
    assert account.count(CUBE, "AccountingDocumentType = 'DZ'") == 2


def test_a_journal_books_what_it_says_under_its_reference(account: Account, client: Client) -> None:
    receipt = run(client, JOURNAL_COMMAND)
    assert account.booked(receipt.document_number) == {"68550000": 3.2, "14600000": -3.2}
    assert receipt.read_back["DocumentItemText"] == "FEE:P-480000007"
    assert receipt.read_back["AccountingDocumentHeaderText"] == "Fee of P-480000007, in wo"


def test_a_reversal_mirrors_its_journal_and_frees_its_reference(account: Account, client: Client) -> None:
    command = reversal_command(client)
    receipt = run(client, command)
    assert account.booked(receipt.document_number) == {"68550000": -3.2, "14600000": 3.2}
    assert receipt.read_back["Reference1InDocumentHeader"] == "010000000110102026"
    assert run(client, replace(JOURNAL_COMMAND, key="journal-FEE-1-2")).outcome == "written"


def test_a_reversal_by_the_system_itself_is_adopted(account: Account, client: Client) -> None:
    command = reversal_command(client)
    account.state.db.execute(
        f"update {CUBE} set IsReversed = 1, ReverseDocument = '0100000001', ReverseDocumentFiscalYear = '2026'"
    )
    assert run(client, command).outcome == "adopted"


def test_a_reversal_of_another_amount_is_superseded(client: Client) -> None:
    assert run(client, replace(reversal_command(client), amount=Decimal(4))).outcome == "superseded"


@pytest.mark.proves("error_body")
@pytest.mark.parametrize("name", BOOKING)
def test_a_closed_period_is_told_in_the_systems_words_and_code(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    before = account.writes()
    account.close(datetime(2026, 11, 1, tzinfo=NOW.tzinfo))
    with pytest.raises(Terminal, match="Posting period 11 2026 is not open") as shut:
        run(client, command)
    assert (shut.value.code, account.writes()) == ("201(F5)", before)


@pytest.mark.parametrize("name", UPDATING)
def test_what_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    command: Any = COMMANDS[name](client)
    before = account.writes()
    stale = "billed" if name == "order closed" else "false" if name == "customer inactive" else "else"
    command = replace(command, observed=stale) if name != "customer inactive" else replace(command, observed="x")
    assert run(client, command).outcome == "superseded"
    assert account.writes() == before


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize("name", ["customer name", "order closed"])
def test_a_record_that_changes_between_look_and_write_is_superseded_not_forced(account: Account, client: Client, name: str) -> None:
    flow = flow_of(COMMANDS[name](client))
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    table, key = ("A_SalesOrder", ORDER) if name == "order closed" else ("A_BusinessPartner", CUSTOMER)
    account.plant(table, key, **({"AssignmentReference": "X"} if name == "order closed" else {"SearchTerm1": "X"}))
    before = account.writes()
    assert client.run(_resumed(flow, request)).outcome == "superseded"
    assert account.writes() == before


@pytest.mark.proves("stale_lock")
def test_a_document_that_somebody_else_holds_is_tried_again_later(account: Account, client: Client) -> None:
    account.fault("lock", match="A_SalesOrder")
    with pytest.raises(Transient, match=r"V1/042.*being processed"):
        run(client, ORDER_COMMAND)
    assert run(client, ORDER_COMMAND).outcome == "written"


def test_an_order_that_waits_for_approval_is_released(account: Account, client: Client) -> None:
    account.plant("A_SalesOrder", ORDER, SalesDocApprovalStatus="A")
    assert run(client, close("pending_approval", "activated")).outcome == "written"


@pytest.mark.parametrize("value", ["billed", "pending_billing"])
def test_a_status_that_no_service_sets_is_refused(client: Client, value: str) -> None:
    with pytest.raises(Terminal, match=f"cannot be moved to {value}"):
        run(client, close(value=value))


def test_unknown_products_customers_and_terms_are_named(client: Client) -> None:
    line = replace(ORDER_COMMAND.lines[0], product_code="SKU-9999")
    for command, named in (
        (replace(ORDER_COMMAND, lines=(line,)), "SKU-9999"),
        (replace(ORDER_COMMAND, customer_crm_id="0015gNONE"), "0015gNONE"),
        (replace(CUSTOMER_COMMAND, payment_terms="Net 7"), "Net 7"),
        (update("invoice", "90000000", "amount", "1", "2"), r"invoice\.amount cannot be written"),
    ):
        with pytest.raises(Terminal, match=named):
            run(client, command)


def test_a_product_marked_for_deletion_is_named(account: Account, client: Client) -> None:
    account.plant("A_Product", RECURRING, IsMarkedForDeletion=1)
    with pytest.raises(Terminal, match=RECURRING):
        run(client, ORDER_COMMAND)


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", BOOKING)
def test_two_runs_that_both_saw_nothing_make_one_document(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    late = flow_of(command)
    request = next(late)
    while not request.is_write:
        request = late.send(client.read(request))
    made = run(client, command)
    done = account.writes()
    receipt = client.run(_resumed(late, request)) if name != "payment" else run(client, command)
    assert (receipt.outcome, receipt.native_id) == ("adopted", made.native_id)
    assert account.writes() == done


def _resumed(flow: Flow, request: Request) -> Flow:
    """A flow from the request on that it has yielded already."""
    try:
        while True:
            request = flow.send((yield request))
    except StopIteration as done:
        receipt: Receipt = done.value
        return receipt
