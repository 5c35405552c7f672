"""Stripe's ids: what an object is, an underscore, and 24 base-62 characters."""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import BASE62, Numbers, Texts, constant, digits, mixed, remixed, text

_BASE36 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
_PERIODS = 24  # at most, of one deal
_SPACE, _SPREAD = np.uint64(36**8), np.uint64(87_178_291_199)  # a prime, so that products stay apart


def record_id(prefix: str, numbers: Numbers) -> Texts:
    """`prefix_` and 24 base-62 characters."""
    first = mixed(prefix, numbers)
    head = constant(prefix + "_", len(numbers))
    return text(np.hstack([head, digits(remixed(~first), BASE62, 12), digits(first, BASE62, 12)]))


def payment_ref(key: Numbers) -> Texts:
    """Of a charge."""
    return record_id("ch", key)


def subscription_number(deal_no: Numbers) -> Texts:
    """Of a subscription: it has no number but its id."""
    return record_id("sub", deal_no)


def invoice_number(key: Numbers) -> list[str]:
    """A prefix of eight characters, here a deal's, and a number of four digits. No two keys below 10**9 share one."""
    deal, sequence = np.divmod(key - 1, _PERIODS)
    prefixes = text(digits(deal.astype(np.uint64) * _SPREAD % _SPACE, _BASE36, 8)).tolist()
    return [f"{prefix}-{number:04d}" for prefix, number in zip(prefixes, (sequence + 1).tolist(), strict=True)]
