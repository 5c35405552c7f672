"""How new records get into the environment exactly once: there is no key that makes a request safe to repeat.

look by reference -> POST -> read back;  a document's lines in one changeset, all or none, only where it has none yet
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx

from q2c_pipelines.platforms.dynamics365_finance.books import refused
from q2c_pipelines.platforms.dynamics365_finance.connection import NAME, refusal_of
from q2c_pipelines.platforms.dynamics365_finance.lookups import Look, Record, record
from q2c_pipelines.platforms.dynamics365_finance.odata import CROSS, DATA, record_path
from q2c_pipelines.platforms.errors import Transient, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt, Request

_KEYS = {
    "CustomersV3": "CustomerAccount",
    "ReleasedProductsV2": "ItemNumber",
    "SalesOrderHeadersV2": "SalesOrderNumber",
    "SalesOrderLinesV2": "InventoryLotId",
    "LedgerJournalHeaders": "JournalBatchNumber",
    "CustomerPaymentJournalHeaders": "JournalBatchNumber",
}
_BOUNDARY, _CHANGES = "batch_q2c", "changeset_q2c"
_REFUSALS = (400, 404, 409, 500)


def make(entity_set: str, body: Mapping[str, Any]) -> Look[Record]:
    """A new record, as the environment holds it after its defaulting."""
    request = Request("POST", f"{DATA}/{entity_set}", json=dict(body), params=CROSS, is_write=True, accept=_REFUSALS)
    response = yield request
    require_done(response)
    made = response.json()
    return (yield from held(entity_set, made["dataAreaId"], made[_KEYS[entity_set]]))


def held(entity_set: str, company: str, number: str) -> Look[Record]:
    """A record that has to be there."""
    found = yield from record(entity_set, {"dataAreaId": company, _KEYS[entity_set]: number})
    if found is None:
        raise refused(f"{entity_set} {company}/{number} cannot be read; is it gone, or may the user not see it?")
    return found


def add_lines(entity_set: str, lines: Sequence[Mapping[str, Any]]) -> Look[None]:
    """The lines of one document, all or none."""
    writes = [Request("POST", f"{DATA}/{entity_set}", json=dict(line), params=CROSS, is_write=True) for line in lines]
    response = yield changeset(writes)
    for part in _parts(response):
        require_done(part)


def patch(entity_set: str, seen: Record, body: Mapping[str, Any]) -> Request:
    """Changes fields of a record as long as it is the version seen."""
    key = {"dataAreaId": seen["dataAreaId"], _KEYS[entity_set]: seen[_KEYS[entity_set]]}
    version, where = {"If-Match": seen["@odata.etag"]}, record_path(entity_set, key)
    return Request("PATCH", where, json=dict(body), params=CROSS, headers=version, is_write=True, accept=(*_REFUSALS, 412))


def changed(response: httpx.Response) -> bool:
    """Whether a change took; not where the record was another version. Raises as `require_done` does."""
    if response.status_code == 412:
        return False
    require_done(response)
    return True


def send_together(writes: Sequence[Request]) -> Look[bool]:
    """Several changes in one transaction; whether they took."""
    response = yield changeset(writes)
    return all(changed(part) for part in _parts(response))


def changeset(writes: Sequence[Request]) -> Request:
    """One request that makes several writes in one transaction."""
    parts = "".join(_operation(number, write) for number, write in enumerate(writes, start=1))
    content = (
        f"--{_BOUNDARY}\r\nContent-Type: multipart/mixed; boundary={_CHANGES}\r\n\r\n{parts}--{_CHANGES}--\r\n--{_BOUNDARY}--\r\n"
    )
    headers = {"Content-Type": f"multipart/mixed; boundary={_BOUNDARY}", "OData-Version": "4.0"}
    return Request("POST", f"{DATA}/$batch", content=content.encode(), headers=headers, is_write=True, accept=_REFUSALS)


def require_done(response: httpx.Response) -> None:
    """Raises Terminal in the environment's words where it refused a write, UnknownOutcome where it only broke down."""
    error = refusal_of(response)
    if isinstance(error, Transient):
        raise UnknownOutcome(str(error), platform=NAME, code=error.code, status=error.status)
    if error:
        raise error


def receipt(outcome: Any, found: Record, number: str, detail: str = "") -> Receipt:
    """What the environment now holds of a record; its native id is `<company>/<number>`."""
    shown = {name: value for name, value in found.items() if not name.startswith("@odata.")}
    return Receipt(outcome, f"{found['dataAreaId']}/{number}", number, detail, shown)


def posted(found: Record) -> str:
    """What to know of a journal: it counts once the batch job has posted it."""
    return "" if found["IsPosted"] == "Yes" else "not posted yet: the batch job that posts journals does that"


def _operation(number: int, write: Request) -> str:
    head = f"--{_CHANGES}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
    named = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Type": "application/json", **write.headers}.items())
    return f"{head}{write.method} {write.path}?cross-company=true HTTP/1.1\r\n{named}\r\n{json.dumps(write.json)}\r\n"


def _parts(response: httpx.Response) -> list[httpx.Response]:
    """The answers to the operations of a batch; the answer itself where it is none."""
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith("multipart/mixed"):
        return [response]
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + response.content)
    single = [part for part in whole.walk() if part.get_content_type() == "application/http"]
    return [_response(part.get_payload(decode=True)) for part in single]


def _response(content: Any) -> httpx.Response:
    head, _, body = bytes(content).lstrip().partition(b"\r\n\r\n")
    return httpx.Response(int(head.split(b" ", 2)[1]), content=body)
