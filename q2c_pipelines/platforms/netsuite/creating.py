"""New customers, orders, invoices, payments and journals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.commands import ApplyPayment, CreateCustomer, CreateInvoice, CreateOrder, InvoiceLine, PostJournal
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.netsuite.books import Settings, clearing_account, department, subsidiary
from q2c_pipelines.platforms.netsuite.lookups import (
    Look,
    accounts,
    carrying,
    items,
    one_id,
    record,
    refused,
    require_open_period,
    rows,
)
from q2c_pipelines.platforms.netsuite.saving import adopt, number, post, receipt, save, transform, with_period
from q2c_pipelines.platforms.taxes import tax_shares

_RATE = Decimal("0.0001")  # per cent


def create_customer(settings: Settings, command: CreateCustomer) -> Flow:
    """A customer whose external id is the CRM's id."""
    if held := (yield from record(f"customer/eid:{command.crm_id}")):
        return receipt("adopted", held)
    body: dict[str, Any] = {
        "companyName": command.name,
        "isPerson": False,
        "email": command.email,
        "phone": command.phone,
        "subsidiary": (yield from subsidiary(settings, command.legal_entity)),
        "currency": {"id": (yield from one_id("currency", "symbol", command.currency))},
        "addressBook": {"items": [{"defaultBilling": True, "addressBookAddress": _address(command)}]},
    }
    if command.payment_terms:
        body["terms"] = {"id": (yield from one_id("term", "name", command.payment_terms))}
    given = {name: value for name, value in body.items() if value is not None}
    return (yield from save(post("customer", command.crm_id, given), "customer", command.crm_id))


def create_order(settings: Settings, command: CreateOrder) -> Flow:
    """One order for one quote, approved."""
    if held := (yield from carrying("SalesOrd", "custbody_quote_id", command.quote_id)):
        return (yield from adopt("salesOrder", held))
    item_ids = yield from items(line.product_code for line in command.lines)
    body = {
        "entity": {"externalId": command.customer_crm_id},
        "subsidiary": (yield from subsidiary(settings, command.legal_entity)),
        **(yield from department(settings)),
        "currency": {"id": (yield from one_id("currency", "symbol", command.currency))},
        "tranDate": command.ordered_on.isoformat(),
        "startDate": command.start_on.isoformat(),
        "endDate": command.end_on.isoformat(),
        "otherRefNum": command.quote_number,
        "custbody_quote_id": command.quote_id,
        "orderStatus": {"id": "B"},
        "item": {"items": [{"line": line.line_number, **_line(line, item_ids)} for line in command.lines]},
    }
    return (yield from save(post("salesOrder", command.key, body), "salesOrder", command.key))


def create_invoice(settings: Settings, command: CreateInvoice) -> Flow:
    """Billing's invoice, made from its order where that is known so that the two stay linked."""
    if held := (yield from carrying("CustInvc", "custbody_billing_number", command.billing_number)):
        return (yield from adopt("invoice", held))
    period = yield from require_open_period(command.invoiced_on, receivables=True)
    item_ids = yield from items(line.product_code for line in command.lines)
    body: dict[str, Any] = {
        "tranDate": command.invoiced_on.isoformat(),
        "dueDate": command.due_on.isoformat(),
        "custbody_billing_number": command.billing_number,
        **_tax(settings, command),
    }
    lines = [
        {"line": line.line_number, **_line(line, item_ids), **_service(line), **(_reference(line) if share else {})}
        for line, share in zip(command.lines, tax_shares(command), strict=True)
    ]
    if command.order_native_id is None:
        company = yield from subsidiary(settings, command.legal_entity)
        whole = {"entity": {"externalId": command.customer_crm_id}, "subsidiary": company}
        request = post("invoice", command.key, body | whole | {"item": {"items": lines}})
    else:
        numbered = yield from _billing(lines, command.order_native_id)
        request = transform(f"salesOrder/{command.order_native_id}", "invoice", command.key, body | {"item": {"items": numbered}})
    return with_period((yield from save(request, "invoice", command.key)), period)


def apply_payment(settings: Settings, command: ApplyPayment) -> Flow:
    """Money collected elsewhere, applied to its invoice. Superseded where less is open than was paid."""
    if held := (yield from carrying("CustPymt", "custbody_payment_ref", command.payment_ref)):
        return (yield from adopt("customerPayment", held))
    wanted = command.invoice_native_id or (yield from carrying("CustInvc", "custbody_billing_number", command.invoice_number))
    invoice = (yield from record(f"invoice/{wanted}")) if wanted else None
    if invoice is None:
        raise refused(f"there is no invoice {command.invoice_number} to apply {command.payment_ref} to")
    if invoice["amountRemaining"] < command.amount:
        open_amount = f"{invoice['amountRemaining']} is open of invoice {invoice.get('tranId')}, less than {command.amount}"
        return receipt("superseded", invoice, open_amount)
    period = yield from require_open_period(command.paid_on, receivables=True)
    applied = {"doc": {"id": invoice["id"]}, "apply": True, "amount": number(command.amount)}
    body = {
        "customer": {"id": invoice["entity"]["id"]},
        "payment": number(command.amount),
        "tranDate": command.paid_on.isoformat(),
        "account": (yield from clearing_account(settings)),
        "custbody_payment_ref": command.payment_ref,
        "apply": {"items": [applied]},
    }
    return with_period((yield from save(post("customerPayment", command.key, body), "customerPayment", command.key)), period)


def post_journal(settings: Settings, command: PostJournal) -> Flow:
    """A balanced journal in an open period; never a second one for the same source document."""
    if held := (yield from carrying("Journal", "custbody_journal_ref", command.journal_ref)):
        return (yield from adopt("journalEntry", held))
    period = yield from require_open_period(command.posted_on)
    account_ids = yield from accounts(line.account_code for line in command.lines)
    seller = yield from department(settings)
    lines = [
        {"account": {"id": account_ids[line.account_code]}, **side, "memo": line.memo, **seller}
        for line in command.lines
        for side in [{"debit": number(line.debit)} if line.debit else {"credit": number(line.credit)}]
    ]
    body = {
        "subsidiary": (yield from subsidiary(settings, command.legal_entity)),
        "currency": {"id": (yield from one_id("currency", "symbol", command.currency))},
        "tranDate": command.posted_on.isoformat(),
        "memo": command.memo,
        "custbody_journal_ref": command.journal_ref,
        "line": {"items": lines},
    }
    done = yield from save(post("journalEntry", command.key, body), "journalEntry", command.key)
    return with_period(done, period)


def _address(command: CreateCustomer) -> dict[str, Any]:
    country = {"id": command.country} if command.country else None
    given = {"addr1": command.street, "city": command.city, "state": command.state, "zip": command.postal_code, "country": country}
    return {name: value for name, value in given.items() if value is not None}


def _line(line: Any, item_ids: dict[str, str]) -> dict[str, Any]:
    """A line at its own price: level -1 is "custom", any other would bring the item's list price back."""
    amounts = {"quantity": number(line.quantity), "rate": number(line.unit_price), "amount": number(line.amount)}
    return {"item": {"id": item_ids[line.product_code]}, "price": {"id": "-1"}, **amounts}


def _service(line: InvoiceLine) -> dict[str, str]:
    days = {"revRecStartDate": line.service_start_on, "revRecEndDate": line.service_end_on}
    return {name: day.isoformat() for name, day in days.items() if day}


def _tax(settings: Settings, command: CreateInvoice) -> dict[str, Any]:
    """The tax that billing charged, in place of what the account would work out: nothing, where it charged none."""
    shares, code, kind = tax_shares(command), settings.get("tax_code"), settings.get("tax_type")
    if any(shares) and not (code and kind):
        raise refused("the invoice has tax; say settings.tax_code and tax_type under netsuite in connections.yaml")
    coded = {"taxCode": {"id": code}, "taxType": {"id": kind}}
    details = [
        {
            **_reference(line),
            **coded,
            "taxBasis": number(line.amount),
            "taxRate": number((share / line.amount * 100).quantize(_RATE)),
            "taxAmount": number(share),
        }
        for line, share in zip(command.lines, shares, strict=True)
        if share
    ]
    return {"taxDetailsOverride": True, "taxDetails": {"items": details}} if details else {}


def _reference(line: InvoiceLine) -> dict[str, str]:
    """By which a line and its tax know each other."""
    return {"taxDetailsReference": f"{line.line_number}"}


def _billing(lines: list[dict[str, Any]], order: str) -> Look[list[dict[str, Any]]]:
    """Each line with the order line that it bills: one of its item, of its quantity if there is one, and none twice."""
    left = yield from rows(
        f"SELECT id, item, quantity FROM transactionline WHERE transaction = {int(order)} AND mainline = 'F' AND taxline = 'F' "
        "ORDER BY linesequencenumber"
    )
    numbered = []
    for line in lines:
        fitting = [row for row in left if row.get("item") == line["item"]["id"]]
        taken = min(fitting, key=lambda row: abs(float(row.get("quantity", 0))) != line["quantity"], default=None)
        left = [row for row in left if row is not taken]
        numbered.append(line | {"orderLine": int(taken["id"])} if taken else line)
    return numbered
