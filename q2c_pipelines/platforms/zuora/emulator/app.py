"""The pretended tenant's addresses, and what answers at each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.zuora.emulator import (
    access,
    accounts,
    aqua,
    catalog,
    data_query,
    journals,
    object_query,
    orders,
    payments,
    replies,
    subscriptions,
    zoql,
)

Operation = Callable[[Emulation, web.Request], Awaitable[web.Response]]
_OPERATIONS: list[tuple[str, str, Operation]] = [
    ("POST", "/oauth/token", access.issue_token),
    ("GET", "/object-query/{collection}", object_query.listing),
    ("GET", "/object-query/{collection}/{key}", object_query.single),
    ("POST", "/query/jobs", data_query.submit),
    ("GET", "/query/jobs", data_query.listing),
    ("GET", "/query/jobs/{job}", data_query.look),
    ("DELETE", "/query/jobs/{job}", data_query.cancel),
    ("GET", "/data-query-results/{file}", data_query.download),
    ("POST", "/v1/action/query", zoql.query),
    ("POST", "/v1/action/queryMore", zoql.query_more),
    ("POST", "/v1/batch-query/", aqua.submit),
    ("GET", "/v1/batch-query/jobs/{job}", aqua.look),
    ("DELETE", "/v1/batch-query/jobs/{job}", aqua.cancel),
    ("GET", "/v1/files/{file}", aqua.download),
    ("POST", "/v1/accounts", accounts.create),
    ("GET", "/v1/accounts/{key}", accounts.read),
    ("PUT", "/v1/accounts/{key}", accounts.update),
    ("GET", "/v1/contacts/{key}", accounts.read_contact),
    ("PUT", "/v1/contacts/{key}", accounts.update_contact),
    ("POST", "/v1/orders", orders.create),
    ("GET", "/v1/orders", orders.listing),
    ("GET", "/v1/orders/{key}", orders.read),
    ("GET", "/v1/subscriptions/{key}", subscriptions.read),
    ("POST", "/v1/payments", payments.create),
    ("GET", "/v1/payments", payments.listing),
    ("GET", "/v1/payments/{key}", payments.read),
    ("GET", "/v1/payments/{key}/parts", payments.parts),
    ("PUT", "/v1/payments/{key}/apply", payments.apply),
    ("PUT", "/v1/payments/{key}/unapply", payments.unapply),
    ("PUT", "/v1/payments/{key}/cancel", payments.cancel),
    ("GET", "/v1/invoices", payments.list_invoices),
    ("GET", "/v1/invoices/{key}", payments.read_invoice),
    ("GET", "/v1/object/{object}/{key}", catalog.read),
    ("PUT", "/v1/object/{object}/{key}", catalog.update),
    ("POST", "/v1/journal-entries", journals.create),
    ("GET", "/v1/journal-entries/{key}", journals.read),
    ("PUT", "/v1/journal-entries/{key}/cancel", journals.cancel),
    ("GET", "/v1/accounting-periods", journals.periods),
    ("PUT", "/v1/accounting-periods/{key}/{move}", journals.move_period),
]


def application(emulation: Emulation) -> web.Application:
    """The tenant's HTTP."""
    faults = middleware(emulation, replies.refuse)
    app = web.Application(middlewares=[faults, *access.middlewares(emulation)], client_max_size=32 << 20)
    app[access.GATEWAY] = access.Gateway()
    for method, path, operation in _OPERATIONS:
        app.router.add_route(method, path, _handler(emulation, operation))
    return app


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Any]:
    return partial(operation, emulation)
