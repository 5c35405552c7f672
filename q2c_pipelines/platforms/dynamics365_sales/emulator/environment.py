"""What an environment remembers besides its records, as long as it runs: who is logged in, and who asks too much."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal
from q2c_pipelines.platforms.emulation import Emulation

LIFETIME = timedelta(seconds=3599)
WINDOW = 300  # seconds


@dataclass
class Environment:
    """One running environment. `requests` are allowed in any five minutes of real time; `seconds` tells that time."""

    emulation: Emulation
    requests: int = 6000
    seconds: Callable[[], float] = time.monotonic
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def new_token(self) -> str:
        """An access token, good for an hour of the sandbox's clock."""
        token = f"eyJ0eXAiOiJKV1Qi.{secrets.token_urlsafe(48)}"
        self._tokens[token] = self.emulation.now() + LIFETIME
        return token

    def knows(self, authorization: str) -> bool:
        """Whether a header carries a token that is still good."""
        kind, _, token = authorization.partition(" ")
        return kind == "Bearer" and token in self._tokens and self._tokens[token] > self.emulation.now()

    def admit(self) -> int:
        """Counts a request and tells how many more are allowed. Raises Refusal where there are too many."""
        now = self.seconds()
        while self._recent and self._recent[0] <= now - WINDOW:
            self._recent.popleft()
        if len(self._recent) >= self.requests:
            raise too_many_requests(self.requests, int(self._recent[0] + WINDOW - now) + 1)
        self._recent.append(now)
        return self.requests - len(self._recent)


def too_many_requests(limit: int = 6000, retry_after: int = 1) -> Refusal:
    """429 as the service protection limits word it."""
    said = f"Number of requests exceeded the limit of {limit} over time window of {WINDOW} seconds."
    return Refusal(429, "0x80072322", said, {"Retry-After": str(retry_after)})
