"""AvaTax's ids: whole numbers for everything, made from those of the world's customers, invoices and their lines."""

from __future__ import annotations

from q2c_pipelines.platforms.numbering import Numbers

_CUSTOMERS, _TRANSACTIONS, _LINES = 10_000_000, 100_000_000, 1_000_000_000


def customer_id(customer_no: Numbers) -> Numbers:
    """Of a customer."""
    return customer_no + _CUSTOMERS


def transaction_id(key: Numbers) -> Numbers:
    """Of the document of an invoice, and of its address."""
    return key + _TRANSACTIONS


def line_id(key: Numbers) -> Numbers:
    """Of a line, and of what its jurisdiction takes."""
    return key + _LINES
