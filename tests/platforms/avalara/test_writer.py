"""Writing: tax documents are recorded, committed, adjusted and voided once, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms.avalara.writer import handlers
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import (
    AdjustTaxDocument,
    Command,
    CommitTaxDocument,
    CreateTaxDocument,
    TaxDocumentLine,
    VoidTaxDocument,
)
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt
from tests.platforms.avalara.conftest import CUSTOMER, DOCUMENT, INVOICE, Account

HANDLERS = handlers({"company_code": "Q2CUS"})
COMMON: dict[str, Any] = {"platform": "avalara", "deal_key": "salesforce:006A", "legal_entity": "US"}
RENO = {"street": "1 Main St", "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US"}
LINES = (
    TaxDocumentLine(line_number=1, product_code="SKU-0001", description="Seats", quantity=Decimal(5), amount=Decimal("90.10")),
    TaxDocumentLine(line_number=2, product_code="SKU-0002", description="Setup", quantity=Decimal(1), amount=Decimal("9.90")),
)
SAYS: dict[str, Any] = {
    "customer_code": CUSTOMER,
    "taxed_on": date(2026, 11, 1),
    "currency": "USD",
    "lines": LINES,
} | RENO
KNOWN: dict[str, Any] = {"document_number": INVOICE, "document_type": "invoice", "observed_version": None}
CREATE = CreateTaxDocument(key="create-1", invoice_number="INV 77/A#1", **SAYS, **COMMON)
COMMIT = CommitTaxDocument(key="commit-1", observed="draft", **KNOWN, **COMMON)
VOID = VoidTaxDocument(key="void-1", reason="voided", observed="committed", **KNOWN, **COMMON)
ADJUST = AdjustTaxDocument(key="adjust-1", reason="amount differs", observed="committed", **KNOWN, **SAYS, **COMMON)
COMMANDS: dict[str, Command] = {"create": CREATE, "commit": COMMIT, "void": VOID, "adjust": ADJUST}
LATER = ["commit", "void", "adjust"]


def run(client: Client, command: Command) -> Receipt:
    return client.run(HANDLERS[type(command)](command))


def ready(account: Account, name: str) -> None:
    """The document as the command expects it."""
    if name == "commit":
        account.state.write("transaction", DOCUMENT, {"status": "Saved"})


def observed(account: Account, name: str) -> Any:
    """The command, planned against the document as it is now."""
    held = account.state.get("transaction", DOCUMENT)
    assert held
    version = datetime.fromisoformat(held["modifiedDate"]).replace(tzinfo=UTC)
    return COMMANDS[name] if name == "create" else replace(COMMANDS[name], observed_version=version)


def effects(account: Account) -> int:
    """How many times a document was recorded or moved on."""
    sql = "select count(*) as n from _effects where by = 'api' and table_name = 'transaction'"
    return int(account.state.select(sql)[0]["n"])


def test_a_document_is_recorded_committed_and_taxed(account: Account, client: Client) -> None:
    receipt = run(client, CREATE)
    assert (receipt.outcome, receipt.document_number) == ("written", "INV 77/A#1")
    held = receipt.read_back
    assert (held["status"], held["type"], held["customerCode"], held["date"]) == (
        "Committed",
        "SalesInvoice",
        CUSTOMER,
        "2026-11-01",
    )
    assert (held["totalAmount"], held["totalTax"]) == (100.0, 6.85)
    assert [(line["lineNumber"], line["itemCode"], line["lineAmount"]) for line in held["lines"]] == [
        ("1", "SKU-0001", 90.1),
        ("2", "SKU-0002", 9.9),
    ]


def test_a_recorded_document_is_committed(account: Account, client: Client) -> None:
    ready(account, "commit")
    assert run(client, COMMIT).read_back["status"] == "Committed"


def test_a_document_is_voided_and_stays(account: Account, client: Client) -> None:
    assert run(client, VOID).read_back["status"] == "Cancelled"
    assert account.versions() == [(1, "Cancelled")]


def test_an_adjustment_is_the_next_version(account: Account, client: Client) -> None:
    receipt = run(client, ADJUST)
    assert (receipt.outcome, receipt.read_back["adjustmentDescription"]) == ("written", "amount differs [adjust-1]")
    assert receipt.native_id != str(DOCUMENT)
    assert account.versions() == [(1, "Adjusted"), (2, "Committed")]


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_told_twice_has_one_effect(account: Account, client: Client, name: str) -> None:
    ready(account, name)
    command = observed(account, name)
    assert run(client, command).outcome == "written"
    once = effects(account)
    assert run(client, command).outcome == "adopted"
    assert effects(account) == once


@pytest.mark.proves("timeout_after_commit", by="fault")
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset", "server_error"])
def test_a_write_without_an_answer_is_found_or_done_again(account: Account, client: Client, name: str, fault: str) -> None:
    ready(account, name)
    command = observed(account, name)
    account.fault(fault, method="POST")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done, after = fault == "timeout_after_commit", effects(account)
    assert bool(after) is done
    assert run(client, command).outcome == ("adopted" if done else "written")
    assert effects(account) == (after if done else {"adjust": 2}.get(name, 1))


@pytest.mark.parametrize("name", LATER)
def test_a_document_that_changed_since_it_was_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    ready(account, name)
    command = observed(account, name)
    account.advance(minutes=1)
    account.plant("line", DOCUMENT, description="changed")
    receipt = run(client, command)
    assert receipt.outcome == "superseded"
    assert "after it was observed" in receipt.detail
    assert effects(account) == 0


@pytest.mark.parametrize("name", ["void", "adjust"])
def test_a_document_that_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    account.state.write("transaction", DOCUMENT, {"status": "Saved"})
    receipt = run(client, COMMANDS[name])
    assert (receipt.outcome, receipt.detail) == ("superseded", "the document is draft, not committed as observed")


def test_a_voided_document_is_not_committed(account: Account, client: Client) -> None:
    account.state.write("transaction", DOCUMENT, {"status": "Cancelled"})
    assert run(client, COMMIT).outcome == "superseded"


@pytest.mark.parametrize("name", ["void", "adjust"])
def test_what_was_reported_is_left_alone(account: Account, client: Client, name: str) -> None:
    account.plant("transaction", DOCUMENT, locked=True)
    receipt = run(client, COMMANDS[name])
    assert (receipt.outcome, "record a credit" in receipt.detail) == ("superseded", True)


@pytest.mark.proves("stale_lock")
def test_what_is_reported_between_look_and_write_is_refused_by_the_platform(account: Account, client: Client) -> None:
    flow = HANDLERS[VoidTaxDocument](VOID)
    write = flow.send(client.read(next(flow)))
    account.plant("transaction", DOCUMENT, locked=True)
    with pytest.raises(Terminal, match="CannotModifyLockedTransaction"):
        client._once(write)


@pytest.mark.parametrize("name", LATER)
def test_a_document_that_is_not_there_is_superseded(client: Client, name: str) -> None:
    receipt = run(client, replace(COMMANDS[name], document_number="INV404"))
    assert (receipt.outcome, receipt.detail) == ("superseded", "there is no such document")


@pytest.mark.parametrize(
    ("held", "outcome", "words"),
    [
        ({}, "adopted", ""),
        ({"status": "Cancelled"}, "superseded", "was voided"),
        ({"totalAmount": 90}, "superseded", "for 90.0, not for 100.00"),
    ],
)
def test_a_document_that_is_there_already_is_not_recorded_again(
    account: Account, client: Client, held: dict[str, Any], outcome: str, words: str
) -> None:
    if held:
        account.state.write("transaction", DOCUMENT, held)
    receipt = run(client, replace(CREATE, invoice_number=INVOICE))
    assert receipt.outcome == outcome
    assert words in receipt.detail
    assert effects(account) == 0


def test_a_document_that_was_recorded_and_not_committed_is_committed(account: Account, client: Client) -> None:
    account.state.write("transaction", DOCUMENT, {"status": "Saved"})
    assert run(client, replace(CREATE, invoice_number=INVOICE)).outcome == "written"
    assert account.versions() == [(1, "Committed")]


def test_a_code_is_written_into_the_address_as_the_vendor_wants_it(client: Client) -> None:
    request = next(HANDLERS[CreateTaxDocument](CREATE))
    assert request.path.endswith("/transactions/INV%2077_-ava2f-_A_-ava23-_1/types/SalesInvoice")
    assert (run(client, CREATE).outcome, run(client, CREATE).outcome) == ("written", "adopted")


def test_an_invoice_and_a_credit_may_have_the_same_number(account: Account, client: Client) -> None:
    credit = account.add(7, code=INVOICE, type="ReturnInvoice", totalAmount=-100)
    receipt = run(client, replace(VOID, document_type="credit"))
    assert (receipt.native_id, receipt.outcome) == (str(credit), "written")
    assert (account.state.get("transaction", DOCUMENT) or {})["status"] == "Committed"


def test_a_kind_of_document_that_is_not_known_is_told() -> None:
    with pytest.raises(Terminal, match="no document type 'quote'; use invoice, credit"):
        next(HANDLERS[VoidTaxDocument](replace(VOID, document_type="quote")))
