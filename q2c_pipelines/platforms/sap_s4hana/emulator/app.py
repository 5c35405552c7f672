"""The account's HTTP, put together: sign-in, OData services with their batches, and the two SOAP services."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.sap_s4hana.emulator import batch, clearing, journals, soap
from q2c_pipelines.platforms.sap_s4hana.emulator.access import ODATA, SOAP, TOKEN_PATH, Gate
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, fault, refuse
from q2c_pipelines.platforms.sap_s4hana.emulator.service import Answer, Call, Services

JOURNALS, CLEARINGS = SOAP + "journalentrycreaterequestconfi", SOAP + "journalentrybulkclearingreques"


def application(emulation: Emulation) -> web.Application:
    """One account."""
    gate = Gate(emulation)

    async def odata(request: web.Request) -> web.Response:
        services = Services(emulation, f"{request.scheme}://{request.host}")
        service, path = request.match_info["service"], request.match_info["path"]
        if path == "$batch":
            kind, body = batch.run(
                emulation.state, service, request.headers.get("Content-Type", ""), await request.read(), services.answer
            )
            return web.Response(status=202, body=body, headers={"Content-Type": kind, "DataServiceVersion": "2.0"})
        call = Call(request.method, service, path, dict(request.query), request.headers, _json(await request.text()))
        return _response(services.answer(call))

    async def post(request: web.Request) -> web.Response:
        try:
            message = soap.message(await _xml(request), "JournalEntryBulkCreateRequest", soap.ENTRY)
        except soap.Broken as error:
            return fault(str(error))
        return web.Response(body=journals.confirm(emulation, message), content_type="text/xml", charset="utf-8")

    async def clear(request: web.Request) -> web.Response:
        try:
            clearing.accept(emulation, await _xml(request), request.path)
        except soap.Broken as error:
            return fault(str(error))
        return web.Response(status=202)

    app = web.Application(middlewares=[middleware(emulation, refuse), gate.middleware()], client_max_size=104 * 2**20)
    app.add_routes([web.post(TOKEN_PATH, gate.token), web.post(JOURNALS, post), web.post(CLEARINGS, clear)])
    app.router.add_route("*", ODATA + "{service}/{path:.*}", odata)
    return app


async def _xml(request: web.Request) -> bytes:
    if request.content_type not in ("text/xml", "application/soap+xml"):
        raise soap.Broken(f"Content type {request.content_type} is not supported")
    return await request.read()


def _json(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text)) if text.strip() else {}
    except (ValueError, TypeError) as error:
        raise Refusal("/IWFND/CM_BEC/027", f"The request body is no JSON object: {error}") from error


def _response(answer: Answer) -> web.Response:
    headers = {"DataServiceVersion": "2.0", **answer.headers}
    if isinstance(answer.body, str):
        kind = "application/xml" if answer.body.startswith("<") else "text/plain"
        return web.Response(status=answer.status, text=answer.body, content_type=kind, headers=headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.json_response(answer.body, status=answer.status, headers=headers)
