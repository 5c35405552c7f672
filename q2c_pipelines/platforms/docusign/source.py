"""Reading DocuSign: one list of the account's envelopes, walked in several orders; no envelope is ever asked for by itself.

first read: by creation -> pages.  Later: by change of status, then by last change down to the bookmark, then drafts -> pages;
in a sweep the ids of all before.

Status changes and other changes have stamps of their own, so both are walked; `changedDateTime` is put there as the later one.
Custom fields and signers are lists in a record: what they say by name is put beside them. Walks that things may move in go newest
first: what changes meanwhile moves to the front, so that a page repeats records and skips none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table

PAGE_SIZE = 1000
_EPOCH = "2000-01-01T00:00:00Z"  # before the vendor's first envelope
_SIZE = {"count": str(PAGE_SIZE)}
_CONTENT = {"include": "custom_fields,recipients"}
_CREATED = {"order_by": "created", "order": "asc", "from_date": _EPOCH}
_CHANGED = {"order_by": "status_changed", "order": "desc", "from_to_status": "changed"}
_MODIFIED = {"order_by": "last_modified", "order": "desc", "from_date": _EPOCH}
_DRAFTS = {"status": "created"}  # `any` leaves them out
_BIN = {"folder_ids": "recyclebin"}

Record = dict[str, Any]


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """What was made, changed or deleted since the window opens; all that there is where it is open."""
    if window.is_sweep:
        yield from _living(client, table)
    for params in _walks(window.since):
        bookmark = window.since if params["order_by"] == "last_modified" else None
        for records in _walk(client, _CONTENT | params, bookmark):
            yield from _paged(table, records)
    yield Page(table.name, b'{"envelopes":[]}', "envelopes[]", read_to=client.first_answer_at)


def _living(client: Client, table: Table) -> Iterator[Page]:
    """The ids of all that was not deleted, in the order in which an envelope goes through the lists."""
    for params in (_CREATED | _DRAFTS, _CREATED, _MODIFIED | _BIN):
        for records in _walk(client, params, None):
            living = [{"envelopeId": record["envelopeId"]} for record in records if record["status"] != "deleted"]
            yield Page(table.name, orjson.dumps({"envelopes": living}), "envelopes[]", names_living=True)


def _walks(since: datetime | None) -> list[dict[str, str]]:
    """What is asked for, one list after the other."""
    if since is None:
        return [_CREATED, _CREATED | _DRAFTS, _MODIFIED | _BIN]
    from_date = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [_CHANGED | {"from_date": from_date}, _MODIFIED, _MODIFIED | _DRAFTS, _MODIFIED | _BIN]


def _walk(client: Client, params: dict[str, str], bookmark: datetime | None) -> Iterator[list[Record]]:
    """The envelopes of a list, down to the bookmark. A page before which the list shrank is asked for again, by as much earlier."""
    position, held = 0, 0
    while True:
        reply = orjson.loads(client.get("/envelopes", _SIZE | params | {"start_position": str(position)}).content)
        records = [_told(record) for record in reply.get("envelopes", [])]
        young = [record for record in records if not _is_before(record, bookmark)]
        yield young
        total = int(reply["totalSetSize"])
        if position and total < held:
            position = max(0, position - (held - total))
        elif not records or position + len(records) >= total or len(young) < len(records):
            return
        else:
            position += len(records)
        held = total


def _is_before(record: Record, bookmark: datetime | None) -> bool:
    return bookmark is not None and datetime.fromisoformat(record["lastModifiedDateTime"]) < bookmark


def _told(record: Record) -> Record:
    """The envelope with the later of its stamps, its text fields by name, and who signs first."""
    stamps = filter(None, (record.get("statusChangedDateTime"), record.get("lastModifiedDateTime"), record.get("createdDateTime")))
    fields = (record.get("customFields") or {}).get("textCustomFields") or []
    signers = (record.get("recipients") or {}).get("signers") or []
    return record | {
        "changedDateTime": max(stamps, key=datetime.fromisoformat, default=None),
        "customField": {field["name"]: field.get("value") or None for field in fields},
        "signer": min(signers, key=lambda each: int(each.get("routingOrder") or 0), default=None),
    }


def _paged(table: Table, records: list[Record]) -> Iterator[Page]:
    """The living and the deleted apart."""
    for is_deleted in (False, True):
        if told := [record for record in records if (record["status"] == "deleted") is is_deleted]:
            yield Page(table.name, orjson.dumps({"envelopes": told}), "envelopes[]", is_deleted=is_deleted)
