"""Reading AvaTax: a company's customers and transactions, from the last change on, these whole or for their lines or details.

list by id -> pages as they came;  with $include -> lines, details, each with the last change of its transaction;  in a sweep the
whole list before, for who lives.

Ids neither move nor go, and what changes meanwhile comes into the window, so that going on by position repeats records and skips
none. Every list of transactions names dates: without them it is silently that of the last 30 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from q2c_pipelines.platforms.avalara.codes import encoded
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

PAGE_SIZE = 1000
_ALL_DATES = "date between '1990-01-01' and '2999-12-31'"
_INCLUDES = {"transaction_line": "LinesOnly", "transaction_detail": "Details"}
_PATHS = {
    "customer": "value[]",
    "transaction": "value[]",
    "transaction_line": "value[].lines[]",
    "transaction_detail": "value[].lines[].details[]",
}

Record = dict[str, Any]


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """What was recorded or changed since the window opens; all that there is where it is open."""
    path = _path(client, platform, table)
    if window.is_sweep:
        for body in _walk(client, path, _asked(table, None)):
            yield Page(table.name, body, _PATHS[table.name], names_living=True)
        yield Page(table.name, b'{"value":[]}', "value[]", names_living=True)  # where nothing lives any more, that is named too
    for body in _walk(client, path, _asked(table, window.since)):
        yield Page(table.name, _stamped(body, table), _PATHS[table.name])
    yield Page(table.name, b'{"value":[]}', "value[]", read_to=client.first_answer_at)


def _path(client: Client, platform: Platform, table: Table) -> str:
    """Where the list is: transactions are found by the company's code, customers by its number."""
    code = platform.tables["transaction"].columns["companyCode"].value or ""
    if table.name != "customer":
        return f"/api/v2/companies/{encoded(code)}/transactions"
    found = orjson.loads(client.get("/api/v2/companies", {"$filter": f"companyCode eq '{code}'"}).content)["value"]
    if not found:
        raise Terminal(f"AvaTax: the account has no company {code!r}; see settings.company_code", platform="avalara")
    return f"/api/v2/companies/{found[0]['id']}/customers"


def _asked(table: Table, since: datetime | None) -> dict[str, str]:
    wanted = [] if table.name == "customer" else [_ALL_DATES]
    wanted += [f"modifiedDate ge '{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}'"] if since else []
    params = {"$orderBy": "id ASC", "$top": str(PAGE_SIZE)} | ({"$filter": " and ".join(wanted)} if wanted else {})
    return params | ({"$include": _INCLUDES[table.name]} if table.name in _INCLUDES else {})


def _walk(client: Client, path: str, params: dict[str, str]) -> Iterator[bytes]:
    """The pages of a list: by the address of the next where it is told, else by position until one is empty.

    A page may hold fewer than were asked for and not be the last; what the reply counts is not to be trusted.
    """
    seen, is_told = 0, False
    response = client.get(path, params)
    while True:
        reply = orjson.loads(response.content)
        count, after = len(reply["value"]), reply.get("@nextLink")
        if count:
            yield response.content
        if not after and (is_told or not count):
            return
        seen, is_told = seen + count, is_told or bool(after)
        response = client.get(_relative(after)) if after else client.get(path, params | {"$skip": str(seen)})


def _relative(address: str) -> str:
    """An address on the platform as we reach it: its own name for itself may be another than ours."""
    return httpx.URL(address).raw_path.decode()


def _stamped(body: bytes, table: Table) -> bytes:
    """The page; where parts of transactions are read, with the last change put on each."""
    if table.name not in _INCLUDES:
        return body
    reply = orjson.loads(body)
    for transaction in reply["value"]:
        stamp = {"modifiedDate": transaction["modifiedDate"]}
        for line in transaction.get("lines") or []:
            line.update(stamp)
            for detail in line.get("details") or []:
                detail.update(stamp)
    return orjson.dumps(reply)
