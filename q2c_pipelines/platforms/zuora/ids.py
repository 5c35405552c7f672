"""Zuora's ids: 32 hexadecimal digits; documents people speak of have numbers."""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import HEX, Numbers, Texts, constant, digits, mixed, numbered, remixed, text


def record_id(kind: str, numbers: Numbers) -> Texts:
    """32 hexadecimal digits, beginning as Zuora's do."""
    first = mixed(kind, numbers)
    return text(np.hstack([constant("8a", len(numbers)), digits(remixed(~first), HEX, 14), digits(first, HEX, 16)]))


def subscription_number(deal_no: Numbers) -> list[str]:
    """The name of a subscription."""
    return numbered("A-S", deal_no)


def invoice_number(key: Numbers) -> list[str]:
    """Of an invoice."""
    return numbered("INV", key)


def payment_ref(key: Numbers) -> list[str]:
    """The number of a payment."""
    return numbered("P-", key)
