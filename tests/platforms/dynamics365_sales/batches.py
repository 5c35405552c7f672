"""Requests to $batch, and what its multipart answers hold."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import httpx

from .conftest import Api

_HTTP = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
_JSON = "Content-Type: application/json\r\n\r\n"


def batch(api: Api, *each: str, **headers: str) -> httpx.Response:
    """The answer to a batch of these parts."""
    named = {"Content-Type": "multipart/mixed; boundary=batch_b", **headers}
    return api("POST", "$batch", content=_joined("batch_b", *each), headers=named)


def get(path: str) -> str:
    """A part that reads."""
    return f"{_HTTP}\r\nGET /api/data/v9.2/{path} HTTP/1.1\r\n\r\n"


def post(path: str, body: dict[str, Any], content_id: str = "") -> str:
    """A part that makes a record or runs an action; `$1` may be part of the path."""
    numbered = f"Content-ID: {content_id}\r\n" if content_id else ""
    address = path if path.startswith("$") else f"/api/data/v9.2/{path}"
    return f"{_HTTP}{numbered}\r\nPOST {address} HTTP/1.1\r\n{_JSON}{json.dumps(body)}"


def change_set(*each: str) -> str:
    """A part that holds requests which succeed or fail together."""
    return "Content-Type: multipart/mixed; boundary=changeset_c\r\n\r\n" + _joined("changeset_c", *each)


def statuses(response: httpx.Response) -> list[int]:
    """The status of each request in an answer, in their order."""
    return [int(found) for found in re.findall(r"^HTTP/1\.1 (\d+)", response.text, re.MULTILINE)]


def outline(text: str) -> list[str]:
    """An answer's lines without what differs from one to the next."""
    lines = [line.strip() for line in unquote(text).splitlines()]
    kept = [line for line in lines if line and not line.startswith(("--", "{", "HTTP/1.1 200 OK", "OData-Version"))]
    headings = [line.partition(":")[0] if line.startswith(("Location", "OData-EntityId", "REQ_ID")) else line for line in kept]
    return sorted(re.sub(r"boundary=.*", "boundary", line) for line in headings)


def _joined(boundary: str, *each: str) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in each) + f"--{boundary}--\r\n"
