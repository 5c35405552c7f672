"""Record ids of 18 characters: a key prefix, random digits, and the checksum that makes them safe where case is lost."""

from __future__ import annotations

import secrets
import string

_BASE62 = string.digits + string.ascii_letters
_CHECK = string.ascii_uppercase + "012345"


def new(prefix: str) -> str:
    """An id that no other record has."""
    return safe(prefix + "Q2" + "".join(secrets.choice(_BASE62) for _ in range(10)))


def safe(record_id: str) -> str:
    """The 18-character form of an id given with 15 or 18 characters."""
    if len(record_id) != 15:
        return record_id
    fives = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(_CHECK[sum(1 << i for i, letter in enumerate(five) if letter.isupper())] for five in fives)
