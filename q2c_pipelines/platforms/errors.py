"""What can go wrong with a platform, sorted by what to do about it."""

from __future__ import annotations


class PlatformError(Exception):
    """A call to a platform did not succeed. Says which platform, which call, and the vendor's own code and words."""

    def __init__(self, message: str, *, platform: str = "", code: str = "", status: int = 0, retry_after: float | None = None):
        super().__init__(message)
        self.platform, self.code, self.status, self.retry_after = platform, code, status, retry_after


class Transient(PlatformError):
    """Try again later: rate limit, lock, 5xx on a read, connection refused. Nothing was done."""


class Terminal(PlatformError):
    """Trying again changes nothing: the vendor refused the request. Goes to a person."""


class Unauthorized(Terminal):
    """Credentials are missing, wrong or lack a permission. `at_login`: it was the login itself that was refused."""

    at_login = False


class UnknownOutcome(PlatformError):
    """A write was sent and no answer came: it may or may not have taken. Look it up before sending again."""
