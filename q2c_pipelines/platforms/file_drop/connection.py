"""A folder needs no handshake, and its errors are the file system's."""

from __future__ import annotations

import httpx

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError


def auth(_: Connection) -> httpx.Auth:
    """No authentication: who may read the folder is the file system's business."""
    return httpx.Auth()


def error_of(_: httpx.Response) -> PlatformError | None:
    """There are no responses."""
    return None
