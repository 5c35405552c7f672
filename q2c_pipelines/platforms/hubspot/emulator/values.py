"""What is sent for a property, and what is kept of it: text, or nothing. The portal never sends a number or a truth value.

datetime: ISO 8601 or milliseconds since 1970 -> 2026-03-01T12:00:00.000Z.  date: a day, or the milliseconds of a midnight in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from q2c_pipelines.platforms.hubspot.emulator.errors import Detail, detail
from q2c_pipelines.platforms.hubspot.emulator.objects import Property


class Unfit(ValueError):
    """A value that its property does not take."""

    def __init__(self, told: Detail):
        super().__init__(told["message"])
        self.detail = told


def stamp(at: datetime) -> str:
    """A time as the portal writes it."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def kept(one: Property, value: Any) -> str | None:
    """The value as it is kept. Raises Unfit."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if text == "":
        return None
    try:
        return _kept(one, text)
    except (ValueError, InvalidOperation, OverflowError):
        raise Unfit(_told(one, text)) from None


def _kept(one: Property, text: str) -> str:
    if one.type == "number":
        if not Decimal(text).is_finite():
            raise ValueError(text)
        return text
    if one.type == "datetime":
        return stamp(_moment(text))
    if one.type == "date":
        return (_moment(text).date() if _is_epoch(text) else date.fromisoformat(text[:10])).isoformat()
    if (one.type == "bool" and text not in ("true", "false")) or (one.options and text not in one.options):
        raise ValueError(text)
    return text


def _moment(text: str) -> datetime:
    if _is_epoch(text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_epoch(text: str) -> bool:
    return text.removeprefix("-").isdigit()


def _told(one: Property, text: str) -> Detail:
    if one.type == "enumeration":
        return detail("INVALID_OPTION", f"{text} was not one of the allowed options: {list(one.options)}", one.name)
    code = {"number": "INVALID_INTEGER", "bool": "INVALID_BOOLEAN"}.get(one.type, "INVALID_DATE")
    return detail(code, f"{text} was not a valid {one.type}.", one.name)
