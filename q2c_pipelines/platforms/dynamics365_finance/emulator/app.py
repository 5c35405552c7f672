"""The environment's HTTP, put together: sign-in, entity sets, batches, data packages and their queue."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.dynamics365_finance.emulator import batch
from q2c_pipelines.platforms.dynamics365_finance.emulator.access import Gate, Limits
from q2c_pipelines.platforms.dynamics365_finance.emulator.call import Reply, call
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import invalid, refuse
from q2c_pipelines.platforms.dynamics365_finance.emulator.packages import Packages
from q2c_pipelines.platforms.dynamics365_finance.emulator.queue import Queue
from q2c_pipelines.platforms.dynamics365_finance.emulator.records import Records
from q2c_pipelines.platforms.emulation import Emulation, middleware

_PAGE = 10_000  # rows that the server gives at most


def application(emulation: Emulation, page_size: int = _PAGE, limits: Limits | None = None) -> web.Application:
    """One environment."""
    records, gate = Records(emulation, page_size), Gate(emulation, limits or Limits())
    packages, queue = Packages(emulation, records), Queue(emulation, records)

    async def entities(request: web.Request) -> web.Response:
        url, text = str(request.rel_url), await request.text()
        return _response(records.answer(call(request.method, url, request.headers, _json(text), _address(request))))

    async def batched(request: web.Request) -> web.Response:
        kind, body = request.headers.get("Content-Type", ""), await request.read()
        content_type, content = batch.answered(emulation.state, records.answer, kind, body, _address(request))
        return web.Response(body=content, headers={"Content-Type": content_type, "OData-Version": "4.0"})

    app = web.Application(middlewares=[middleware(emulation, refuse), gate.middleware()], client_max_size=256 * 2**20)
    app.add_routes([web.post(f"/{{tenant}}/oauth2{version}/token", gate.token) for version in ("", "/v2.0")])
    app.add_routes([web.post("/data/$batch", batched), *packages.routes(), *queue.routes()])
    app.add_routes([web.route("*", "/data/{rest:.*}", entities)])
    return app


def _address(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise invalid(f"The request body is no JSON: {error}") from error


def _response(reply: Reply) -> web.Response:
    headers = {"OData-Version": "4.0", **reply.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.json_response(reply.body, status=reply.status, headers=headers)
