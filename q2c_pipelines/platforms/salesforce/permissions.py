"""What Salesforce tells of the rights to write: whether a field that a command sets may be updated by this user.

sobjects/<type>/describe -> fields -> updateable
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.salesforce.connection import DATA
from q2c_pipelines.platforms.salesforce.writer import FIELDS
from q2c_pipelines.platforms.spec import Platform


def missing(client: Client, platform: Platform, _: Connection) -> Iterator[tuple[str, list[str]]]:
    """By right to edit an object: its fields that a command sets and that may not be updated."""
    wanted = defaultdict(set, {"Order": {"Status"}})
    for sobject, field in FIELDS.values():
        wanted[sobject].add(field)
    for sobject, fields in wanted.items():
        if (held := _open(client, sobject)) is not None:
            right = next(right for right in platform.to_write if right.startswith(f"Edit on {sobject},"))
            yield right, [f"{sobject}.{field}" for field in sorted(fields - held)]


def _open(client: Client, sobject: str) -> set[str] | None:
    """The fields that the user may update; None of an object that is hidden from it, which reading tells."""
    response = client.read(Request("GET", f"{DATA}/sobjects/{sobject}/describe", accept=(404,)))
    return None if response.status_code == 404 else {each["name"] for each in response.json()["fields"] if each["updateable"]}
