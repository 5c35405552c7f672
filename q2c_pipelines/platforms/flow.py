"""How a writer talks: a pure generator that yields requests and is sent the responses, ending in a Receipt.

    command -> flow: look (is it there already?) -> write -> read back -> Receipt

Nothing here does I/O, so a flow is tested by feeding it responses. Because every flow begins with a look by the command's
key, running it again after a crash or a time-out is the look-up of the unknown outcome: it adopts what is there and sends only
what is proved absent.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Request:
    """One call to a platform, relative to its base URL. `is_write` marks the one whose lost answer leaves the outcome unknown.

    `accept` lists statuses over 399 that the flow itself understands (404 when looking); all others raise the platform's error.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    json: Any = None
    form: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    is_write: bool = False
    accept: tuple[int, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What the platform now holds, as read back.

    `outcome`: `written` by this flow; `adopted`, it was there already; `superseded`, the platform no longer holds what the
    command was planned against, so nothing was sent.
    """

    outcome: Literal["written", "adopted", "superseded"]
    native_id: str
    document_number: str = ""
    detail: str = ""
    read_back: Mapping[str, Any] = field(default_factory=dict)


Flow = Generator[Any, Any, Receipt]  # requests of the platform's own wire: over HTTP `Request`, answered by httpx.Response
