"""Dataverse's ids: guids for records, and numbers of quotes and orders as its auto-numbering writes them."""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import Numbers, digits, mixed, text, uuids

_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", dtype=np.uint8)


def record_id(kind: str, numbers: Numbers) -> list[str]:
    """Of any record."""
    return uuids(kind, numbers)


def customer_id(customer_no: Numbers) -> list[str]:
    """Of an account."""
    return uuids("account", customer_no)


def contact_id(customer_no: Numbers) -> list[str]:
    """Of the account's contact."""
    return uuids("contact", customer_no)


def opportunity_id(deal_no: Numbers) -> list[str]:
    """Of an opportunity."""
    return uuids("opportunity", deal_no)


def quote_id(deal_no: Numbers) -> list[str]:
    """Of a quote."""
    return uuids("quote", deal_no)


def order_id(deal_no: Numbers) -> list[str]:
    """Of an order."""
    return uuids("salesorder", deal_no)


def invoice_id(invoice_key: Numbers) -> list[str]:
    """Of an invoice."""
    return uuids("invoice", invoice_key)


def quote_number(deal_no: Numbers) -> list[str]:
    """Of a quote: `QUO-30000042-K3J9QZ`."""
    return _auto_number("QUO", deal_no)


def crm_order_number(deal_no: Numbers) -> list[str]:
    """Of an order in the CRM: `ORD-30000042-K3J9QZ`."""
    return _auto_number("ORD", deal_no)


def _auto_number(prefix: str, numbers: Numbers) -> list[str]:
    """The vendor's pattern: prefix, sequence, six random letters and digits."""
    random = text(digits(mixed(prefix, numbers), _LETTERS, 6))
    return [f"{prefix}-{number:05d}-{end}" for number, end in zip(numbers.tolist(), random.tolist(), strict=True)]
