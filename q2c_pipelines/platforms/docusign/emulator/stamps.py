"""Times as DocuSign writes them, and dates as it reads them.

The sandbox's clock stands still between two looks; the vendor's does not. So stamps of one second are told apart by microseconds
that count up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from q2c_pipelines.platforms.docusign.emulator.errors import invalid
from q2c_pipelines.platforms.emulation import State

_SERVER_ZONE = ZoneInfo("America/Los_Angeles")  # of a date that names no offset
_PATTERNS = (
    "",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
)  # ISO 8601, and as American clients write


def stamp(state: State, now: datetime) -> str:
    """The time of what happens now, later than all that happened before in this second."""
    return f"{now:%Y-%m-%dT%H:%M:%S}.{state.next('tick') % 1_000_000:06}0Z"


def plain(at: datetime) -> str:
    """A time without anything below the second, comparable with stamps as text."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def parsed(text: str, name: str) -> str:
    """A date of a request as a comparable text; without an offset it is meant in the server's zone."""
    at = next(filter(None, (_read(text, pattern) for pattern in _PATTERNS)), None)
    if at is None:
        raise invalid(f"Query parameter '{name}' must be set to a valid DateTime.")
    return plain(at if at.tzinfo else at.replace(tzinfo=_SERVER_ZONE))


def _read(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007 (a zone may be absent)
    except ValueError:
        return None
