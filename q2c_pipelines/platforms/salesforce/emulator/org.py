"""What the org remembers besides its records, as long as it runs: sessions, query cursors, bulk jobs, API usage."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.salesforce.emulator import ids
from q2c_pipelines.platforms.salesforce.emulator.cursor import Cursor

DAILY_REQUESTS = 100_000
_READ, _EDIT = "read", "edit"
RIGHTS = {
    "Read and View All on Account": (_READ, ("Account",)),
    "Read and View All on Contact": (_READ, ("Contact",)),
    "Read and View All on Product2 and its price book entries": (_READ, ("Product2", "PricebookEntry")),
    "Read and View All on SBQQ__ProductOption__c": (_READ, ("SBQQ__ProductOption__c",)),
    "Read and View All on Opportunity": (_READ, ("Opportunity",)),
    "Read and View All on SBQQ__Quote__c": (_READ, ("SBQQ__Quote__c",)),
    "Read and View All on SBQQ__QuoteLine__c": (_READ, ("SBQQ__QuoteLine__c",)),
    "Read and View All on SBQQ__Subscription__c": (_READ, ("SBQQ__Subscription__c",)),
    "Read and View All on Order with its products": (_READ, ("Order", "OrderItem")),
    "Edit on Account, for the fields that are corrected": (_EDIT, ("Account",)),
    "Edit on Contact, for the fields that are corrected": (_EDIT, ("Contact",)),
    "Edit on Opportunity, for the fields that are corrected": (_EDIT, ("Opportunity",)),
    "Edit on Order, for the fields that are corrected, and no other object": (_EDIT, ("Order",)),
}
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

    def may_read(self, sobject: str) -> bool:
        """Whether the user sees the object at all."""
        return self._may(_READ, sobject)

    def may_edit(self, sobject: str) -> bool:
        """Whether the user may change its records."""
        return self._may(_EDIT, sobject)

    def _may(self, verb: str, sobject: str) -> bool:
        return not any(self.emulation.lacks(right) for right, opens in RIGHTS.items() if opens[0] == verb and sobject in opens[1])

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
