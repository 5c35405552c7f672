"""The account as a web application: its door, and behind it the operations, each all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.docusign.emulator import connect, custom_fields, envelopes, locks, recipients, users
from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT, Gate
from q2c_pipelines.platforms.docusign.emulator.call import Operation, called
from q2c_pipelines.platforms.docusign.emulator.errors import Refusal, refuse
from q2c_pipelines.platforms.emulation import Emulation, middleware

GATE = web.AppKey("gate", Gate)
_ENVELOPE = "/envelopes/{envelopeId}"
OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", "/envelopes", envelopes.index),
    ("POST", "/envelopes", envelopes.create),
    ("PUT", "/envelopes/status", envelopes.statuses),
    ("GET", _ENVELOPE, envelopes.retrieve),
    ("PUT", _ENVELOPE, envelopes.update),
    ("GET", f"{_ENVELOPE}/audit_events", envelopes.audit),
    ("GET", f"{_ENVELOPE}/documents", envelopes.documents),
    ("GET", f"{_ENVELOPE}/notification", envelopes.notification),
    ("GET", f"{_ENVELOPE}/recipients", recipients.listed),
    ("PUT", f"{_ENVELOPE}/recipients", recipients.change),
    ("GET", f"{_ENVELOPE}/custom_fields", custom_fields.listed),
    ("POST", f"{_ENVELOPE}/custom_fields", custom_fields.create),
    ("PUT", f"{_ENVELOPE}/custom_fields", custom_fields.change),
    ("DELETE", f"{_ENVELOPE}/custom_fields", custom_fields.remove),
    ("GET", f"{_ENVELOPE}/lock", locks.retrieve),
    ("POST", f"{_ENVELOPE}/lock", locks.acquire),
    ("PUT", f"{_ENVELOPE}/lock", locks.extend),
    ("DELETE", f"{_ENVELOPE}/lock", locks.release),
    ("PUT", "/folders/{key}", envelopes.bin_them),
    ("GET", "/users/{key}/settings", users.settings),
    ("GET", "/connect", connect.configurations),
    ("POST", "/connect", connect.configure),
    ("GET", "/connect/logs", connect.logs),
    ("GET", "/connect/failures", connect.failures),
    ("PUT", "/connect/envelopes/retry_queue", connect.retry),
]


def application(emulation: Emulation) -> web.Application:
    """The account's HTTP, and that of the host that signs in."""
    gate = Gate(emulation)
    inward = [gate.counter(), middleware(emulation, refuse), _telling(emulation), gate.middleware()]
    app = web.Application(middlewares=inward)
    app[GATE] = gate
    app.router.add_post("/oauth/token", gate.token)
    app.router.add_get("/oauth/userinfo", gate.userinfo)
    app.router.add_get("/restapi/service_information", _services)
    for method, path, operation in OPERATIONS:
        app.router.add_route(method, f"/restapi/v2.1/accounts/{{accountId}}{path}", _handler(emulation, operation))
    return app


async def _services(request: web.Request) -> web.Response:
    version = {"version": "v2.1", "versionUrl": f"{request.scheme}://{request.host}/restapi/v2.1"}
    return web.json_response({"buildVersion": "26.1.0.0", "serviceVersions": [version]})


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        if request.match_info["accountId"].lower() != ACCOUNT:
            words = "The account specified does not exist, or the user has no rights to it."
            raise Refusal("USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT", words, 401)
        call = await called(emulation, request)
        with emulation.state.transaction():
            status, body = operation(call)
        return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")

    return handle


def _telling(emulation: Emulation) -> Any:
    """After each request Connect posts what is due, beside it: whoever listens holds up nobody."""
    turn, under_way = asyncio.Lock(), set[asyncio.Task[None]]()

    async def deliver() -> None:
        async with turn:
            await connect.deliver(emulation)

    @web.middleware
    async def tell(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        task = asyncio.get_running_loop().create_task(deliver())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return response

    return tell
