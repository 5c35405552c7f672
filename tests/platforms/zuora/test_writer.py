"""Writing to a tenant over HTTP: each command once, however often it is run and wherever it is interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.errors import Terminal, Transient, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt
from q2c_pipelines.platforms.zuora.writer import handlers
from tests.platforms.zuora.commands import CUSTOMER, LINES, PAYMENT, SUBSCRIPTION, update
from tests.platforms.zuora.tenant import Tenant

CREATIONS = [
    pytest.param(CUSTOMER, "Account", "/v1/accounts", id="customer"),
    pytest.param(SUBSCRIPTION, "Subscription", "/v1/orders", id="subscription"),
    pytest.param(PAYMENT, "Payment", "/v1/payments", id="payment"),
]


def run(client: Client, command: Command) -> Receipt:
    return client.run(handlers({})[type(command)](command))


def charge(tenant: Tenant, of_type: str = "Recurring") -> dict[str, Any]:
    """The charge in force, with its price."""
    (row,) = tenant.state.select(
        """select c.*, t.price, s.version, s.name as subscription from RatePlanCharge c
        join RatePlanChargeTier t on t.ratePlanChargeId = c.id join Subscription s on s.id = c.subscriptionId
        where s.isLatestVersion and c.isLastSegment and c.chargeType = ?""",
        (of_type,),
    )
    return row


@pytest.mark.parametrize(
    ("settings", "account", "method"),
    [
        ({}, (1, 0), "CreditCard"),
        ({"bill_cycle_day": "15", "auto_pay": "true", "payment_method_type": "WireTransfer"}, (15, 1), "WireTransfer"),
    ],
    ids=["by default", "as said"],
)
def test_accounts_and_payments_are_made_as_the_settings_say(
    tenant: Tenant, client: Client, settings: dict[str, str], account: tuple[int, int], method: str
) -> None:
    obey = handlers(settings)
    client.run(obey[type(CUSTOMER)](CUSTOMER))
    (made,) = tenant.state.select("select billCycleDay, autoPay from Account where crmId = ?", (CUSTOMER.crm_id,))
    assert (made["billCycleDay"], made["autoPay"]) == account
    flow = obey[type(PAYMENT)](PAYMENT)
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    assert request.json is not None
    assert (request.json["type"], request.json["paymentMethodType"]) == ("External", method)


@pytest.mark.parametrize(("command", "table", "path"), CREATIONS)
class TestCreations:
    @pytest.mark.proves("once")
    def test_written_once_however_often_it_is_run(
        self, tenant: Tenant, client: Client, command: Command, table: str, path: str
    ) -> None:
        first = run(client, command)
        written = tenant.writes(table)
        again = run(client, command)
        assert (first.outcome, again.outcome) == ("written", "adopted")
        assert (again.native_id, again.document_number) == (first.native_id, first.document_number)
        assert tenant.writes(table) == written

    @pytest.mark.proves("timeout_after_commit")
    def test_an_answer_lost_after_the_commit_is_adopted(
        self, tenant: Tenant, client: Client, command: Command, table: str, path: str
    ) -> None:
        tenant.fault("timeout_after_commit", match=path, method="POST")
        with pytest.raises(UnknownOutcome):
            run(client, command)
        written = tenant.writes(table)
        assert run(client, command).outcome == "adopted"
        assert tenant.writes(table) == written

    def test_a_connection_lost_before_the_commit_is_sent_again(
        self, tenant: Tenant, client: Client, command: Command, table: str, path: str
    ) -> None:
        tenant.fault("reset", match=path, method="POST")
        with pytest.raises(UnknownOutcome):
            run(client, command)
        assert tenant.writes(table) == 0
        assert run(client, command).outcome == "written"

    def test_a_limit_met_while_writing_changes_nothing(
        self, tenant: Tenant, client: Client, command: Command, table: str, path: str
    ) -> None:
        tenant.fault("rate_limit", match=path, method="POST")
        with pytest.raises(Transient):
            run(client, command)
        assert tenant.writes(table) == 0
        assert run(client, command).outcome == "written"


def test_a_customer_is_made_with_its_contact_and_reference(tenant: Tenant, client: Client) -> None:
    receipt = run(client, CUSTOMER)
    account = tenant.state.get("Account", receipt.native_id)
    assert account
    assert (account["crmId"], account["name"], account["paymentTerm"]) == ("001B", "Birch & Co", "Net 30")
    contact = tenant.state.get("Contact", account["billToId"])
    assert contact
    assert (contact["workEmail"], contact["postalCode"], contact["accountId"]) == ("pay@birch.example", "83702", account["id"])


def test_a_customer_that_somebody_else_made_is_adopted(client: Client) -> None:
    receipt = run(client, replace(CUSTOMER, crm_id="001A"))
    assert (receipt.outcome, receipt.native_id, receipt.document_number) == ("adopted", "a1", "A00000101")


@pytest.mark.proves("error_body")
def test_a_refused_customer_is_told_in_the_vendors_words(client: Client) -> None:
    with pytest.raises(Terminal, match=r"Zuora: POST /v1/accounts: 'name' must be 255 characters") as refused:
        run(client, replace(CUSTOMER, name="x" * 256))
    assert refused.value.code == "50100020"


def test_a_refusal_is_not_replayed_once_its_cause_is_mended(tenant: Tenant, client: Client) -> None:
    tenant.state.update("Product", "p1", {"effectiveEndDate": "2026-01-01"}, tenant.at[0], by="sandbox")
    with pytest.raises(Terminal, match="is not effective on 2026-11-01"):
        run(client, SUBSCRIPTION)
    tenant.advance(minutes=5)
    tenant.state.update("Product", "p1", {"effectiveEndDate": "2050-01-01"}, tenant.at[0], by="sandbox")
    assert run(client, replace(SUBSCRIPTION, refusals=1)).outcome == "written"


def test_a_subscription_carries_the_references_prices_and_term(tenant: Tenant, client: Client) -> None:
    receipt = run(client, SUBSCRIPTION)
    (made,) = tenant.state.select("select * from Subscription")
    assert (made["name"], made["quoteNumber__QT"], made["IntegrationId__NS"]) == (receipt.native_id, "Q-00000042", "SO00000042")
    assert (made["accountId"], made["subscriptionEndDate"], made["currentTerm"]) == ("a1", "2027-11-01", 12)
    recurring, once = charge(tenant), charge(tenant, "OneTime")
    assert (recurring["quantity"], recurring["price"], recurring["billingPeriod"]) == (10, 25.5, "Month")
    assert (once["quantity"], once["price"]) == (1, 450)


def test_a_quote_that_has_a_subscription_gets_no_second_one(tenant: Tenant, client: Client) -> None:
    named = {"status": "Active", "version": 1, "isLatestVersion": 1, "currency": "USD", "quoteNumber__QT": "Q-00000042"}
    tenant.add("Subscription", id="s9", name="A-S9", accountId="a1", **named)
    receipt = run(client, SUBSCRIPTION)
    assert (receipt.outcome, receipt.native_id) == ("adopted", "A-S9")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"customer_crm_id": "001Z"}, "0 accounts carry the CRM id 001Z"),
        ({"lines": (replace(LINES[0], product_code="SKU-9999"),)}, "no product SKU-9999"),
        ({"lines": (replace(LINES[0], billing_period="Annual"),)}, "0 rate plans fit SKU-0001, recurring, Annual"),
        ({"customer_crm_id": "0'or'"}, "no safe way to write quotes"),
    ],
)
def test_what_cannot_be_subscribed_says_why_and_leaves_nothing(
    tenant: Tenant, client: Client, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(Terminal, match=told):
        run(client, replace(SUBSCRIPTION, **change))
    assert tenant.writes("Orders") == 0


def test_a_payment_settles_its_invoice(tenant: Tenant, client: Client) -> None:
    receipt = run(client, PAYMENT)
    assert receipt.read_back["unappliedAmount"] == 0
    invoice, account = tenant.state.get("Invoice", "i1"), tenant.state.get("Account", "a1")
    assert invoice
    assert account
    assert (invoice["balance"], account["balance"]) == (0, 0)
    (payment,) = tenant.state.select("select * from Payment")
    assert (payment["referenceId"], payment["type"], payment["effectiveDate"]) == ("ch_1", "External", "2026-10-30")


def test_a_payment_that_was_never_applied_is_applied(tenant: Tenant, client: Client) -> None:
    money = {"amount": 250.0, "appliedAmount": 0, "unappliedAmount": 250.0, "currency": "USD", "status": "Processed"}
    tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", referenceId="ch_1", effectiveDate="2026-10-30", **money)
    receipt = run(client, PAYMENT)
    assert (receipt.outcome, receipt.native_id) == ("written", "pay9")
    assert run(client, PAYMENT).outcome == "adopted"
    assert len(tenant.state.select("select 1 from PaymentApplication")) == 1


MONEY = {"amount": 250.0, "currency": "USD", "status": "Processed", "referenceId": "ch_1", "effectiveDate": "2026-10-30"}


def test_money_that_was_applied_to_another_invoice_does_not_settle_this_one(tenant: Tenant, client: Client) -> None:
    posted = {"status": "Posted", "currency": "USD", "amount": 250.0, "balance": 250.0, "reversed": False}
    tenant.add("Invoice", id="i2", invoiceNumber="INV00000002", accountId="a1", **posted)
    tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", appliedAmount=0, unappliedAmount=250.0, **MONEY)
    tenant.add("PaymentApplication", id="pa9", paymentId="pay9", invoiceId="i2", applyAmount=250.0)
    receipt = run(client, PAYMENT)
    told = "0.0 of 250.0 is left: the rest was refunded, or applied to other documents"
    assert (receipt.outcome, receipt.native_id, receipt.detail) == ("superseded", "pay9", told)
    assert tenant.writes("PaymentApplication") == 0


def test_money_that_was_refunded_does_not_settle_the_invoice(tenant: Tenant, client: Client) -> None:
    refunded = MONEY | {"refundAmount": 250.0, "appliedAmount": 0, "unappliedAmount": 0}
    tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", **refunded)
    assert run(client, PAYMENT).outcome == "superseded"


def test_of_a_payment_that_is_applied_in_part_the_rest_is_applied(tenant: Tenant, client: Client) -> None:
    tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", appliedAmount=0, unappliedAmount=250.0, **MONEY)
    tenant.add("PaymentApplication", id="pa8", paymentId="pay9", invoiceId="i1", applyAmount=99.99)
    assert run(client, PAYMENT).outcome == "written"
    assert [row["a"] for row in tenant.state.select("select applyAmount a from PaymentApplication order by a")] == [99.99, 150.01]
    assert run(client, PAYMENT).outcome == "adopted"


def test_parts_of_a_payment_are_counted_to_the_last_page(tenant: Tenant, client: Client) -> None:
    tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", appliedAmount=0, unappliedAmount=250.0, **MONEY)
    for number in range(50):
        tenant.add("PaymentApplication", id=f"pa{number}", paymentId="pay9", invoiceId="i1", applyAmount=5)
    assert run(client, PAYMENT).outcome == "adopted"


def test_an_invoice_paid_meanwhile_supersedes_the_payment(tenant: Tenant, client: Client) -> None:
    tenant.state.update("Invoice", "i1", {"balance": 100.0}, tenant.at[0], by="sandbox")
    receipt = run(client, PAYMENT)
    assert (receipt.outcome, receipt.detail) == ("superseded", "invoice INV00000001 is Posted and owes 100.0")
    assert tenant.writes("Payment") == 0


CUSTOMER_FIELDS = [
    ("name", "Acme", "Acme Inc", "Account", "name"),
    ("payment_terms", "Net 30", "Net 60", "Account", "paymentTerm"),
    ("email", "pay@acme.example", "ap@acme.example", "Contact", "workEmail"),
    ("city", "Reno", "Sparks", "Contact", "city"),
    ("postal_code", None, "89501", "Contact", "postalCode"),
]


@pytest.mark.proves("once")
@pytest.mark.parametrize(("attribute", "observed", "value", "table", "field"), CUSTOMER_FIELDS)
def test_a_customers_field_is_set(
    tenant: Tenant, client: Client, attribute: str, observed: str | None, value: str, table: str, field: str
) -> None:
    command = update("customer", "a1", attribute, observed, value)
    assert run(client, command).read_back == {attribute: value}
    assert tenant.state.select(f"select {field} as value from {table}") == [{"value": value}]
    assert run(client, command).outcome == "adopted"
    assert tenant.writes(table) == 1


def test_a_field_that_changed_meanwhile_is_left_alone(tenant: Tenant, client: Client) -> None:
    receipt = run(client, update("customer", "a1", "name", "Acme Ltd", "Acme Inc"))
    assert (receipt.outcome, receipt.detail) == ("superseded", "holds 'Acme'")
    assert tenant.writes("Account") == 0


@pytest.mark.proves("timeout_after_commit")
def test_a_field_lost_after_its_commit_is_adopted(tenant: Tenant, client: Client) -> None:
    tenant.fault("timeout_after_commit", match="/v1/accounts/a1", method="PUT")
    command = update("customer", "a1", "name", "Acme", "Acme Inc")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    assert run(client, command).outcome == "adopted"
    assert tenant.writes("Account") == 1


def test_a_field_that_zuora_owns_is_refused(client: Client) -> None:
    with pytest.raises(Terminal, match=r"customer\.balance cannot be set"):
        run(client, update("customer", "a1", "balance", "0", "1"))


@pytest.mark.parametrize(
    ("attribute", "observed", "value", "end", "term"),
    [("term_months", "12", "24", "2028-11-01", 24), ("end_on", "2027-10-31", "2027-04-30", "2027-05-01", 6)],
)
def test_a_term_is_changed_by_a_new_version(
    tenant: Tenant, client: Client, attribute: str, observed: str, value: str, end: str, term: int
) -> None:
    number = run(client, SUBSCRIPTION).native_id
    command = update("subscription", number, attribute, observed, value)
    assert run(client, command).outcome == "written"
    assert run(client, command).outcome == "adopted"
    (latest,) = tenant.state.select("select * from Subscription where isLatestVersion")
    assert (latest["version"], latest["subscriptionEndDate"], latest["currentTerm"]) == (2, end, term)


@pytest.mark.parametrize(
    ("attribute", "observed", "value"), [("quantity", "10", "12"), ("unit_price", "25.5", "24.25")], ids=["quantity", "price"]
)
def test_a_lines_value_is_changed_by_a_new_version(
    tenant: Tenant, client: Client, attribute: str, observed: str, value: str
) -> None:
    run(client, SUBSCRIPTION)
    before = charge(tenant)
    command = update("subscription_line", before["chargeNumber"], attribute, observed, value)
    assert run(client, command).outcome == "written"
    assert run(client, command).outcome == "adopted"
    after = charge(tenant)
    field = {"quantity": "quantity", "unit_price": "price"}[attribute]
    assert (after["version"], after["chargeNumber"], after[field]) == (2, before["chargeNumber"], float(value))
    assert after["id"] != before["id"]


@pytest.mark.proves("timeout_after_commit")
def test_an_order_lost_after_its_commit_makes_one_version(tenant: Tenant, client: Client) -> None:
    run(client, SUBSCRIPTION)
    tenant.fault("timeout_after_commit", match="/v1/orders", method="POST")
    command = update("subscription_line", charge(tenant)["chargeNumber"], "quantity", "10", "12")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    assert run(client, command).outcome == "adopted"
    assert charge(tenant)["version"] == 2


def test_a_one_time_line_cannot_be_updated(tenant: Tenant, client: Client) -> None:
    run(client, SUBSCRIPTION)
    command = update("subscription_line", charge(tenant, "OneTime")["chargeNumber"], "quantity", "1", "2")
    with pytest.raises(Terminal, match="cannot be updated by an order"):
        run(client, command)


def test_a_product_is_taken_off_sale_and_back(tenant: Tenant, client: Client) -> None:
    assert run(client, update("product", "p1", "is_active", "true", "false")).read_back == {"is_active": "false"}
    assert tenant.state.select("select effectiveEndDate as e from Product where id = 'p1'") == [{"e": "2026-11-01"}]
    assert run(client, update("product", "p1", "is_active", "false", "true")).outcome == "written"


def test_a_list_price_is_set(tenant: Tenant, client: Client) -> None:
    assert run(client, update("price", "t1", "unit_price", "30.000000", "32.5")).outcome == "written"
    price = tenant.state.get("ProductRatePlanChargeTier", "t1")
    assert price
    assert price["price"] == 32.5


def test_a_postal_code_that_lost_its_zero_is_no_number(tenant: Tenant, client: Client) -> None:
    run(client, update("customer", "a1", "postal_code", None, "1234"))
    assert run(client, update("customer", "a1", "postal_code", "1234", "01234")).outcome == "written"
    assert tenant.state.select("select postalCode as code from Contact") == [{"code": "01234"}]


def test_a_list_price_is_compared_as_exactly_as_it_is_observed(tenant: Tenant, client: Client) -> None:
    tenant.state.update("ProductRatePlanChargeTier", "t1", {"price": 24.990000000000002}, tenant.at[0], by="sandbox")
    assert run(client, update("price", "t1", "unit_price", "24.99", "14.99")).outcome == "written"
    tenant.state.update("ProductRatePlanChargeTier", "t1", {"price": 24.990002}, tenant.at[0], by="sandbox")
    receipt = run(client, update("price", "t1", "unit_price", "24.99", "14.99"))
    assert (receipt.outcome, receipt.detail) == ("superseded", "holds '24.990002'")
