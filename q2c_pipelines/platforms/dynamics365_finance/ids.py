"""Numbers as the environment's number sequences give them: a prefix and nine digits or more."""

from __future__ import annotations

from q2c_pipelines.platforms.numbering import Numbers, numbered


def order_number(deal_no: Numbers) -> list[str]:
    """The number of a sales order."""
    return numbered("SO-", deal_no, 9)


def invoice_number(key: Numbers) -> list[str]:
    """The number of a customer invoice."""
    return numbered("CIV-", key, 9)


def customer_account(customer_no: Numbers) -> list[str]:
    """A customer account."""
    return numbered("UK-", customer_no, 9)


def lot_id(line_key: Numbers) -> list[str]:
    """The lot id of an order line."""
    return numbered("LOT-", line_key, 10)


def journal_number(kind: str, key: Numbers) -> list[str]:
    """The batch number of a journal; `kind` tells payments, fees and revenue apart."""
    return numbered(f"{kind}-", key, 9)
