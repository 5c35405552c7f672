"""Salesforce's ids: 18 characters, the last three a checksum that keeps them safe where case is lost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from q2c_pipelines.platforms.numbering import BASE62, Numbers, Texts, constant, digits, numbered, text

_BASE32 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)


def record_id(prefix: str, numbers: Numbers) -> Texts:
    """18-character ids of the object whose key prefix is given, with their case checksum."""
    head = constant(f"{prefix}5g0", len(numbers))
    return text(_checked(np.hstack([head, digits(numbers.astype(np.uint64), BASE62, 9)])))


def checksum(id15: str) -> str:
    """The three characters that make a 15-character id safe where case is lost."""
    return str(text(_checked(np.frombuffer(id15.encode(), dtype=np.uint8).reshape(1, 15)))[0])[15:]


def customer_id(customer_no: Numbers) -> Texts:
    """Of an account."""
    return record_id("001", customer_no)


def opportunity_id(deal_no: Numbers) -> Texts:
    """Of an opportunity."""
    return record_id("006", deal_no)


def quote_id(deal_no: Numbers) -> Texts:
    """Of a CPQ quote."""
    return record_id("a0q", deal_no)


def quote_number(deal_no: Numbers) -> list[str]:
    """The name of a CPQ quote."""
    return numbered("Q-", deal_no)


def _checked(id15: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Ids with their checksum: one character for five, a bit for each upper-case letter, the first one lowest."""
    upper = ((id15 >= ord("A")) & (id15 <= ord("Z"))).reshape(-1, 3, 5)
    return np.hstack([id15, _BASE32[(upper << np.arange(5)).sum(axis=2)]])
