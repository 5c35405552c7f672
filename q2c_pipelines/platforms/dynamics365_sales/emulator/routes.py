"""The Web API's addresses: which call answers which path.

method, path -> handler -> reply.  Nothing here knows HTTP, so that $batch comes in by the same door.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from q2c_pipelines.platforms.dynamics365_sales.emulator import (
    messages,
    metadata,
    multiple,
    orders,
    privileges,
    properties,
    query,
    quotes,
    records,
    tracking,
)
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, no_resource
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import SETS, Table

Handler = Callable[[Call], Reply]
ROOT = re.compile(r"/api/data/v9\.[0-2](?=/|$)")


def _of_set(handler: Callable[[Call, Table], Reply]) -> Handler:
    return lambda call: handler(call, _table(call))


def _of_record(handler: Callable[[Call, Table, str], Reply]) -> Handler:
    return lambda call: handler(call, _table(call), call.names[1])


def _collection(call: Call, table: Table) -> Reply:
    return (tracking.changes if tracking.is_asked(call) else query.collection)(call, table)


def _count(call: Call, table: Table) -> Reply:
    return (tracking.count if tracking.is_asked(call) else query.count)(call, table)


_TABLE: list[tuple[str, str, Handler]] = [
    ("GET", r"", metadata.service),
    ("GET", r"\$metadata", metadata.csdl),
    ("GET", r"WhoAmI(?:\(\))?", metadata.who_am_i),
    ("GET", r"systemusers\(([^()]*)\)/Microsoft\.Dynamics\.CRM\.RetrieveUserPrivileges(?:\(\))?", privileges.of_user),
    ("GET", r"EntityDefinitions", metadata.definitions),
    ("GET", r"EntityDefinitions\(LogicalName='(\w+)'\)", metadata.definition),
    ("GET", r"EntityDefinitions\(LogicalName='(\w+)'\)/Keys", metadata.keys),
    ("GET", r"EntityDefinitions\(LogicalName='(\w+)'\)/ManyToOneRelationships", metadata.many_to_one),
    ("GET", r"EntityDefinitions\(LogicalName='(\w+)'\)/OneToManyRelationships", metadata.one_to_many),
    ("GET", r"sdkmessagefilters", messages.listed),
    ("POST", r"WinQuote", quotes.win),
    ("POST", r"CloseQuote", quotes.close),
    ("POST", r"ReviseQuote", quotes.revise),
    ("POST", r"ConvertQuoteToSalesOrder", quotes.convert),
    ("POST", r"WinOpportunity", quotes.win_opportunity),
    ("POST", r"LoseOpportunity", quotes.lose_opportunity),
    ("POST", r"CancelSalesOrder", orders.cancel),
    ("POST", r"FulfillSalesOrder", orders.fulfill),
    ("POST", r"LockSalesOrderPricing", orders.lock_prices),
    ("POST", r"UnlockSalesOrderPricing", orders.unlock_prices),
    ("POST", r"Merge", multiple.merge),
    ("GET", r"(\w+)", _of_set(_collection)),
    ("POST", r"(\w+)", _of_set(records.create)),
    ("GET", r"(\w+)/\$count", _of_set(_count)),
    ("POST", r"(\w+)/Microsoft\.Dynamics\.CRM\.CreateMultiple", multiple.create),
    ("POST", r"(\w+)/Microsoft\.Dynamics\.CRM\.UpdateMultiple", multiple.update),
    ("GET", r"(\w+)\(([^()]*)\)", _of_record(records.read)),
    ("PATCH", r"(\w+)\(([^()]*)\)", _of_record(records.save)),
    ("DELETE", r"(\w+)\(([^()]*)\)", _of_record(records.delete)),
    ("GET", r"(\w+)\(([^()]*)\)/(\w+)", _of_record(properties.read)),
    ("PUT", r"(\w+)\(([^()]*)\)/(\w+)", _of_record(properties.write)),
    ("DELETE", r"(\w+)\(([^()]*)\)/(\w+)", _of_record(properties.clear)),
    ("DELETE", r"(\w+)\(([^()]*)\)/(\w+)/\$ref", _of_record(properties.unbind)),
]
_ROUTES = [(method, re.compile(pattern), handler) for method, pattern, handler in _TABLE]


def answer(call: Call, url: str) -> Reply:
    """The answer to an address with its query, refusals included."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    try:
        handler, names = _find(call.method, unquote(ROOT.sub("", parts.path)).strip("/"))
        return handler(replace(call, query=asked, names=names))
    except Refusal as refusal:
        return refused(call, refusal)


def refused(call: Call, refusal: Refusal) -> Reply:
    """A refusal as an answer."""
    annotated = "odata.include-annotations" in call.preferences
    headers = {"REQ_ID": str(uuid.uuid4()), **refusal.headers}
    return Reply(refusal.body(annotated=annotated), refusal.status, headers)


def _table(call: Call) -> Table:
    if call.names[0] not in SETS:
        raise no_resource(call.names[0])
    table = SETS[call.names[0]]
    privileges.require(call, table)
    return table


def _find(method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
    is_known = False
    for verb, pattern, handler in _ROUTES:
        if parts := pattern.fullmatch(path):
            is_known = True
            if verb == method:
                return handler, parts.groups()
    if is_known:
        raise Refusal(405, "0x80060888", f"The HTTP method '{method}' is not supported for the resource '{path}'.")
    raise no_resource(path)
