"""How a new record gets into the account exactly once.

look by reference -> POST or !transform with the key as external id -> read back; "already exists" means that it did

Never PUT eid:<key>, which changes a record that another run has made in the meantime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.flow import Receipt, Request
from q2c_pipelines.platforms.netsuite.connection import DUPLICATE, error_of
from q2c_pipelines.platforms.netsuite.lookups import RECORDS, Look, Record, record, refused


def post(kind: str, key: str, body: Mapping[str, Any]) -> Request:
    """Makes the record whose external id is the key; refused where there is one."""
    return Request("POST", f"{RECORDS}/{kind}", json={"externalId": key, **body}, is_write=True)


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
    refusal = error_of(response)
    if refusal and DUPLICATE not in str(refusal):
        raise refusal
    made = yield from record(f"{kind}/eid:{key}")
    if made is None and refusal:
        raise refusal  # something else exists already, such as a customer of that name
    if made is None:
        raise refused(f"{kind} {key} was saved and is not there when read back; look for it by its external id", "NOT_READ_BACK")
    return receipt("adopted" if refusal else "written", made)


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


def with_period(done: Receipt, expected: str) -> Receipt:
    """The receipt, saying so where the account moved the posting to another period than its date's."""
    posted = (done.read_back.get("postingPeriod") or {}).get("refName", expected)
    moved = [] if posted == expected else [f"posted in {posted}, not in {expected}"]
    return replace(done, detail="; ".join([*filter(None, [done.detail]), *moved]))


def number(value: Decimal) -> float:
    """An amount as a JSON number; 15 digits are exact."""
    return float(value)
