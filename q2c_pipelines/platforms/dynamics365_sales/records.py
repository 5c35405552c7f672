"""Looking at one record, as every flow begins and ends."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Request

Record = Mapping[str, Any]
_KEYS = {"accounts": "accountid", "quotes": "quoteid", "salesorders": "salesorderid"}
_NUMBERS = {"quotes": "quotenumber", "salesorders": "ordernumber"}
_MERGED = ["merged", "_masterid_value"]


@dataclass(frozen=True)
class Place:
    """A record by its own guid."""

    table: str  # the entity set
    record_id: str

    def __str__(self) -> str:
        return f"{self.table}({self.record_id})"

    @property
    def path(self) -> str:
        return f"{DATA}/{self}"

    @property
    def key(self) -> str:
        """The column that holds the guid."""
        return _KEYS[self.table]

    def number(self, record: Record) -> str:
        """The record's number, where its kind has one."""
        return str(record[_NUMBERS[self.table]]) if self.table in _NUMBERS else ""


def look(place: Place, *columns: str) -> Generator[Request, httpx.Response, Record | None]:
    """The record as it is now, with its etag; None where it is deleted."""
    more = _MERGED if place.table == "accounts" else [_NUMBERS[place.table]]
    params = {"$select": ",".join([*columns, *more])}
    if "emailaddress1" in columns:
        params["$expand"] = "primarycontactid($select=emailaddress1)"
    response = yield Request("GET", place.path, params=params, accept=(404,))
    return None if response.status_code == 404 else dict(response.json())


def refused(why: str) -> Terminal:
    """What cannot be done, for a person to read."""
    return Terminal(f"Dynamics 365 Sales: {why}", platform="dynamics365_sales")
