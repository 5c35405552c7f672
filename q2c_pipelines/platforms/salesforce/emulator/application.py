"""The org's HTTP: sessions, the data API behind them, and the API usage on every answer.

request -> fault? -> session? -> routes -> response
"""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.salesforce.emulator import describe, login, routes
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.org import DAILY_REQUESTS, Org
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal

_LARGEST_BODY = 150 * 1024 * 1024
_NO_SESSION = Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
_REFUSALS = {
    "rate_limit": Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "server_error": Refusal(503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
    "expired_token": _NO_SESSION,
}
ORG = web.AppKey("org", Org)


def application(emulation: Emulation) -> web.Application:
    """The org, ready to be served."""
    app = web.Application(middlewares=[middleware(emulation, refuse)], client_max_size=_LARGEST_BODY)
    app[ORG] = Org(emulation)
    app.router.add_post("/services/oauth2/token", _token)
    app.router.add_get("/services/data", _versions)
    app.router.add_get("/services/data/", _versions)
    app.router.add_route("*", "/services/data/{rest:.+}", _data)
    return app


def refuse(kind: str) -> web.Response:
    """The answer to a request that meets a fault."""
    refusal = _REFUSALS[kind]
    return _response(Reply(refusal.body, refusal.status), f"api-usage={DAILY_REQUESTS}/{DAILY_REQUESTS}")


async def _token(request: web.Request) -> web.Response:
    form = {name: str(value) for name, value in (await request.post()).items()}
    return login.token(request.app[ORG], request.headers, form, f"{request.scheme}://{request.host}")


async def _versions(_: web.Request) -> web.Response:
    return web.json_response(describe.versions())


async def _data(request: web.Request) -> web.Response:
    org = request.app[ORG]
    org.used += 1
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind not in ("Bearer", "OAuth") or token not in org.tokens:
        return _response(Reply(_NO_SESSION.body, _NO_SESSION.status), org.limit_info)
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(org, request.method, "", headers=headers, content=await request.read())
    return _response(routes.answer(call, request.raw_path), org.limit_info)


def _response(reply: Reply, limit_info: str) -> web.Response:
    headers = {"Content-Type": "application/json;charset=UTF-8", **reply.headers, "Sforce-Limit-Info": limit_info}
    return web.Response(body=_body(reply.body), status=reply.status, headers=headers)


def _body(body: Any) -> bytes | None:
    return body if body is None or isinstance(body, bytes) else orjson.dumps(body)
