"""S/4HANA's numbers: ten digits at most, each kind of document in a range of its own.

orders 20000001 · customers 1020000001 · payments 1480000025 · billing documents and what they post 9480000025 · journals 4280000065
"""

from __future__ import annotations

from q2c_pipelines.platforms.numbering import Numbers, numbered

_JOURNALS = 3_000_000_000
_SERIES = 10**8
_MONTHS = 64  # more than a subscription has
_PERIODS = 24  # of a deal at most


def record_id(kind: str, numbers: Numbers) -> list[str]:
    """The number of a document that nobody has: an order's begins with 69, a journal's with 49, a payment's with 19."""
    return numbered({"order": "69", "journal": "49", "payment": "19"}[kind], numbers % _SERIES, 8)


def period_key(deal_no: Numbers, sequence: Numbers) -> Numbers:
    """One number for each billing period of each deal."""
    return deal_no * _PERIODS + sequence


def order_number(deal_no: Numbers) -> list[str]:
    """The number of a sales order."""
    return numbered("", deal_no, 1)


def customer_number(customer_no: Numbers) -> list[str]:
    """The number of a business partner, and of the customer that it is."""
    return numbered("1", customer_no, 9)


def billing_document(key: Numbers) -> list[str]:
    """The number of a billing document, and of the accounting document that it posts."""
    return numbered("9", key, 9)


def payment_document(key: Numbers) -> list[str]:
    """The number of the accounting document of a payment."""
    return numbered("1", key, 9)


def fee_document(key: Numbers) -> list[str]:
    """The number of the journal of what a payment cost."""
    return numbered("2", key, 9)


def revenue_document(deal_no: Numbers, month: Numbers) -> list[str]:
    """The number of the journal of one month's revenue."""
    return numbered("", _JOURNALS + deal_no * _MONTHS + month, 10)
