"""How a new record gets into the account exactly once.

look by reference -> PUT eid:<key> or !transform with that external id -> read back; "already exists" means that it did
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.flow import Receipt, Request
from q2c_pipelines.platforms.netsuite.connection import DUPLICATE, error_of
from q2c_pipelines.platforms.netsuite.lookups import RECORDS, Look, Record, record, refused


def put(kind: str, key: str, body: Mapping[str, Any]) -> Request:
    """Makes the record whose external id is the key."""
    return Request("PUT", f"{RECORDS}/{kind}/eid:{key}", json=body, is_write=True)


def patch(path: str, body: Mapping[str, Any]) -> Request:
    """Changes some fields of a record."""
    return Request("PATCH", f"{RECORDS}/{path}", json=body, is_write=True)


def transform(path: str, target: str, key: str, body: Mapping[str, Any]) -> Request:
    """Makes one document from another, with only the lines that the body names."""
    where = f"{RECORDS}/{path}/!transform/{target}"
    return Request("POST", where, json={"externalId": key, **body}, params={"replace": "item"}, is_write=True)


def save(request: Request, kind: str, key: str) -> Look[Receipt]:
    """Send a creation and read back what it made, also where the account says that it was made before."""
    response = yield replace(request, accept=(400,))
    if response.status_code == 400:
        error = error_of(response)
        if error and DUPLICATE not in str(error):
            raise error
    made = yield from record(f"{kind}/eid:{key}")
    if made is None:
        raise refused(f"{kind} {key} was saved and is not there when read back; look for it by its external id", "NOT_READ_BACK")
    return receipt("adopted" if response.status_code == 400 else "written", made)


def adopt(kind: str, key: str) -> Look[Receipt]:
    """The receipt of a record that is there already."""
    found = yield from record(f"{kind}/{key}")
    if found is None:
        raise refused(f"{kind} {key} is listed and cannot be read; the role may lack the permission", "NOT_READ_BACK")
    return receipt("adopted", found)


def receipt(outcome: Any, held: Record, detail: str = "") -> Receipt:
    """What the account now holds of a record, its own fields only."""
    shown = {name: value for name, value in held.items() if name != "links" and not (isinstance(value, dict) and "items" in value)}
    return Receipt(outcome, str(held["id"]), str(held.get("tranId") or held.get("entityId") or ""), detail, shown)


def number(value: Decimal) -> float:
    """An amount as a JSON number; 15 digits are exact."""
    return float(value)
