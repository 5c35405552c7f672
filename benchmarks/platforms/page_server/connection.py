"""No authentication, and no errors of its own."""

from __future__ import annotations

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError


def auth(_connection: Connection) -> httpx.Auth:
    """Nothing is asked for."""
    return httpx.Auth()


def error_of(_response: httpx.Response) -> PlatformError | None:
    """The status says all."""
    return None
