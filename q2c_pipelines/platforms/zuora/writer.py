"""Writing to Zuora: canonical commands become accounts, orders and payments, each at most once.

look (ZOQL, v1) -> already there: adopted; no longer as observed: superseded -> write -> read back

What makes a creation happen once is the number it is given (account, order, subscription, payment): Zuora refuses a second of the
same number for ever. The Idempotency-Key covers the time while the first is still on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import ApplyPayment, Command, CreateCustomer, CreateSubscription, UpdateField
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.zuora.looks import decimal, document, idempotency, number, records, zoql
from q2c_pipelines.platforms.zuora.orders import create_subscription
from q2c_pipelines.platforms.zuora.updates import update_field

Settings = Mapping[str, str]
_DEAD_PAYMENTS = {"Error", "Canceled", "Voided"}


def create_customer(settings: Settings, command: CreateCustomer) -> Flow:
    """One account for one CRM account, with its bill-to contact."""
    held = [each for each in records((yield zoql("Account", "Id, Status", CrmId=command.crm_id))) if each["Status"] != "Canceled"]
    if held:
        also = f"{len(held)} accounts carry this CRM id" if len(held) > 1 else ""
        return _account(document((yield _get("accounts", held[0]["Id"]))), "adopted", also)
    body = _new_account(settings, command)
    made = yield Request("POST", "/v1/accounts", json=body, headers=idempotency(command), is_write=True)
    return _account(document((yield _get("accounts", document(made)["accountId"]))), "written")


def apply_payment(settings: Settings, command: ApplyPayment) -> Flow:
    """Money with this reference, taken in once and applied to its invoice."""
    held = records((yield zoql("Payment", "Id, Status", ReferenceId=command.payment_ref)))
    payment_id = next((each["Id"] for each in held if each["Status"] not in _DEAD_PAYMENTS), "")
    payment = document((yield _get("payments", payment_id))) if payment_id else {}
    invoice = document((yield _get("invoices", command.invoice_native_id or command.invoice_number)))
    due = command.amount - ((yield from _applied(payment_id, invoice["id"])) if payment else 0)
    if due <= 0:
        return _payment(payment, "adopted")
    if payment and decimal(payment["unappliedAmount"]) < due:
        gone = f"{payment['unappliedAmount']} of {payment['amount']} is left: the rest was refunded, or applied to other documents"
        return _payment(payment, "superseded", gone)
    if invoice["status"] != "Posted" or decimal(invoice["balance"]) < due:
        owed = f"invoice {command.invoice_number} is {invoice['status']} and owes {invoice['balance']}"
        return Receipt("superseded", invoice["id"], command.invoice_number, owed)
    settled = yield from _settle(settings, command, payment_id, invoice, due)
    return _payment(document((yield _get("payments", settled))), "written")


def _applied(payment_id: str, invoice_id: str) -> Generator[Request, httpx.Response, Decimal]:
    """How much of a payment is applied to an invoice."""
    page = document((yield Request("GET", f"/v1/payments/{payment_id}/parts", params={"pageSize": "40"})))
    parts: list[dict[str, Any]] = page["parts"]
    while following := page.get("nextPage"):
        page = document((yield Request("GET", following)))
        parts += page["parts"]
    return sum((decimal(part["amount"]) for part in parts if part.get("invoiceId") == invoice_id), Decimal(0))


def _settle(
    settings: Settings, command: ApplyPayment, payment_id: str, invoice: dict[str, Any], due: Decimal
) -> Generator[Request, httpx.Response, str]:
    """Applies the payment that is there, or takes one in and applies it in the same step; gives its id."""
    part = {"effectiveDate": str(command.paid_on), "invoices": [{"invoiceId": invoice["id"], "amount": number(due)}]}
    if payment_id:
        yield Request("PUT", f"/v1/payments/{payment_id}/apply", json=part, is_write=True)
        return payment_id
    body = part | {
        "number": f"P-{command.payment_ref}",
        "accountId": invoice["accountId"],
        "amount": number(command.amount),
        "currency": command.currency,
        "type": "External",
        "paymentMethodType": settings["payment_method_type"],
        "referenceId": command.payment_ref,
    }
    made = yield Request("POST", "/v1/payments", json=body, headers=idempotency(command), is_write=True)
    return str(document(made)["id"])


def _get(collection: str, key: str) -> Request:
    return Request("GET", f"/v1/{collection}/{key}")


def _new_account(settings: Settings, command: CreateCustomer) -> dict[str, Any]:
    contact = {
        "firstName": "Accounts",
        "lastName": "Payable",
        "workEmail": command.email,
        "workPhone": command.phone,
        "address1": command.street,
        "city": command.city,
        "state": command.state,
        "zipCode": command.postal_code,
        "country": command.country,
    }
    account = {
        "accountNumber": f"A-{command.crm_id}",
        "name": command.name,
        "currency": command.currency,
        "crmId": command.crm_id,
        "LegalEntity__c": None if settings["company"] else command.legal_entity,
        "paymentTerm": command.payment_terms,
        "billCycleDay": int(settings["bill_cycle_day"]),
        "autoPay": settings["auto_pay"] == "true",
        "billToContact": {name: value for name, value in contact.items() if value is not None},
    }
    return {name: value for name, value in account.items() if value is not None}


def _account(found: dict[str, Any], outcome: Any, detail: str = "") -> Receipt:
    basic = found["basicInfo"]
    held = {name: basic.get(name) for name in ("name", "crmId", "status")}
    return Receipt(outcome, basic["id"], basic["accountNumber"], detail, held)


def _payment(found: dict[str, Any], outcome: Any, detail: str = "") -> Receipt:
    held = {name: found.get(name) for name in ("status", "amount", "appliedAmount", "unappliedAmount", "referenceId")}
    return Receipt(outcome, found["id"], found["number"], detail, held)


def handlers(settings: Settings) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow, writing new accounts and payments as the connection's settings say."""
    settings = spec.load("zuora").defaults | dict(settings)
    return {
        CreateCustomer: partial(create_customer, settings),
        CreateSubscription: create_subscription,
        UpdateField: update_field,
        ApplyPayment: partial(apply_payment, settings),
    }
