"""What is booked: billing's invoices, payments applied to them, journals and their reversals.

look for the reference among the documents that stand -> SOAP message -> read back by the number that it was given
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from q2c_pipelines.platforms.commands import ApplyPayment, CreateInvoice, InvoiceLine, JournalLine, PostJournal, ReverseJournal
from q2c_pipelines.platforms.errors import UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.sap_s4hana.entries import (
    Document,
    account,
    amount_of,
    clear,
    document,
    line,
    money,
    post,
    receivables,
    standing,
    undoing,
)
from q2c_pipelines.platforms.sap_s4hana.odata import Look, Record, among, refused, text
from q2c_pipelines.platforms.sap_s4hana.selling import Settings, customer_number, own_fields, products

_REFERENCE, _ASSIGNMENT, _TEXT, _HEADER = 16, 18, 50, 25
_INVOICES = ("RV", "DR")


def create_invoice(settings: Settings, command: CreateInvoice) -> Flow:
    """Billing's invoice as a customer invoice in accounting: billing documents come from the system's own billing alone."""
    _fits("DocumentReferenceID", command.billing_number, _REFERENCE)
    if held := (yield from receivables("DocumentReferenceID", command.billing_number, *_INVOICES)):
        return invoice_receipt("adopted", held[0])
    known = yield from products(each.product_code for each in command.lines)
    debtor = yield from customer_number(command.customer_crm_id)
    entry = {
        **_header(settings, "DR", command.invoiced_on, command.billing_number, ""),
        **({"Reference1InDocumentHeader": command.order_native_id} if command.order_native_id else {}),
        "Item": [_sold(settings, command, place, each, known) for place, each in enumerate(command.lines, start=2)],
        "DebtorItem": _owed(command, debtor),
        "ProductTaxItem": _tax(settings, command),
    }
    made = yield from post(entry, command.key)
    if made is None:
        found = yield from receivables("DocumentReferenceID", command.billing_number, *_INVOICES)
        return invoice_receipt("adopted", _one(found, command.key))
    return invoice_receipt("written", (yield from _read_back(made)))


def apply_payment(settings: Settings, command: ApplyPayment) -> Flow:
    """Money collected elsewhere, booked and settled against its invoice. Superseded where less is open than was paid."""
    _fits("DocumentItemText", command.payment_ref, _TEXT)
    held = yield from receivables("DocumentItemText", command.payment_ref, "DZ")
    if held and held[0].receivable["IsCleared"]:
        return _receipt("adopted", held[0])
    invoice = (yield from _invoice(command)).receivable
    open_amount = Decimal(0) if invoice["IsCleared"] else amount_of(invoice)
    if open_amount < command.amount:
        told = f"{open_amount} is open of invoice {command.invoice_number}, less than {command.amount}"
        return Receipt("superseded", str(invoice["AccountingDocument"]), command.invoice_number, told, own_fields(invoice))
    if open_amount > command.amount:
        raise refused(
            f"{open_amount} is open of invoice {command.invoice_number} and {command.amount} was paid; S/4HANA "
            f"clears whole items only "
            "over this service: apply it in Post Incoming Payments",
            "PART_PAYMENT",
        )
    payment = held[0] if held else (yield from _pay(settings, command, invoice))
    return (yield from _settle(settings, command, payment, invoice, "written"))


def post_journal(settings: Settings, command: PostJournal) -> Flow:
    """A balanced journal; never a second one for the same source document."""
    _fits("DocumentItemText", command.journal_ref, _TEXT)
    if held := (yield from _journals(command.journal_ref)):
        return _receipt("adopted", held[0])
    entry = {
        **_header(settings, "SA", command.posted_on, "", command.memo[:_HEADER]),
        "Item": [_journal_line(command, place, each) for place, each in enumerate(command.lines, start=1)],
    }
    made = yield from post(entry, command.key)
    if made is None:
        return _receipt("adopted", _one((yield from _journals(command.journal_ref)), command.key))
    return _receipt("written", (yield from _read_back(made)))


def reverse_journal(settings: Settings, command: ReverseJournal) -> Flow:
    """The journal undone by a mirrored one on that date, once: the service has no reversal of its own."""
    journal = yield from document(command.native_id)
    if journal is None:
        raise refused(f"there is no accounting document {command.native_id}")
    if held := (yield from undoing(journal)):
        return _receipt("adopted", held, f"undoes {journal.number}")
    if journal.items[0]["DocumentItemText"] != command.journal_ref or journal.debits != command.amount:
        told = f"it holds {journal.items[0]['DocumentItemText']} of {journal.debits}"
        return _receipt("superseded", journal, told)
    entry = {
        **_header(settings, "SA", command.reversed_on, "", f"Reversal of {journal.number}"),
        "Reference1InDocumentHeader": journal.reference_key,
        "Item": [_mirrored(place, each) for place, each in enumerate(journal.items, start=1)],
    }
    made = yield from post(entry, command.key)
    after = (yield from _read_back(made)) if made else (yield from undoing(journal))
    return _receipt("written" if made else "adopted", _one([after] if after else [], command.key), f"undoes {journal.number}")


def invoice_receipt(outcome: Literal["written", "adopted"], held: Document) -> Receipt:
    """What the system now holds of an invoice: a billing document's where it was made from one."""
    billing = str(held.receivable["BillingDocument"] or "")
    native_id = billing or held.native_id
    return Receipt(outcome, native_id, billing or held.number, read_back=own_fields(held.receivable))


def _receipt(outcome: Literal["written", "adopted", "superseded"], held: Document, detail: str = "") -> Receipt:
    return Receipt(outcome, held.native_id, held.number, detail, own_fields(held.items[0]))


def _header(settings: Settings, kind: str, on: date, reference: str, told: str) -> dict[str, Any]:
    return {
        "BusinessTransactionType": "RFBU",
        "AccountingDocumentType": kind,
        **({"DocumentReferenceID": reference} if reference else {}),
        **({"DocumentHeaderText": told} if told else {}),
        "CreatedByUser": settings.get("posted_by") or "Q2C",
        "CompanyCode": settings["company_code"],
        "DocumentDate": on.isoformat(),
        "PostingDate": on.isoformat(),
    }


def _owed(command: CreateInvoice, debtor: str) -> dict[str, Any]:
    terms = {"DueCalculationBaseDate": command.invoiced_on, "NetPaymentDays": f"P{(command.due_on - command.invoiced_on).days}D"}
    return line(1, command.amount, command.currency, Debtor=account(debtor), CashDiscountTerms=terms)


def _sold(settings: Settings, command: CreateInvoice, place: int, sold: InvoiceLine, known: Mapping[str, Record]) -> dict[str, Any]:
    """A line of an invoice: deferred where its product is sold by the month, earned at once otherwise."""
    is_recurring = known[sold.product_code]["ProductGroup"] in settings["recurring_product_groups"].split()
    code = settings["deferred_revenue_account" if is_recurring else "services_revenue_account"]
    days = [f"{on:%Y-%m-%d}" for on in (sold.service_start_on, sold.service_end_on) if on]
    tax = {"Tax": {"TaxCode": settings["output_tax_code"]}} if _tax_amount(command) else {}
    more = {**tax, "Material": sold.product_code, "QuantityInEntryUnit": f"{sold.quantity:f}"}
    told: dict[str, Any] = {"DocumentItemText": "/".join(days)} if days else {}
    told |= {"AssignmentReference": sold.line_number}
    return line(place, -sold.amount, command.currency, GLAccount=account(code), **told, **more)


def _tax(settings: Settings, command: CreateInvoice) -> dict[str, Any] | None:
    """What the invoice asks for beyond its lines."""
    if not (tax := _tax_amount(command)):
        return None
    return {
        "TaxCode": settings["output_tax_code"],
        "ConditionType": "MWAS",
        "AmountInTransactionCurrency": money(-tax, command.currency),
        "DebitCreditCode": "H" if tax > 0 else "S",
        "TaxBaseAmountInTransCrcy": money(tax - command.amount, command.currency),
    }


def _tax_amount(command: CreateInvoice) -> Decimal:
    return command.amount - sum((each.amount for each in command.lines), Decimal(0))


def _invoice(command: ApplyPayment) -> Look[Document]:
    """The accounting document of the invoice that is paid. Raises Terminal where there is none."""
    wanted = command.invoice_native_id
    if wanted and "/" in wanted:
        found = yield from document(wanted)
        held = [found] if found else []
    elif wanted:
        held = yield from receivables("BillingDocument", wanted, *_INVOICES)
    else:
        held = yield from receivables("DocumentReferenceID", command.invoice_number, *_INVOICES)
    if not held:
        raise refused(f"there is no invoice {command.invoice_number} to apply {command.payment_ref} to")
    return held[0]


def _pay(settings: Settings, command: ApplyPayment, invoice: Record) -> Look[Document]:
    shared = {"DocumentItemText": command.payment_ref, "AssignmentReference": command.invoice_number[:_ASSIGNMENT]}
    clearing = account(settings["clearing_account"])
    entry = {
        **_header(settings, "DZ", command.paid_on, "", ""),
        "Item": line(1, command.amount, command.currency, GLAccount=clearing, **shared, ValueDate=command.paid_on),
        "DebtorItem": line(2, -command.amount, command.currency, Debtor=account(invoice["Customer"]), **shared),
    }
    made = yield from post(entry, command.key)
    if made:
        return (yield from _read_back(made))
    return _one((yield from receivables("DocumentItemText", command.payment_ref, "DZ")), command.key)


def _settle(settings: Settings, command: ApplyPayment, payment: Document, invoice: Record, outcome: Literal["written"]) -> Flow:
    """Clear payment and invoice against each other. Raises UnknownOutcome while that is accepted and not done."""
    asked = f"{command.key} clears {payment.number} at {command.refusals}"
    items = [payment.receivable, invoice]
    yield from clear(items, command.paid_on, command.currency, settings.get("posted_by") or "Q2C", asked)
    after = yield from _read_back(payment.native_id)
    if not after.receivable["IsCleared"]:
        raise UnknownOutcome(
            f"SAP S/4HANA: payment {payment.number} is booked and its clearing with invoice "
            f"{command.invoice_number} accepted, but not "
            "done yet; if it stays so, the Message Dashboard (interface JournalEntryBulkClearingRequest_In) says why",
            platform="sap_s4hana",
            code="NOT_CLEARED_YET",
        )
    return _receipt(outcome, after)


def _journals(reference: str) -> Look[list[Document]]:
    return (yield from standing(f"DocumentItemText eq {text(reference)} and {among('AccountingDocumentType', ['SA', 'AB'])}"))


def _journal_line(command: PostJournal, place: int, each: JournalLine) -> dict[str, Any]:
    amount = each.debit - each.credit
    return line(place, amount, command.currency, GLAccount=account(each.account_code), DocumentItemText=command.journal_ref)


def _mirrored(place: int, item: Record) -> dict[str, Any]:
    told: dict[str, Any] = {"DocumentItemText": item["DocumentItemText"]}
    return line(place, -amount_of(item), item["TransactionCurrency"], GLAccount=account(item["GLAccount"]), **told)


def _read_back(native_id: str) -> Look[Document]:
    if (found := (yield from document(native_id))) is None:
        raise refused(f"document {native_id} was posted and is not there when read back; look for it", "NOT_READ_BACK")
    return found


def _one(found: Sequence[Document], key: str) -> Document:
    if not found:
        raise refused(
            f"the system says that an entry for {key} is posted, and none is found that stands; look for it", "NOT_READ_BACK"
        )
    return found[0]


def _fits(field: str, value: str, width: int) -> None:
    if len(value) > width:
        raise refused(f"{field} holds {width} characters and {value} has more", "NOT_WRITABLE")
