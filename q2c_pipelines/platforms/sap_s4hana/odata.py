"""What a writer asks and sends over OData V2: records by filter or key, new records, changes against the version that was seen.

literals -> requests;  responses -> records as the service sent them, amounts still text
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.sap_s4hana.connection import ODATA, error_of

PARTNERS, PRODUCTS = "API_BUSINESS_PARTNER", "API_PRODUCT_SRV"
ORDERS, BILLING, ITEMS = "API_SALES_ORDER_SRV", "API_BILLING_DOCUMENT_SRV", "API_OPLACCTGDOCITEMCUBE_SRV"
_T = TypeVar("_T")
Look = Generator[Request, httpx.Response, _T]
Record = dict[str, Any]
_JSON = {"Accept": "application/json"}
_BOUNDARY, _CHANGES = "batch_q2c", "changeset_q2c"
_STATUS = re.compile(r"^HTTP/1\.1 (\d{3}) ", re.MULTILINE)


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def among(field: str, values: Iterable[str]) -> str:
    """The condition that a field has one of some values."""
    return "(" + " or ".join(f"{field} eq {text(value)}" for value in values) + ")"


def rows(service: str, entity: str, condition: str, **options: str) -> Look[list[Record]]:
    """The records that a condition holds for, at most as many as one page has."""
    params = {"$filter": condition, **{f"${name}": value for name, value in options.items()}}
    response = yield Request("GET", f"{ODATA}{service}/{entity}", params=params, headers=_JSON)
    return list(response.json()["d"]["results"])


def record(service: str, resource: str, expand: str = "") -> Look[Record | None]:
    """One record by its key; None where there is none."""
    params = {"$expand": expand} if expand else None
    response = yield Request("GET", f"{ODATA}{service}/{resource}", params=params, headers=_JSON, accept=(404,))
    return None if response.status_code == 404 else dict(response.json()["d"])


def create(service: str, resource: str, body: Mapping[str, Any]) -> Look[Record]:
    """A new record as the system completed it."""
    response = yield Request("POST", f"{ODATA}{service}/{resource}", json=body, headers=_JSON, is_write=True)
    return dict(response.json()["d"])


def change(service: str, resource: str, body: Mapping[str, Any], seen: Record) -> Look[bool]:
    """Set some fields of a record, if it still is the version that was seen. False where it is not."""
    path = f"{ODATA}{service}/{resource}"
    response = yield Request("PATCH", path, json=body, headers=_JSON | version_of(seen), is_write=True, accept=(412,))
    return response.status_code != 412


def act(service: str, function: str, **keys: str) -> Look[None]:
    """Call an action."""
    params = {name: text(value) for name, value in keys.items()}
    yield Request("POST", f"{ODATA}{service}/{function}", params=params, headers=_JSON, is_write=True)


def change_together(service: str, changes: Sequence[tuple[str, str, Record]]) -> Look[bool]:
    """Several records changed in one changeset, all or none: (resource, JSON body, as seen). False where one is another version."""
    content = _batch(changes)
    headers = {"Content-Type": f"multipart/mixed; boundary={_BOUNDARY}", "Accept": "multipart/mixed"}
    response = yield Request("POST", f"{ODATA}{service}/$batch", content=content, headers=headers, is_write=True)
    refused = [int(status) for status in _STATUS.findall(response.text) if int(status) >= 400]
    if not refused:
        return True
    if refused == [412]:
        return False
    body = response.text.partition(f"HTTP/1.1 {refused[0]} ")[2]
    said = httpx.Response(refused[0], text=body[body.find("{") : body.rfind("}") + 1])
    raise error_of(said) or Terminal(f"SAP S/4HANA refused a change: {refused}", platform="sap_s4hana", status=refused[0])


def version_of(seen: Record) -> dict[str, str]:
    """The header that holds a change against the version that was seen; none where the service keeps no versions of it."""
    tag = seen.get("__metadata", {}).get("etag")
    return {"If-Match": tag} if tag else {}


def key(**parts: str) -> str:
    """The key of a record: `('4711')` of one part, `(Customer='1',CompanyCode='1010')` of several."""
    values = {name: "'" + quote(value.replace("'", "''"), safe="") + "'" for name, value in parts.items()}
    return f"({next(iter(values.values()))})" if len(values) == 1 else f"({','.join(f'{n}={v}' for n, v in values.items())})"


def refused(what: str, code: str = "NOT_FOUND") -> Terminal:
    """The error of something that only a person can put right."""
    return Terminal(f"SAP S/4HANA: {what}", platform="sap_s4hana", code=code)


def _batch(changes: Sequence[tuple[str, str, Record]]) -> bytes:
    parts = []
    for place, (resource, body, seen) in enumerate(changes, start=1):
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body.encode())), **_JSON, **version_of(seen)}
        own = "\r\n".join([f"PATCH {resource} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())])
        head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {place}"
        parts.append(f"--{_CHANGES}\r\n{head}\r\n\r\n{own}\r\n\r\n{body}\r\n")
    changeset = "".join(parts) + f"--{_CHANGES}--\r\n"
    outer = f"Content-Type: multipart/mixed; boundary={_CHANGES}"
    return f"--{_BOUNDARY}\r\n{outer}\r\n\r\n{changeset}--{_BOUNDARY}--\r\n".encode()
