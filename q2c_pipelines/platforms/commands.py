"""What a platform can be told, in the words of the canonical model: imperative, frozen, free of any vendor's vocabulary.

They live beside the writers that obey them; `actions/` plans them, `outbox/` delivers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Command:
    """What every command carries.

    `key` is unique for ever and travels to the platform as idempotency key or external id (at most 64 characters, [A-Za-z0-9-]).
    `refusals` is no part of what was planned: how many of its writes the platform has answered with a refusal so far. A platform
    that repeats its first answer to an idempotency key has to be asked under another one then.
    """

    key: str
    platform: str
    deal_key: str | None
    legal_entity: str
    refusals: int = 0


@dataclass(frozen=True, kw_only=True)
class CreateCustomer(Command):
    crm_id: str  # the CRM's native id, kept on the new record as the reference
    name: str
    email: str | None
    phone: str | None
    street: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    payment_terms: str | None  # "Net 30"
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    line_number: int
    product_code: str
    quantity: Decimal
    unit_price: Decimal  # for the whole term
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class CreateOrder(Command):
    customer_crm_id: str  # the customer as the CRM knows it: it may be created by the same plan
    quote_id: str  # CRM native id
    quote_number: str
    ordered_on: date
    start_on: date
    end_on: date
    currency: str
    amount: Decimal
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, kw_only=True)
class SubscriptionLine:
    product_code: str
    charge_type: str  # one_time | recurring
    billing_period: str | None  # Month | Quarter | Annual; None for one_time
    quantity: Decimal
    unit_price: Decimal  # for one billing period


@dataclass(frozen=True, kw_only=True)
class CreateSubscription(Command):
    customer_crm_id: str
    quote_number: str
    order_number: str  # the ERP's document number
    start_on: date
    term_months: int
    currency: str
    lines: tuple[SubscriptionLine, ...]


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    line_number: int
    product_code: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    service_start_on: date | None
    service_end_on: date | None


@dataclass(frozen=True, kw_only=True)
class CreateInvoice(Command):
    """Book in the ERP an invoice that billing has issued."""

    customer_crm_id: str
    order_native_id: str | None
    billing_number: str  # billing's invoice number, kept on the new record as the reference
    invoiced_on: date
    due_on: date
    currency: str
    amount: Decimal
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, kw_only=True)
class UpdateField(Command):
    """Set one attribute of one record. Refused (superseded) where the platform no longer holds `observed`.

    `entity` and `attribute` are canonical names (customer.name, subscription.end_on, price.unit_price ...); values are text in
    canonical form: decimals plain, dates ISO, booleans true/false; None is empty. `booked_on` is the day whose accounting period
    the record is booked in, where it is a booked document or a line of one.
    """

    entity: str
    native_id: str
    attribute: str
    observed: str | None
    value: str | None
    observed_version: datetime | None  # the record's source_updated_at that was observed
    booked_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class UpdateStatus(Command):
    """Move one record to another canonical status (order: activated, closed ...), from the one observed."""

    entity: str
    native_id: str
    observed: str
    value: str
    observed_version: datetime | None


@dataclass(frozen=True, kw_only=True)
class ApplyPayment(Command):
    """Record money that a payment platform collected, and apply it to its invoice."""

    customer_crm_id: str
    invoice_native_id: str | None  # None: known by its number only, as it may be created by the same plan
    invoice_number: str
    payment_ref: str  # the payment platform's charge id
    amount: Decimal
    currency: str
    paid_on: date


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    account_code: str
    debit: Decimal  # one of the two is 0
    credit: Decimal
    memo: str


@dataclass(frozen=True, kw_only=True)
class PostJournal(Command):
    journal_ref: str  # the source document's reference, kept on the journal: FEE:ch_... , REV:<subscription>:<n>
    posted_on: date
    currency: str
    memo: str
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, kw_only=True)
class ReverseJournal(Command):
    native_id: str
    journal_ref: str
    reversed_on: date
    currency: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class VoidEnvelope(Command):
    """Call back a contract that is out for signature. Refused (superseded) where it is no longer as observed."""

    entity: ClassVar[str] = "contract"  # what the model calls it
    native_id: str
    reason: str
    observed: str  # canonical status: sent, delivered ...
    observed_version: datetime | None


@dataclass(frozen=True, kw_only=True)
class ResendEnvelope(Command):
    """Remind those who have not signed yet; a reminder that somebody has sent since `observed_version` will do."""

    entity: ClassVar[str] = "contract"  # what the model calls it
    native_id: str
    observed: str
    observed_version: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaxDocumentLine:
    line_number: int
    product_code: str
    description: str
    quantity: Decimal
    amount: Decimal  # net, of the whole quantity


@dataclass(frozen=True, kw_only=True)
class CreateTaxDocument(Command):
    """Record the tax of an invoice that billing has posted, committed: it will be reported."""

    entity: ClassVar[str] = "tax_document"  # what the model calls it
    invoice_number: str  # the document's code
    customer_code: str  # the customer as the CRM knows it
    taxed_on: date
    currency: str
    street: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str  # where it is taxed: the customer's address
    lines: tuple[TaxDocumentLine, ...]


@dataclass(frozen=True, kw_only=True)
class CommitTaxDocument(Command):
    """Let a recorded document be reported."""

    entity: ClassVar[str] = "tax_document"  # what the model calls it
    document_number: str
    document_type: str  # invoice | credit
    observed: str  # canonical status
    observed_version: datetime | None


@dataclass(frozen=True, kw_only=True)
class VoidTaxDocument(Command):
    """Take a document out of what will be reported. Refused where it has been reported."""

    entity: ClassVar[str] = "tax_document"  # what the model calls it
    document_number: str
    document_type: str
    reason: str  # voided | deleted | post_failed
    observed: str
    observed_version: datetime | None


@dataclass(frozen=True, kw_only=True)
class AdjustTaxDocument(Command):
    """Replace a committed document by what it should say, as its next version."""

    entity: ClassVar[str] = "tax_document"  # what the model calls it
    document_number: str
    document_type: str
    reason: str
    customer_code: str
    taxed_on: date
    currency: str
    street: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str  # where it is taxed: the customer's address
    lines: tuple[TaxDocumentLine, ...]
    observed: str
    observed_version: datetime | None
