"""How the environment is asked: addresses of records, filters, and the literals in them.

Everything is asked with `cross-company=true`: without it another company than the user's own shows an empty list, and no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

DATA = "/data"
CROSS = {"cross-company": "true"}
_KEPT = "'"  # of a literal in an address
NOTHING = "1900-01-01"  # the date of what has none

Key = Mapping[str, Any]


def literal(value: Any) -> str:
    """A value as filters and keys spell it."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return moment(value) if isinstance(value, date) else str(value)


def moment(at: date | datetime) -> str:
    """A day, or a time of one (UTC), as bodies and filters spell it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def number(value: Decimal) -> float:
    """An amount as a JSON number; 15 digits are exact."""
    return float(value)


def record_path(entity_set: str, key: Key) -> str:
    """The address of one record, by all parts of its key."""
    parts = ",".join(f"{name}={quote(literal(value), safe=_KEPT)}" for name, value in key.items())
    return f"{DATA}/{entity_set}({parts})"


def equals(**values: Any) -> str:
    """The filter for records that hold these values."""
    return " and ".join(f"{name} eq {literal(value)}" for name, value in values.items())


def beyond(key: Sequence[tuple[str, Any]]) -> str:
    """The filter for records that come after a key."""
    (name, value), *rest = key
    later = f"{name} gt {literal(value)}"
    return f"({later}) or ({name} eq {literal(value)} and ({beyond(rest)}))" if rest else later
