"""The account as a web application: its gate, and behind it the operations, each all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.avalara.emulator import access, batches, customers, listing, transactions
from q2c_pipelines.platforms.avalara.emulator.call import Operation, called
from q2c_pipelines.platforms.avalara.emulator.errors import refuse
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY
from q2c_pipelines.platforms.emulation import Emulation, middleware

SETTINGS = {"company_code": str(COMPANY["companyCode"])}
_ONE = "/companies/{companyCode}/transactions/{transactionCode}"
_CUSTOMERS = "/companies/{companyId}/customers"
_BATCH = "/companies/{companyId}/batches"
OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", "/companies", listing.companies),
    ("GET", "/companies/{companyId}", listing.company),
    ("GET", _CUSTOMERS, listing.customers),
    ("POST", _CUSTOMERS, customers.create),
    ("GET", f"{_CUSTOMERS}/{{customerCode}}", customers.retrieve),
    ("PUT", f"{_CUSTOMERS}/{{customerCode}}", customers.change),
    ("POST", "/transactions/create", transactions.create),
    ("POST", "/transactions/createoradjust", transactions.create_or_adjust),
    ("POST", "/transactions/lock", transactions.lock_many),
    ("GET", "/transactions/{id}", transactions.by_id),
    ("POST", "/companies/transactions/lines/add", transactions.add_lines),
    ("POST", "/companies/transactions/lines/delete", transactions.delete_lines),
    ("GET", "/companies/{companyCode}/transactions", listing.listed),
    ("GET", _ONE, transactions.retrieve),
    ("GET", f"{_ONE}/types/{{documentType}}", transactions.retrieve),
    ("GET", f"{_ONE}/audit", transactions.audit),
    ("GET", f"{_ONE}/types/{{documentType}}/audit", transactions.audit),
    ("POST", f"{_ONE}/adjust", transactions.adjust),
    ("POST", f"{_ONE}/changecode", transactions.change_code),
    ("POST", f"{_ONE}/commit", transactions.commit),
    ("POST", f"{_ONE}/lock", transactions.lock),
    ("POST", f"{_ONE}/refund", transactions.refund),
    ("POST", f"{_ONE}/settle", transactions.settle),
    ("POST", f"{_ONE}/uncommit", transactions.uncommit),
    ("POST", f"{_ONE}/unvoid", transactions.unvoid),
    ("POST", f"{_ONE}/verify", transactions.verify),
    ("POST", f"{_ONE}/void", transactions.void),
    ("GET", "/batches", batches.listed),
    ("GET", _BATCH, batches.listed),
    ("POST", _BATCH, batches.create),
    ("POST", f"{_BATCH}/transactions", batches.create_transactions),
    ("GET", f"{_BATCH}/{{id}}", batches.retrieve),
    ("DELETE", f"{_BATCH}/{{id}}", batches.remove),
    ("POST", f"{_BATCH}/{{id}}/cancel", batches.cancel),
]


def application(emulation: Emulation) -> web.Application:
    """The account's HTTP. The company is there from the beginning."""
    columns = ", ".join(COMPANY)
    marks = ", ".join("?" * len(COMPANY))
    emulation.state.db.execute(f"insert or ignore into company ({columns}) values ({marks})", list(COMPANY.values()))
    app = web.Application(middlewares=[middleware(emulation, refuse), access.gate(emulation)], client_max_size=30_000_000)
    app.router.add_get("/api/v2/utilities/ping", access.ping(emulation))
    app.router.add_get(f"/api/v2{_BATCH}/{{batchId}}/files/{{id}}/attachment", _attachment(emulation))
    for method, path, operation in OPERATIONS:
        app.router.add_route(method, f"/api/v2{path}", _handler(emulation, operation))
    return app


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        call = await called(emulation, request)
        with emulation.state.transaction():
            status, body = operation(call)
        return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")

    return handle


def _attachment(emulation: Emulation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        return batches.attachment(emulation, request.match_info["batchId"], request.match_info["id"])

    return handle
