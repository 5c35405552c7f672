"""The writer against the org: each command takes once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import Command, UpdateField, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt
from q2c_pipelines.platforms.salesforce.writer import HANDLERS

from .conftest import ACCOUNT, CONTACT, NOW, OPPORTUNITY, ORDER, Company

MISSING = "001000000000000AAA"
COMMON: dict[str, Any] = {"platform": "salesforce", "deal_key": None, "legal_entity": "US", "observed_version": None, "key": "k-1"}
ACTIVATE = UpdateStatus(entity="order", native_id=ORDER, observed="draft", value="activated", **COMMON)


def setting(entity: str, native_id: str, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    return UpdateField(entity=entity, native_id=native_id, attribute=attribute, observed=observed, value=value, **COMMON)


PHONE = setting("customer", ACCOUNT, "phone", "1", "2")
FIELDS = [
    (setting("customer", ACCOUNT, "name", "Acme Ltd", "Acme Inc"), "Account", ACCOUNT, "Name"),
    (setting("customer", ACCOUNT, "email", "ap@acme.example", "money@acme.example"), "Contact", CONTACT, "Email"),
    (PHONE, "Account", ACCOUNT, "Phone"),
    (setting("customer", ACCOUNT, "street", None, "1 Main St"), "Account", ACCOUNT, "BillingStreet"),
    (setting("customer", ACCOUNT, "city", "Boston", None), "Account", ACCOUNT, "BillingCity"),
    (setting("customer", ACCOUNT, "state", None, "MA"), "Account", ACCOUNT, "BillingState"),
    (setting("customer", ACCOUNT, "postal_code", None, "02110"), "Account", ACCOUNT, "BillingPostalCode"),
    (setting("customer", ACCOUNT, "country", None, "US"), "Account", ACCOUNT, "BillingCountry"),
    (setting("customer", ACCOUNT, "payment_terms", None, "Net 45"), "Account", ACCOUNT, "Payment_Terms__c"),
    (setting("opportunity", OPPORTUNITY, "stage", "Closed Won", "Closed Lost"), "Opportunity", OPPORTUNITY, "StageName"),
    (setting("order", ORDER, "erp_number", None, "SO00000001"), "Order", ORDER, "ERP_Order_Number__c"),
]
COMMANDS = [(ACTIVATE, "Order", ORDER, "Status"), *FIELDS]
EACH = pytest.mark.parametrize(
    ("command", "table", "key", "field"), COMMANDS, ids=[getattr(command, "attribute", "activate") for command, *_ in COMMANDS]
)


def run(company: Company, command: Command) -> Receipt:
    with company.client() as client:
        receipt: Receipt = client.run(HANDLERS[type(command)](command))
    return receipt


def wanted(command: Any) -> str | None:
    return "Activated" if isinstance(command, UpdateStatus) else command.value


def test_every_declared_command_is_obeyed() -> None:
    assert [kind.__name__ for kind in HANDLERS] == ["UpdateField", "UpdateStatus"]
    assert sorted(spec.load("salesforce").commands) == sorted(kind.__name__ for kind in HANDLERS)


@pytest.mark.proves("once")
@EACH
def test_a_command_run_twice_takes_once(company: Company, command: Command, table: str, key: str, field: str) -> None:
    receipts = [run(company, command), run(company, command)]
    assert [receipt.outcome for receipt in receipts] == ["written", "adopted"]
    assert company.writes(table) == 1
    assert (company.state.get(table, key) or {})[field] == wanted(command)
    assert [receipt.read_back for receipt in receipts] == [{field: wanted(command)}] * 2
    assert {receipt.native_id for receipt in receipts} == {getattr(command, "native_id", "")}


@pytest.mark.proves("timeout_after_commit")
@EACH
def test_an_answer_lost_after_the_write_is_adopted(company: Company, command: Command, table: str, key: str, field: str) -> None:
    company.fault("timeout_after_commit", match=f"/sobjects/{table}/", method="PATCH")
    with pytest.raises(UnknownOutcome, match=r"Salesforce: PATCH .*gave no answer"):
        run(company, command)
    assert run(company, command).outcome == "adopted"
    assert company.writes(table) == 1


def test_an_answer_lost_before_the_write_is_sent_again(company: Company) -> None:
    company.fault("reset", method="PATCH")
    with pytest.raises(UnknownOutcome):
        run(company, PHONE)
    assert run(company, PHONE).outcome == "written"


@EACH
def test_a_value_that_was_not_observed_is_left_alone(company: Company, command: Command, table: str, key: str, field: str) -> None:
    if table == "Order" and field == "Status":
        company.state.db.execute("""update "Order" set "Status" = 'Cancelled', "StatusCode" = 'Canceled' """)
    else:
        other = {"StageName": "Prospecting", "Email": "x@y.example"}.get(field, "Net 60")
        company.state.update(table, key, {field: other}, NOW, by="sandbox")
    assert run(company, command).outcome == "superseded"
    assert company.writes(table) == 0


def test_a_deleted_record_supersedes(company: Company) -> None:
    company.state.delete("Account", ACCOUNT, NOW, by="sandbox")
    for command in (PHONE, setting("customer", ACCOUNT, "email", "ap@acme.example", "x@y.example")):
        assert run(company, command).outcome == "superseded"
    company.state.delete("Order", ORDER, NOW, by="sandbox")
    assert run(company, ACTIVATE).outcome == "superseded"


def change(company: Company) -> None:
    company.state.update("Account", ACCOUNT, {"Website": "https://acme.example"}, company.advance(minutes=1), by="sandbox")


def delete(company: Company) -> None:
    company.state.delete("Account", ACCOUNT, company.advance(minutes=1), by="sandbox")


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize(("meanwhile", "status"), [(change, 412), (delete, 404)])
def test_a_change_between_look_and_write_supersedes(company: Company, meanwhile: Callable[[Company], None], status: int) -> None:
    flow = HANDLERS[UpdateField](PHONE)
    with company.client() as client:
        looked = client.read(next(flow))
        patch = flow.send(looked)
        meanwhile(company)
        refused = client._once(patch)
        assert refused.status_code == status
        read_back = client.read(flow.send(refused))
        with pytest.raises(StopIteration) as done:
            flow.send(read_back)
    assert done.value.value.outcome == "superseded"
    assert company.writes("Account") == 0


def test_activation_says_the_orgs_own_word_and_nothing_else(company: Company) -> None:
    company.state.db.execute("""update "OrderStatus" set "ApiName" = 'Booked' where "StatusCode" = 'Activated'""")
    flow = HANDLERS[UpdateStatus](ACTIVATE)
    with company.client() as client:
        asked = flow.send(client.read(next(flow)))
        patch = flow.send(client.read(asked))
    assert (patch.method, patch.json, patch.is_write) == ("PATCH", {"Status": "Booked"}, True)
    assert patch.headers["If-Unmodified-Since"] == "Sat, 31 Oct 2026 08:00:00 GMT"


def test_the_receipt_of_an_order_names_its_number(company: Company) -> None:
    assert run(company, ACTIVATE).document_number == (company.state.get("Order", ORDER) or {})["OrderNumber"]


@pytest.mark.proves("error_body")
def test_an_order_without_products_is_refused_in_the_vendors_words(company: Company) -> None:
    company.state.db.execute('delete from "OrderItem"')
    with pytest.raises(Terminal, match=r"FAILED_ACTIVATION: .*at least one product"):
        run(company, ACTIVATE)


@pytest.mark.proves("error_body")
def test_a_value_too_long_is_refused_in_the_vendors_words(company: Company) -> None:
    with pytest.raises(Terminal, match=r"STRING_TOO_LONG: .*max length=40"):
        run(company, setting("customer", ACCOUNT, "phone", "1", "9" * 41))


@pytest.mark.parametrize(
    "command",
    [
        setting("customer", ACCOUNT, "balance", "1", "2"),
        UpdateStatus(entity="order", native_id=ORDER, observed="activated", value="closed", **COMMON),
        UpdateStatus(entity="quote", native_id=ORDER, observed="draft", value="accepted", **COMMON),
    ],
    ids=["attribute", "status", "entity"],
)
def test_what_cannot_be_done_here_is_refused_before_anything_is_sent(command: Command) -> None:
    with pytest.raises(Terminal, match="Salesforce: "):
        next(HANDLERS[type(command)](command))


def test_a_value_that_does_not_stick_is_an_error() -> None:
    record = {"Id": ACCOUNT, "Phone": "1", "LastModifiedDate": "2026-10-31T08:00:00.000+0000"}
    flow = HANDLERS[UpdateField](PHONE)
    next(flow)
    flow.send(httpx.Response(200, json=record))
    flow.send(httpx.Response(204))
    with pytest.raises(Terminal, match=r"reads back as '1'.*automation"):
        flow.send(httpx.Response(200, json=record))


def test_the_oldest_contact_carries_the_email(company: Company) -> None:
    later = NOW - timedelta(hours=1)
    company.state.insert("Contact", {"Id": "0030000000AAAAAAAA", "AccountId": ACCOUNT, "LastName": "New"}, later, by="sandbox")
    run(company, setting("customer", ACCOUNT, "email", "ap@acme.example", "x@y.example"))
    assert (company.state.get("Contact", CONTACT) or {})["Email"] == "x@y.example"
