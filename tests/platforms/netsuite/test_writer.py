"""Every command against the account: done once, done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import (
    ReverseJournal,
    UpdateField,
    UpdateStatus,
)
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.netsuite import saving, source
from q2c_pipelines.platforms.netsuite.emulator import chart
from q2c_pipelines.platforms.netsuite.emulator.schema import line_key
from q2c_pipelines.platforms.netsuite.writer import handlers
from q2c_pipelines.platforms.page import Window
from tests.platforms.netsuite.conftest import CUSTOMER, NOW, ORDER, RECURRING, Account
from tests.platforms.netsuite.told import (
    COMMANDS,
    CUSTOMER_COMMAND,
    INVOICE_COMMAND,
    JOURNAL_COMMAND,
    ORDER_COMMAND,
    flow_of,
    payment_command,
    reversal_command,
    run,
    update,
)


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(spec.load("netsuite").commands) == sorted(kind.__name__ for kind in handlers({}))


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
    method = "PATCH" if isinstance(command, UpdateField | UpdateStatus | ReverseJournal) else "POST"
    account.fault("timeout_after_commit", method=method, match="/record/v1")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done = account.writes()
    assert run(client, command).outcome == "adopted"
    assert account.writes() == done


def test_a_customer_carries_the_crm_id_terms_and_address(account: Account, client: Client) -> None:
    receipt = run(client, CUSTOMER_COMMAND)
    row = account.state.get("customer", receipt.native_id) or {}
    assert (row["externalid"], row["terms"], row["companyname"]) == ("0015g0000000002AAA", 2, "Globex")
    assert (account.state.get("entityaddress", row["defaultbillingaddress"]) or {})["city"] == "Elko"


def test_an_order_carries_its_references_and_lines(account: Account, client: Client) -> None:
    receipt = run(client, ORDER_COMMAND)
    row = account.state.get("transaction", receipt.native_id) or {}
    assert (row["custbody_quote_id"], row["otherrefnum"], row["externalid"]) == ("a0q43", "Q-00000043", "order-a0q43")
    assert (row["foreigntotal"], row["status"], row["entity"]) == (1741.5, "F", CUSTOMER)
    lines = account.state.select('select id, quantity, rate from transactionline where "transaction" = ?', (row["id"],))
    assert [(line["id"], line["quantity"]) for line in lines] == [(0, None), (1, -12), (3, -1)]
    assert account.balances(row["id"]) == {}
    assert receipt.document_number == row["tranid"] == "SO900000001"


def test_one_quote_is_ordered_once_whatever_the_key(account: Account, client: Client) -> None:
    run(client, ORDER_COMMAND)
    assert run(client, replace(ORDER_COMMAND, key="another-key")).outcome == "adopted"
    assert account.count("SalesOrd") == 2


def test_an_invoice_is_linked_to_its_order_and_books_itself(account: Account, client: Client) -> None:
    receipt = run(client, INVOICE_COMMAND)
    row = account.state.get("transaction", receipt.native_id) or {}
    assert (row["custbody_billing_number"], row["foreigntotal"], row["duedate"]) == ("INV00000007", 600, "2026-12-01")
    assert receipt.read_back["createdFrom"]["id"] == str(ORDER)
    assert account.balances(row["id"]) == {"1200": 600, "2500": -100, "4100": -500}


def test_an_invoice_bears_the_tax_that_billing_charged_and_is_read_so(account: Account, client: Client) -> None:
    receipt = run(client, replace(INVOICE_COMMAND, amount=Decimal("642.51")))
    assert (receipt.read_back["total"], receipt.read_back["taxTotal"]) == (Decimal("642.51"), Decimal("42.51"))
    assert account.balances(receipt.native_id) == {"1200": 642.51, "2500": -100, "4100": -500, "2200": -42.51}
    spec_of = spec.load("netsuite")
    pages = source.pages(client, spec_of, spec_of.tables["transactionline"], Window(NOW))
    read = [row for page in pages for row in json.loads(page.body)["items"] if row["transaction"] == receipt.native_id]
    assert sorted(row["foreignamount"] for row in read if row["taxline"] == "T") == ["-35.43", "-7.08"]


@pytest.mark.parametrize("missing", ["tax_code", "tax_type"])
def test_tax_without_a_code_for_it_is_refused_before_anything_is_written(account: Account, client: Client, missing: str) -> None:
    with pytest.raises(Terminal, match="tax_code and tax_type"):
        client.run(flow_of(replace(INVOICE_COMMAND, amount=Decimal(700)), **{missing: ""}))
    assert account.count("CustInvc") == 0


def test_lines_of_one_product_bill_different_lines_of_the_order(account: Account, client: Client) -> None:
    for number, quantity in ((3, 4), (4, 5)):
        line = {"id": number, "linesequencenumber": number, "item": RECURRING, "quantity": -quantity, "rate": 100.0}
        own = {"uniquekey": ORDER * 10_000 + number, "transaction": ORDER, "mainline": "F", "taxline": "F"}
        account.state.insert("transactionline", own | line | {"foreignamount": -100.0 * quantity}, NOW, by="sandbox")
    lines = [replace(INVOICE_COMMAND.lines[0], line_number=n, quantity=Decimal(q)) for n, q in ((1, 5), (2, 10), (3, 7), (4, 1))]
    flow = flow_of(replace(INVOICE_COMMAND, lines=tuple(lines)))
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    assert [item.get("orderLine") for item in request.json["item"]["items"]] == [4, 1, 3, None]


def test_a_payment_closes_its_invoice_and_books_itself(account: Account, client: Client) -> None:
    command = payment_command(client)
    receipt = run(client, command)
    invoice = account.state.get("transaction", command.invoice_native_id) or {}
    assert (invoice["status"], invoice["foreignamountunpaid"]) == ("B", 0)
    assert account.balances(receipt.native_id) == {"1050": 600, "1200": -600}


def test_a_payment_finds_its_invoice_by_billings_number(account: Account, client: Client) -> None:
    command = payment_command(client)
    run(client, replace(command, invoice_native_id=None))
    assert (account.state.get("transaction", command.invoice_native_id) or {})["foreignamountunpaid"] == 0


def test_a_payment_of_an_invoice_that_is_paid_already_is_superseded(account: Account, client: Client) -> None:
    command = payment_command(client)
    run(client, command)
    again = run(client, replace(command, key="payment-ch-2", payment_ref="ch_2"))
    assert (again.outcome, account.count("CustPymt")) == ("superseded", 1)


def test_a_journal_books_what_it_says(account: Account, client: Client) -> None:
    receipt = run(client, JOURNAL_COMMAND)
    assert account.balances(receipt.native_id) == {"6500": 3.2, "1050": -3.2}
    assert receipt.read_back["postingPeriod"]["refName"] == "Nov 2026"


def test_a_reversal_mirrors_its_journal(account: Account, client: Client) -> None:
    command = reversal_command(client)
    receipt = run(client, command)
    assert account.balances(receipt.native_id) == {"6500": -3.2, "1050": 3.2}
    journal = account.state.get("transaction", command.native_id) or {}
    assert (str(journal["reversal"]), journal["reversaldate"]) == (receipt.native_id, "2026-11-05")


def test_a_reversal_of_another_amount_is_superseded(account: Account, client: Client) -> None:
    command = replace(reversal_command(client), amount=Decimal(4))
    assert run(client, command).outcome == "superseded"


@pytest.mark.parametrize("flag", ["closed", "alllocked"])
@pytest.mark.parametrize("name", ["journal", "invoice", "payment", "reversal"])
def test_a_shut_period_is_named_and_nothing_is_sent(account: Account, client: Client, name: str, flag: str) -> None:
    command = COMMANDS[name](client)
    account.close(datetime(2026, 11, 1, tzinfo=UTC), flag)
    before = account.writes()
    with pytest.raises(Terminal, match="Nov 2026"):
        run(client, command)
    assert account.writes() == before


@pytest.mark.parametrize("name", ["journal", "invoice", "payment", "reversal"])
def test_a_posting_that_the_account_moved_to_another_period_is_told(account: Account, client: Client, name: str) -> None:
    """As the account's preference for dates in closed periods may have it."""
    flow = flow_of(COMMANDS[name](client))
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    reading = flow.send(client.read(request))
    newest = account.state.select('select max(id) as id from "transaction"')[0]["id"]
    account.plant("transaction", newest, postingperiod=chart.period_id(2026, 12))
    assert client.run(_resumed(flow, reading)).detail.endswith("posted in Dec 2026, not in Nov 2026")


@pytest.mark.parametrize(
    "name", ["customer name", "customer city", "order line price", "order amount", "order closed", "product inactive"]
)
def test_what_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    stale = {"observed": "draft" if name == "order closed" else "7" if name.startswith("order") else "else"}
    before = account.writes()
    assert run(client, replace(command, **stale)).outcome == "superseded"
    assert account.writes() == before


def test_an_order_total_is_spread_over_its_lines_to_the_cent(account: Account, client: Client) -> None:
    run(client, update("order", ORDER, "amount", "1700", "1000.01"))
    lines = account.state.select(f'select foreignamount from transactionline where "transaction" = {ORDER} and id > 0 order by id')
    assert [line["foreignamount"] for line in lines] == [-705.89, -294.12]


def test_a_total_that_left_its_lines_is_brought_back_to_them(account: Account, client: Client) -> None:
    account.plant("transaction", ORDER, foreigntotal=1725)
    assert run(client, update("order", ORDER, "amount", "1725", "1700")).outcome == "written"
    lines = account.state.select(f'select foreignamount from transactionline where "transaction" = {ORDER} and id > 0 order by id')
    assert [line["foreignamount"] for line in lines] == [-1200, -500]


@pytest.mark.parametrize("without", [{"quantity": None}, {"quantity": 0}, {"quantity": None, "rate": None}], ids=str)
def test_a_total_is_spread_also_over_a_line_that_has_only_an_amount(
    account: Account, client: Client, without: dict[str, Any]
) -> None:
    account.state.write("transactionline", line_key(ORDER, 2), without)
    assert run(client, update("order", ORDER, "amount", "1700", "1000.01")).outcome == "written"
    lines = account.state.select(f'select foreignamount from transactionline where "transaction" = {ORDER} and id > 0 order by id')
    assert [line["foreignamount"] for line in lines] == [-705.89, -294.12]


def test_the_price_of_a_line_without_a_quantity_is_set_alone() -> None:
    held = {"tranId": "SO1", "item": {"items": [{"line": 1, "rate": 120, "amount": 500}]}}
    flow = flow_of(update("order_line", f"{ORDER}-1", "unit_price", "120", "118.50"))
    next(flow)
    patch = flow.send(httpx.Response(200, json=held))
    assert patch.json == {"item": {"items": [{"line": 1, "rate": 118.5, "amount": 500}]}}


def test_a_total_that_bears_tax_is_refused_before_anything_is_written() -> None:
    held = {"tranId": "INV7", "total": 110, "taxTotal": 10, "item": {"items": [{"line": 1, "amount": 100}]}}
    flow = flow_of(update("invoice", 7, "amount", "110", "120"))
    next(flow)
    with pytest.raises(Terminal, match="INV7 bears 10 of tax"):
        flow.send(httpx.Response(200, json=held))


def test_a_total_is_compared_as_exactly_as_it_is_observed(account: Account, client: Client) -> None:
    account.plant("transaction", ORDER, foreigntotal=1725.3 + 1e-9)
    assert run(client, update("order", ORDER, "amount", "1725.3", "1700")).outcome == "written"


def test_a_line_price_moves_the_order_total(account: Account, client: Client) -> None:
    run(client, update("order_line", f"{ORDER}-1", "unit_price", "120", "118.50"))
    assert (account.state.get("transaction", ORDER) or {})["foreigntotal"] == 1685


def test_an_invoice_line_price_moves_the_ledger(account: Account, client: Client) -> None:
    invoice = run(client, INVOICE_COMMAND).native_id
    run(client, update("invoice_line", f"{invoice}-1", "unit_price", "10", "11"))
    assert account.balances(invoice) == {"1200": 610, "2500": -110, "4100": -500}


def test_an_unknown_product_is_named(client: Client) -> None:
    line = replace(ORDER_COMMAND.lines[0], product_code="SKU-9999")
    with pytest.raises(Terminal, match="SKU-9999"):
        run(client, replace(ORDER_COMMAND, lines=(line,)))


def test_an_inactive_product_is_named(account: Account, client: Client) -> None:
    account.plant("item", RECURRING, isinactive="T")
    with pytest.raises(Terminal, match="SKU-0001"):
        run(client, ORDER_COMMAND)


@pytest.mark.proves("error_body")
def test_an_unknown_customer_is_refused_in_the_vendors_words(client: Client) -> None:
    with pytest.raises(Terminal, match=r"INVALID_CONTENT: .*0015gNONE.*entity") as refused:
        run(client, replace(ORDER_COMMAND, customer_crm_id="0015gNONE"))
    assert refused.value.platform == "netsuite"


def test_an_attribute_that_is_not_the_erps_to_hold_is_refused(client: Client) -> None:
    with pytest.raises(Terminal, match=r"opportunity\.stage cannot be written"):
        run(client, update("opportunity", "1", "stage", "a", "b"))


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", ["customer", "order", "invoice", "invoice without order", "payment", "journal"])
def test_two_runs_that_both_saw_nothing_make_one_record_and_change_none(account: Account, client: Client, name: str) -> None:
    command = COMMANDS[name](client)
    late = flow_of(command)
    request = next(late)
    while not request.is_write:
        request = late.send(client.read(request))
    made = run(client, command)
    done = account.writes()
    receipt = client.run(_resumed(late, request))
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


def test_a_refused_creation_is_raised_not_adopted() -> None:
    flow = saving.save(saving.post("invoice", "k", {}), "invoice", "k")
    next(flow)
    detail = {"o:errorCode": "USER_ERROR", "detail": "This record has been locked by a user defined workflow."}
    with pytest.raises(Terminal, match="locked by a user defined workflow"):
        flow.send(httpx.Response(400, json={"title": "Bad Request", "status": 400, "o:errorDetails": [detail]}))


def test_a_duplicate_of_something_else_is_the_vendors_refusal() -> None:
    flow = saving.save(saving.post("customer", "k", {}), "customer", "k")
    next(flow)
    detail = {"o:errorCode": "USER_ERROR", "detail": "Error while accessing a resource. This entity already exists."}
    flow.send(httpx.Response(400, json={"title": "Bad Request", "status": 400, "o:errorDetails": [detail]}))
    with pytest.raises(Terminal, match="This entity already exists"):
        flow.send(httpx.Response(404))
