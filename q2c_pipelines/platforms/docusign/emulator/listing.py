"""The list of envelopes: a window of dates, what in it the window means, filters, an order, and pages by position.

query -> SQL conditions -> one page, with where the next one is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from q2c_pipelines.platforms.docusign.emulator.errors import invalid
from q2c_pipelines.platforms.docusign.emulator.rendering import envelopes
from q2c_pipelines.platforms.docusign.emulator.stamps import parsed, plain
from q2c_pipelines.platforms.emulation import Emulation, Row

LARGEST_PAGE = 1000
_STATUSES = ("created", "sent", "delivered", "signed", "completed", "declined", "voided", "deleted", "processing", "timedout")
_WINDOWS = {
    "changed": "statusChangedDateTime",
    "created": "createdDateTime",
    "sent": "sentDateTime",
    "delivered": "deliveredDateTime",
    "signed": "completedDateTime",
    "completed": "completedDateTime",
    "declined": "declinedDateTime",
    "voided": "voidedDateTime",
    "deleted": "deletedDateTime",
    "processing": "case when status = 'processing' then statusChangedDateTime end",
    "timedout": "null",
}
_ORDERS = {
    "last_modified": "lastModifiedDateTime",
    "status_changed": "statusChangedDateTime",
    "created": "createdDateTime",
    "sent": "sentDateTime",
    "completed": "completedDateTime",
    "expire": "expireDateTime",
    "status": "status",
    "subject": "emailSubject",
    "envelope_name": "emailSubject",
    "user_name": "envelopeId",
    "action_required": "status",
    "signer_list": "(select min(name) from recipient as r where r.envelopeId = envelope.envelopeId)",
}
_FOLDERS = {
    "recyclebin": "_is_in_bin",
    "draft": "status = 'created'",
    "drafts": "status = 'created'",
    "sentitems": "status <> 'created'",
    "completed": "status = 'completed'",
    "out_for_signature": "status in ('sent', 'delivered')",
    "waiting_for_others": "status in ('sent', 'delivered')",
}
_REMEMBERED = timedelta(days=7)  # how long a transaction id is known

Params = Mapping[str, str]
Condition = tuple[str, list[Any]]


def listed(emulation: Emulation, params: Params) -> Row:
    """The page that a query asks for. Refused without a window, ids or transactions."""
    if not {"from_date", "envelope_ids", "transaction_ids"} & set(params):
        words = "must be set to a valid DateTime, or 'envelope_ids' or 'transaction_ids' must be specified."
        raise invalid(f"Query parameter 'from_date' {words}")
    if "transaction_ids" in params and "from_date" not in params:
        return _transactions(emulation, params["transaction_ids"].split(","))
    found = list(_conditions(emulation, params))
    where, values = " and ".join(sql for sql, _ in found) or "true", [value for _, given in found for value in given]
    total = emulation.state.select(f"select count(*) as n from envelope where {where}", values)[0]["n"]
    start, count = _position(params), _count(params)
    sql = f"select * from envelope where {where} order by {_order(params)} limit ? offset ?"
    page = emulation.state.select(sql, [*values, count, start])
    parts = {part.strip() for part in params.get("include", "").split(",")} - set(params.get("exclude", "").split(","))
    return _paged(params, envelopes(emulation, page, parts), start, count, total) | {"lastQueriedDateTime": plain(emulation.now())}


def _paged(params: Params, page: list[Row], start: int, count: int, total: int) -> Row:
    """The envelope around a page; an empty one has no `envelopes`."""
    told = {
        "resultSetSize": str(len(page)),
        "totalSetSize": str(total),
        "startPosition": str(start if page else 0),
        "endPosition": str(start + len(page) - 1 if page else 0),
    }
    if not page:
        return told
    if start > 0:
        told["previousUri"] = _uri(params, max(0, start - count), count)
    if start + len(page) < total:
        token = base64.urlsafe_b64encode(str(start + len(page)).encode()).decode()
        told |= {"nextUri": _uri(params, start + len(page), count), "continuationToken": token}
    return told | {"envelopes": page}


def _uri(params: Params, start: int, count: int) -> str:
    asked = {name: value for name, value in params.items() if name not in ("start_position", "count", "continuation_token")}
    return f"/envelopes?{urlencode({'start_position': start, 'count': count} | asked)}"


def _conditions(emulation: Emulation, params: Params) -> Iterator[Condition]:
    if "from_date" in params:
        yield from _window(emulation, params)
    else:
        yield _among("envelopeId", params["envelope_ids"].split(","))
    yield _statuses(params.get("status", "any"))
    yield from _folders(params)
    if "custom_field" in params:
        name, _, value = params["custom_field"].partition("=")
        named = "select envelopeId from custom_field where name = ? and coalesce(value, '') like ?"
        yield f"envelopeId in ({named})", [name, value]
    if "search_text" in params:
        like = f"%{params['search_text']}%"
        within = "select envelopeId from recipient where name like ? or email like ?"
        yield f"(emailSubject like ? or envelopeId in ({within}))", [like, like, like]
    if params.get("user_id", emulation.credentials["user_id"]) != emulation.credentials["user_id"]:
        yield "false", []
    if "last_queried_date" in params:
        yield "lastModifiedDateTime < ?", [parsed(params["last_queried_date"], "last_queried_date")]


def _window(emulation: Emulation, params: Params) -> Iterator[Condition]:
    """The window is closed at both ends."""
    meaning = params.get("from_to_status", "changed").lower()
    if meaning not in _WINDOWS:
        raise invalid(f"Query parameter 'from_to_status' has the unknown value '{meaning}'.")
    until = parsed(params["to_date"], "to_date") if "to_date" in params else plain(emulation.now() + timedelta(seconds=1))
    yield f"{_WINDOWS[meaning]} between ? and ?", [parsed(params["from_date"], "from_date"), until]


def _statuses(asked: str) -> Condition:
    """By current status. `any` leaves drafts out, as a client of the vendor's found."""
    wanted = [each.strip().lower() for each in asked.split(",") if each.strip()]
    if unknown := sorted(set(wanted) - {*_STATUSES, "any"}):
        raise invalid(f"Query parameter 'status' has the unknown value '{unknown[0]}'.")
    return ("status <> 'created'", []) if not wanted or "any" in wanted else _among("status", wanted)


def _folders(params: Params) -> Iterator[Condition]:
    """What is in the bin is in no other folder, and in no list that names no folder."""
    asked = [each.strip().lower() for each in params.get("folder_ids", "").split(",") if each.strip()]
    if unknown := sorted(set(asked) - set(_FOLDERS)):
        raise invalid(f"Query parameter 'folder_ids' has the unknown value '{unknown[0]}'.")
    if "recyclebin" not in asked:
        yield "not _is_in_bin", []
    if asked:
        yield f"({' or '.join(_FOLDERS[each] for each in asked)})", []


def _order(params: Params) -> str:
    by, way = params.get("order_by", "status_changed").lower(), params.get("order", "asc").lower()
    if by not in _ORDERS or way not in ("asc", "desc"):
        raise invalid(f"Query parameter 'order_by' or 'order' has the unknown value '{by} {way}'.")
    return f"{_ORDERS[by]} {way}, rowid {way}"


def _transactions(emulation: Emulation, ids: list[str]) -> Row:
    """What became of envelopes by the sender's own ids."""
    since = plain(emulation.now() - _REMEMBERED)
    sql, values = _among("transactionId", ids)
    found = emulation.state.select(f"select * from envelope where {sql} and createdDateTime >= ?", [*values, since])
    known = [{"transactionId": row["transactionId"], "envelopeId": row["envelopeId"], "status": row["status"]} for row in found]
    return {"envelopeTransactionStatuses": known, "resultSetSize": str(len(known)), "totalSetSize": str(len(known))}


def _among(column: str, values: list[str]) -> Condition:
    return f"{column} in ({', '.join('?' * len(values))})", [value.strip() for value in values]


def _position(params: Params) -> int:
    if token := params.get("continuation_token"):
        try:
            return int(base64.urlsafe_b64decode(token))
        except (ValueError, binascii.Error) as error:
            raise invalid("Query parameter 'continuation_token' is unknown.") from error
    return _whole(params, "start_position", 0)


def _count(params: Params) -> int:
    return min(max(1, _whole(params, "count", LARGEST_PAGE)), LARGEST_PAGE)


def _whole(params: Params, name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isdigit():
        raise invalid(f"Query parameter '{name}' must be set to a valid integer.")
    return int(text)
