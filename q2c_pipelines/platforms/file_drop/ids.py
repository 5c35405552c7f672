"""The bank's references: what it calls a payment in the files that it leaves."""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import Numbers, Texts, constant, digits, mixed, text

_LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", dtype=np.uint8)  # none that is taken for another


def payment_ref(key: Numbers) -> Texts:
    """`FP`, for a faster payment, and 13 letters or digits."""
    return text(np.hstack([constant("FP", len(key)), digits(mixed("bank_payment", key), _LETTERS, 13)]))
