"""Billing's invoices and the payment platform's payments, in Receivables.

look by number -> period -> POST, complete, with billing's tax;  look by payment -> open amount -> POST receipt -> AutoMatch
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.commands import ApplyPayment, CreateInvoice, InvoiceLine
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.oracle_fusion.lookups import (
    RECEIVABLES,
    Held,
    Look,
    Settings,
    first,
    found,
    refused,
    require_account,
    require_open_period,
)
from q2c_pipelines.platforms.oracle_fusion.orders import order_number
from q2c_pipelines.platforms.oracle_fusion.resources import equal
from q2c_pipelines.platforms.oracle_fusion.saving import create, number, receipt
from q2c_pipelines.platforms.taxes import tax_shares

_INVOICES, _RECEIPTS = "receivablesInvoices", "standardReceipts"
_NUMBER, _REFERENCE = 20, 30  # characters that a transaction number and a receipt number may have


def create_invoice(settings: Settings, command: CreateInvoice) -> Flow:
    """Billing's invoice under billing's number, complete, with the lines and the tax that billing issued."""
    _fits("invoice number", command.billing_number, _NUMBER)
    invoice, outcome = (yield from _invoice(settings, command.billing_number)), "adopted"
    if invoice is None:
        yield from require_open_period(command.invoiced_on, RECEIVABLES)
        account = yield from require_account(settings, command.customer_crm_id)
        order = yield from order_number(command.order_native_id)
        outcome = "written" if (yield from create(_INVOICES, _body(settings, command, account, order))) else "adopted"
        invoice = yield from _invoice(settings, command.billing_number)
        if invoice is None:
            raise refused(f"invoice {command.billing_number} was saved and is not there when read back", "NOT_READ_BACK")
    amount = invoice["EnteredAmount"]
    detail = "" if amount == command.amount else f"it comes to {amount}, not {command.amount}"
    return receipt(outcome, invoice, detail, str(invoice["CustomerTransactionId"]), invoice["TransactionNumber"])


def apply_payment(settings: Settings, command: ApplyPayment) -> Flow:
    """Money collected elsewhere, with what it is for; AutoMatch applies it. Superseded where less is open than was paid."""
    _fits("payment reference", command.payment_ref, _REFERENCE)
    held, outcome = (yield from _receipt(command.payment_ref)), "adopted"
    if held is None:
        asked = f"CustomerTransactionId = {int(command.invoice_native_id)}" if command.invoice_native_id else ""
        invoice = first((yield from found(_INVOICES, asked))) if asked else (yield from _invoice(settings, command.invoice_number))
        if invoice is None:
            raise refused(f"there is no invoice {command.invoice_number} to apply {command.payment_ref} to")
        if invoice["InvoiceBalanceAmount"] < command.amount:
            left = (
                f"{invoice['InvoiceBalanceAmount']} is open of invoice {invoice['TransactionNumber']}, less than {command.amount}"
            )
            return receipt("superseded", invoice, left, str(invoice["CustomerTransactionId"]), invoice["TransactionNumber"])
        yield from require_open_period(command.paid_on, RECEIVABLES)
        yield from create(_RECEIPTS, _payment(settings, command, invoice), upsert=True)
        held, outcome = (yield from _receipt(command.payment_ref)), "written"
    if held is None:
        raise refused(f"receipt {command.payment_ref} was saved and is not there when read back", "NOT_READ_BACK")
    detail = "" if not held["UnappliedAmount"] else f"{held['UnappliedAmount']} is applied when AutoMatch runs"
    return receipt(outcome, held, detail, str(held["StandardReceiptId"]), held["ReceiptNumber"])


def _invoice(settings: Settings, billing_number: str) -> Look[Held | None]:
    wanted = {"TransactionNumber": billing_number, "TransactionSource": settings["transaction_source"]}
    return first((yield from found(_INVOICES, equal(wanted))))


def _receipt(payment_ref: str) -> Look[Held | None]:
    asked = f"{equal({'ReceiptNumber': payment_ref})} and State <> 'Reversed'"
    return first((yield from found(_RECEIPTS, asked, orderBy="StandardReceiptId:asc")))


def _fits(what: str, value: str, most: int) -> None:
    if len(value) > most:
        raise refused(
            f"the {what} {value} has more than the {most} characters that Receivables keeps; enter it by hand", "TOO_LONG"
        )


def _body(settings: Settings, command: CreateInvoice, account: Held, order: str | None) -> dict[str, Any]:
    days = (command.due_on - command.invoiced_on).days
    return {
        "TransactionNumber": command.billing_number,
        "TransactionSource": settings["transaction_source"],
        "TransactionType": settings["transaction_type"],
        "BusinessUnit": settings["business_unit"],
        "TransactionDate": command.invoiced_on.isoformat(),
        "AccountingDate": command.invoiced_on.isoformat(),
        "BillToCustomerNumber": account["AccountNumber"],
        "InvoiceCurrencyCode": command.currency,
        "PaymentTerms": settings["payment_terms"].format(days=days) if days else "IMMEDIATE",
        "InvoiceStatus": "Complete",
        "receivablesInvoiceLines": _lines(settings, command, order),
    }


def _lines(settings: Settings, command: CreateInvoice, order: str | None) -> list[dict[str, Any]]:
    """The lines with their part of the tax."""
    shares = tax_shares(command)
    if any(shares) and not (settings["tax_regime"] and settings["tax_rate_code"]):
        raise refused("the invoice has tax; say settings.tax_regime and tax_rate_code under oracle_fusion in connections.yaml")
    told = [_tax(settings, share) if any(shares) else {} for share in shares]
    return [_line(line, order) | tax for line, tax in zip(command.lines, told, strict=True)]


def _line(line: InvoiceLine, order: str | None) -> dict[str, Any]:
    said = {
        "LineNumber": line.line_number,
        "Description": line.product_code,
        "ItemNumber": line.product_code,
        "Quantity": number(line.quantity),
        "UnitSellingPrice": number(line.unit_price),
        "LineAmount": number(line.amount),
        "SalesOrder": order,
        "RuleStartDate": line.service_start_on.isoformat() if line.service_start_on else None,
        "RuleEndDate": line.service_end_on.isoformat() if line.service_end_on else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _tax(settings: Settings, amount: Decimal) -> dict[str, Any]:
    """Tax entered and not worked out: it is what billing charged."""
    coded = {"TaxRegimeCode": settings["tax_regime"], "TaxRateCode": settings["tax_rate_code"]}
    return {"receivablesInvoiceLineTaxLines": [coded | {"TaxAmount": number(amount)}]}


def _payment(settings: Settings, command: ApplyPayment, invoice: Held) -> dict[str, Any]:
    named = {"ReferenceNumber": invoice["TransactionNumber"], "ReferenceAmount": number(command.amount)}
    return {
        "ReceiptNumber": command.payment_ref,
        "BusinessUnit": settings["business_unit"],
        "ReceiptMethod": settings["receipt_method"],
        "ReceiptDate": command.paid_on.isoformat(),
        "AccountingDate": command.paid_on.isoformat(),
        "Amount": number(command.amount),
        "Currency": command.currency,
        "CustomerAccountNumber": invoice["BillToCustomerNumber"],
        "remittanceReferences": [{"ReceiptMatchBy": "Transaction number", **named}],
    }
