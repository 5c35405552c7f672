"""Both sides against what Stripe publishes: the operations of its own client library, and the types of objects and parameters.

Neither q2c's requests nor the emulated account's answers may differ from the vendor's, or the two would only agree with each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.stripe import source
from q2c_pipelines.platforms.stripe.connection import VERSION
from q2c_pipelines.platforms.stripe.emulator import form
from q2c_pipelines.platforms.stripe.emulator.operations import OPERATIONS
from tests.platforms.stripe.billing import agree
from tests.platforms.stripe.conftest import CUSTOMER, EARLY, Account, disputed, opened, paid_out, seconds, signed_in
from tests.platforms.stripe.published import Published
from tests.platforms.stripe.story import everything
from tests.platforms.stripe.told import COMMANDS, SUBSCRIPTION, cancel, correct, run, update

STRIPE = spec.load("stripe")
OBJECTS = {
    "balance_transaction": "BalanceTransaction",
    "charge": "Charge",
    "credit_note": "CreditNote",
    "credit_note_line_item": "CreditNoteLineItem",
    "customer": "Customer",
    "dispute": "Dispute",
    "customer_balance_transaction": "CustomerBalanceTransaction",
    "invoice": "Invoice",
    "invoice_payment": "InvoicePayment",
    "invoiceitem": "InvoiceItem",
    "line_item": "InvoiceLineItem",
    "payment_intent": "PaymentIntent",
    "payout": "Payout",
    "price": "Price",
    "product": "Product",
    "refund": "Refund",
    "subscription": "Subscription",
    "subscription_item": "SubscriptionItem",
    "tax_rate": "TaxRate",
}
TYPES = OBJECTS | {
    "credit_note_line": "CreditNoteLineItem",
    "credit_note_line_tax": "CreditNoteLineItem.Tax",
    "line_item_tax": "InvoiceLineItem.Tax",
    "payout_line": "BalanceTransaction",
}
# the types of what can be sent, where they are not named after the object and the method
PARAMS = {
    "GET /v1/charges/{key}/refunds": "RefundListParams",
    "GET /v1/credit_notes/{key}/lines": "CreditNoteListLineItemsParams",
    "GET /v1/customers/{key}/balance_transactions": "CustomerListBalanceTransactionsParams",
    "GET /v1/invoices/{key}/lines": "InvoiceListLineItemsParams",
    "POST /v1/credit_notes/{key}/void": "CreditNoteVoidCreditNoteParams",
    "POST /v1/invoices/{key}/finalize": "InvoiceFinalizeInvoiceParams",
    "POST /v1/invoices/{key}/mark_uncollectible": "InvoiceMarkUncollectibleParams",
    "POST /v1/invoices/{key}/pay": "InvoicePayParams",
    "POST /v1/invoices/{key}/void": "InvoiceVoidInvoiceParams",
}
LISTED = {  # the copy lacks their types
    "PayoutListParams": {"created", "destination", "status", "limit", "starting_after", "expand"},
    "DisputeListParams": {"charge", "created", "payment_intent", "limit", "starting_after", "ending_before", "expand"},
    "search": {"query", "limit", "page", "expand"},
}
ERROR_FIELDS = {"type", "code", "message", "param", "doc_url", "decline_code"}  # those of the error object that are told here
ADDRESSES = {(method, f"/v1/{path}") for method, path, _ in OPERATIONS}
UNPUBLISHED = {("GET", "/v1/charges/{key}/refunds")}  # the address that a charge's own list of refunds names


@pytest.fixture(scope="session")
def published(contracts: Path) -> Published:
    return Published(contracts / "stripe")


class Recorder(Client):
    """A client that remembers what was said."""

    def __init__(self, account: Account, said: list[httpx.Response]) -> None:
        super().__init__(STRIPE, account.connection())
        self._said = said

    def _once(self, request: Request) -> httpx.Response:
        self._said.append(super()._once(request))
        return self._said[-1]


@pytest.fixture(scope="module")
def ours() -> list[httpx.Response]:
    """All that q2c says while every table is read and every kind of command is run, with the answers."""
    said: list[httpx.Response] = []
    with opened() as account, signed_in(account) as http, Recorder(account, said) as client:
        _sell(account, client)
        for name, command in COMMANDS.items():
            run(client, replace(command, key=name))
        agree(http)
        paid_out(account)
        disputed(account)
        account.state.delete("customer", CUSTOMER, account.at[0], by="sandbox")
        for table in STRIPE.tables.values():
            for since in (None, EARLY):
                list(source.pages(client, STRIPE, table, Window(since)))
    return said


def _sell(account: Account, client: Client) -> None:
    """The commands that need a catalogue."""
    for code in ("SKU-1", "SKU-9"):
        account.add("product", EARLY, id=code, name=code, updated=seconds(EARLY))
    made = run(client, SUBSCRIPTION)
    item = made.read_back["items"]["data"][0]["id"]
    run(client, correct(item, "quantity", "10", "12", key="quantity"))
    run(client, correct(item, "unit_price", "37.125", "39.5", key="price"))
    run(client, cancel(made.native_id))
    run(client, replace(update("is_active", "true", "false", entity="product", key="off"), native_id="SKU-9"))


@pytest.fixture(scope="module")
def theirs() -> list[httpx.Response]:
    """All that is said while the account does all it can."""
    said: list[httpx.Response] = []
    with opened() as account, signed_in(account) as http:
        http.event_hooks["response"].append(said.append)
        everything(account, http)
    return said


def operation_of(request: httpx.Request, operations: set[tuple[str, str]]) -> tuple[str, str] | None:
    """The published operation that a request is; one without variables before one with."""
    for method, path in sorted(operations, key=lambda each: each[1].count("{")):
        if method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
            return method, path
    return None


def objects_in(body: Any) -> Iterator[dict[str, Any]]:
    """The objects that an answer sends: itself, or those of the list that it is; of events what they tell as well.

    The account's balance has no type among those that are kept here.
    """
    if body.get("object") == "balance":
        return
    if body.get("object") in ("list", "search_result"):
        for each in body["data"]:
            yield from objects_in(each)
        return
    yield body
    if body.get("object") == "event":
        yield from objects_in(body["data"]["object"])


def problems(published: Published, sent: dict[str, Any]) -> list[str]:
    kind = sent["object"]
    if kind == "event":
        return [f"event fields: {set(sent) ^ published.event_fields}"] if set(sent) != published.event_fields else []
    return published.problems("Deleted" + OBJECTS[kind] if "deleted" in sent else OBJECTS[kind], sent)


def test_every_operation_is_one_that_stripe_publishes(published: Published) -> None:
    patterns = {(method, re.sub(r"\{\w+\}", "{key}", path)) for method, path in published.operations}
    assert ADDRESSES - patterns == UNPUBLISHED


def test_every_operation_is_told_in_the_story(theirs: list[httpx.Response]) -> None:
    answered = {operation_of(each.request, ADDRESSES) for each in theirs if each.status_code == 200}
    assert ADDRESSES - answered == set()


def test_every_answer_fits_its_published_type(theirs: list[httpx.Response], published: Published) -> None:
    checked, found = set(), set()
    for response in theirs:
        for sent in objects_in(response.json()) if response.status_code == 200 else ():
            checked.add(sent["object"])
            found |= {f"{response.request.method} {response.request.url.path}: {each}" for each in problems(published, sent)}
    assert sorted(found) == []
    assert checked == {*OBJECTS, "event"}


def test_every_event_is_published_and_tells_what_it_should(theirs: list[httpx.Response], published: Published) -> None:
    events = [each for response in theirs for each in objects_in(response.json()) if each.get("object") == "event"]
    told = {each["type"] for each in events}
    assert told - set(published.events) == set()
    assert len(told) > 30
    assert {problem for each in events for problem in published.problems(published.events[each["type"]], each["data"])} == set()


def test_every_refusal_has_the_published_form(theirs: list[httpx.Response], published: Published) -> None:
    refused = [each for each in theirs if each.status_code >= 400]
    assert {each.status_code for each in refused} == {400, 402, 404}
    for error in (each.json()["error"] for each in refused):
        assert set(error) <= ERROR_FIELDS
        assert error.get("code", "resource_missing") in published.codes


def test_every_call_of_ours_is_an_operation_that_stripe_publishes(ours: list[httpx.Response], published: Published) -> None:
    calls = {
        f"{each.request.method} {each.request.url.path}"
        for each in ours
        if operation_of(each.request, published.operations) is None
    }
    assert calls == set()
    assert (
        {each.headers["Stripe-Version"] for each in ours} == {each.request.headers["Stripe-Version"] for each in ours} == {VERSION}
    )


def test_every_parameter_of_ours_fits_its_published_type(ours: list[httpx.Response], published: Published) -> None:
    checked = set()
    for response in ours:
        name = params_of(response.request)
        checked.add(name)
        assert param_problems(published, name, response.request) == []
    assert {"CustomerCreateParams", "CustomerUpdateParams", "CustomerListParams", "search", "EventListParams"} <= checked
    assert "SubscriptionItemUpdateParams" in checked
    assert {
        "SubscriptionCreateParams",
        "SubscriptionItemUpdateParams",
        "ProductUpdateParams",
        "PriceListParams",
        "InvoicePaymentListParams",
    } <= checked


def test_every_answer_to_us_fits_its_published_type(ours: list[httpx.Response], published: Published) -> None:
    sent = [each for response in ours for each in objects_in(response.json())]
    assert [problem for each in sent for problem in problems(published, each)] == []
    read = {TYPES[name] for name, table in STRIPE.tables.items() if "each" not in table.options and not table.is_control}
    assert {OBJECTS.get(each["object"]) for each in sent} >= read - {"InvoiceLineItem", "CreditNoteLineItem", "SubscriptionItem"}


def test_what_the_account_takes_is_published(theirs: list[httpx.Response], published: Published) -> None:
    """A parameter that is taken here and unknown to Stripe would let a wrong request pass."""
    found = {
        problem
        for each in theirs
        if each.status_code == 200
        for problem in param_problems(published, params_of(each.request), each.request)
    }
    assert found == set()


@pytest.mark.parametrize("table", sorted(name for name, table in STRIPE.tables.items() if not table.is_control))
def test_the_declared_columns_are_the_vendors(table: str, published: Published) -> None:
    fields = published.fields(TYPES[table])
    declared = STRIPE.tables[table]
    owners = {"subscription", "line_item", "invoice", "credit_note", "credit_note_line_item", "payout"}
    ours = (owners | {"event_created", "position"}) - fields
    named = {(column.path or name).split(".")[0] for name, column in declared.columns.items()} - ours
    assert (named | set(declared.ignore)) - fields == set()
    assert fields - named - set(declared.ignore) == set()


def params_of(request: httpx.Request) -> str:
    """The type of what this request can send."""
    operation = operation_of(request, ADDRESSES)
    assert operation, request.url
    method, path = operation
    if path.endswith("/search"):
        return "search"
    kind = OBJECTS.get(path.split("/")[2].removesuffix("s"), "Event")
    one = {"POST": "Update", "GET": "Retrieve", "DELETE": "Delete"}
    way = one[method] if path.endswith("}") else {"POST": "Create", "GET": "List"}[method]
    return PARAMS.get(f"{method} {path}", f"{kind}{way}Params")


def param_problems(published: Published, name: str, request: httpx.Request) -> list[str]:
    query, body = request.url.query.decode(), request.content.decode()
    params = form.parse(parse_qsl(f"{query}&{body}", keep_blank_values=True))
    if name in LISTED:
        return sorted(set(params) - LISTED[name])
    if name.endswith(("RetrieveParams", "DeleteParams")):
        return sorted(set(params) - {"expand"})
    return published.param_problems(name, params)
