"""The portal as a web application: its addresses, in the old form and in the one with a date, and what answers at each."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.hubspot.emulator import access, associations, batches, changing, definitions, pipelines, reading
from q2c_pipelines.platforms.hubspot.emulator.call import INDEX, Answer, Index, Operation, called
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, refuse
from q2c_pipelines.platforms.hubspot.emulator.search import search

VERSIONS = ("2026-03", "2026-09")
_TOKENS = ("/oauth/v1/token", *(f"/oauth/{version}/token" for version in VERSIONS))

OBJECTS: list[tuple[str, str, Operation]] = [
    ("GET", "{object}", reading.listed),
    ("POST", "{object}", changing.created),
    ("POST", "{object}/search", search),
    ("POST", "{object}/merge", changing.merged),
    ("POST", "{object:contacts}/gdpr-delete", changing.forgotten),
    ("POST", "{object}/batch/read", batches.read),
    ("POST", "{object}/batch/create", batches.create),
    ("POST", "{object}/batch/update", batches.change),
    ("POST", "{object}/batch/upsert", batches.upsert),
    ("POST", "{object}/batch/archive", batches.archived),
    ("GET", "{object}/{id}", reading.retrieved),
    ("PATCH", "{object}/{id}", changing.changed),
    ("DELETE", "{object}/{id}", changing.archived),
]
LINKS_OF_ONE: list[tuple[str, str, Operation]] = [
    ("GET", "{object}/{id}/associations/{to}", associations.listed),
    ("PUT", "{object}/{id}/associations/default/{to}/{to_id}", associations.put_default),
    ("PUT", "{object}/{id}/associations/{to}/{to_id}", associations.put),
    ("DELETE", "{object}/{id}/associations/{to}/{to_id}", associations.cut),
]
LINKS: list[tuple[str, str, Operation]] = [
    ("GET", "{from}/{to}/labels", associations.labels),
    ("POST", "{from}/{to}/batch/read", associations.read),
    ("POST", "{from}/{to}/batch/create", associations.create),
    ("POST", "{from}/{to}/batch/associate/default", associations.create_default),
    ("POST", "{from}/{to}/batch/archive", associations.archive),
]
PROPERTIES: list[tuple[str, str, Operation]] = [
    ("GET", "{object}", definitions.listed),
    ("POST", "{object}", definitions.made),
    ("GET", "{object}/{name}", definitions.retrieved),
]
PIPELINES: list[tuple[str, str, Operation]] = [
    ("GET", "{object}", pipelines.listed),
    ("GET", "{object}/{pipeline}", pipelines.retrieved),
    ("GET", "{object}/{pipeline}/stages", pipelines.stages),
]
# by the address's first part: in the old form, and in the one with a date
_PLACES = {
    "/crm/v3/objects": ("/crm/objects/{}", OBJECTS),
    "/crm/v4/objects": ("/crm/objects/{}", LINKS_OF_ONE),
    "/crm/v4/associations": ("/crm/associations/{}", LINKS),
    "/crm/v3/properties": ("/crm/properties/{}", PROPERTIES),
    "/crm/v3/pipelines": ("/crm/pipelines/{}", PIPELINES),
}
_LOOKS = ("search", "read", "labels")


def application(emulation: Emulation) -> web.Application:
    """The portal's HTTP."""
    app = web.Application(middlewares=[middleware(emulation, refuse), *access.middlewares(emulation)], client_max_size=4 * 2**20)
    app[access.GATEWAY], app[INDEX] = access.Gateway(), Index()
    for path in _TOKENS:
        app.router.add_post(path, access.token(emulation))
    for version in VERSIONS:
        app.router.add_post(f"/oauth/{version}/token/introspect", access.introspected(emulation))
    app.router.add_post("/oauth/v2/private-apps/get/access-token-info", access.token_info(emulation))
    for old, (dated, operations) in _PLACES.items():
        for place in (old, *(dated.format(version) for version in VERSIONS)):
            for method, path, operation in operations:
                app.router.add_route(method, f"{place}/{path}", _handler(emulation, operation))
    return app


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        call = await called(emulation, request)
        access.allow(emulation, request, call.object_at("from" if "from" in call.path else "object").needs(_what(request)))
        try:
            with emulation.state.transaction():
                done = operation(call)
        except sqlite3.Error as broken:
            raise Refusal(500, f"internal error: {broken}", "INTERNAL_ERROR") from broken
        except (KeyError, TypeError, ValueError, AttributeError) as unfit:
            raise Refusal(400, f"Invalid input JSON: {type(unfit).__name__} {unfit}") from unfit
        return _answer(done)

    return handle


def _what(request: web.Request) -> str:
    is_look = request.method == "GET" or request.path.endswith(tuple(f"/{last}" for last in _LOOKS))
    return "read" if is_look else "write"


def _answer(done: Any) -> web.Response:
    answer = done if isinstance(done, Answer) else Answer(200, done)
    return web.Response(status=204) if answer.status == 204 else web.json_response(answer.body, status=answer.status)
