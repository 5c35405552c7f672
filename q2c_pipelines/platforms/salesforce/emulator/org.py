"""What the org remembers besides its records, as long as it runs: sessions, query cursors, bulk jobs, API usage."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.salesforce.emulator import ids
from q2c_pipelines.platforms.salesforce.emulator.cursor import Cursor

DAILY_REQUESTS = 100_000
_OPEN_CURSORS = 10


@dataclass
class Org:
    """One running org."""

    emulation: Emulation
    tokens: set[str] = field(default_factory=set)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    jobs: dict[str, Any] = field(default_factory=dict)
    used: int = 0

    @property
    def limit_info(self) -> str:
        """The header that every answer carries."""
        return f"api-usage={self.used}/{DAILY_REQUESTS}"

    def new_token(self) -> str:
        """A session, valid until the org stops or revokes it."""
        token = f"00D5g0000000001!{secrets.token_urlsafe(48)}"
        self.tokens.add(token)
        return token

    def keep(self, cursor: Cursor) -> str:
        """The locator of a cursor; the oldest is closed when there are too many."""
        locator = ids.new("01g")
        self.cursors[locator] = cursor
        while len(self.cursors) > _OPEN_CURSORS:
            self.cursors.pop(next(iter(self.cursors))).close()
        return locator
