"""The requests that flows are made of: writes under the command's key, form-encoded; looks by metadata and by id; reading back."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Receipt, Request

Record = dict[str, Any]
Looking = Generator[Request, httpx.Response, Any]


def post(path: str, values: Mapping[str, Any], command: Command) -> Request:
    """A write that a repeat within a day is answered from; after a refusal, which is repeated too, under another key."""
    key = f"{command.key}-r{command.refusals}" if command.refusals else command.key
    return Request("POST", path, form=dict(_form(values)), headers={"Idempotency-Key": key}, is_write=True)


def search(what: str, name: str, value: str) -> Request:
    """The objects with this value in their metadata, as far as the index knows them yet."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return Request("GET", f"/v1/{what}/search", params={"query": f"metadata['{name}']:'{escaped}'", "limit": "100"})


def held(path: str) -> Looking:
    """The object at this address; None where there is none, or none any more."""
    response = yield Request("GET", path, accept=(404,))
    record: Record = response.json()
    return None if response.status_code == 404 or record.get("deleted") else record


def read_back(path: str) -> Looking:
    """The object as it now is. A repeat under a used key may be answered with one that was deleted since."""
    record = yield from held(path)
    if record is None:
        what = path.removeprefix("/v1/").replace("s/", " ")
        raise Terminal(f"Stripe: {what} was written under this key and deleted since; plan it anew", platform="stripe")
    return record


def receipt(outcome: Any, record: Record, detail: str = "") -> Receipt:
    """What became of a command."""
    return Receipt(outcome, record["id"], detail=detail, read_back=record)


def _form(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Stripe's form encoding: brackets for nesting; what is None is not sent, '' unsets."""
    for name, value in values.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, list):
            yield from _form({str(place): each for place, each in enumerate(value)}, key)
        elif isinstance(value, Mapping):
            yield from _form(value, key)
        elif value is not None:
            yield key, str(value)
