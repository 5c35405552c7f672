"""The environment's HTTP: Entra's token endpoint, and the Web API behind it.

request -> fault? -> token? -> limits? -> routes -> response
"""

from __future__ import annotations

import orjson
from aiohttp import web

from q2c_pipelines.platforms.dynamics365_sales.emulator import batch, login, routes
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import JSON, REFUSED, Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.environment import Environment, too_many_requests
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, no_resource
from q2c_pipelines.platforms.emulation import Emulation, middleware

FAULTS = ("execution_time", "concurrency")
ENVIRONMENT = web.AppKey("environment", Environment)
_LARGEST_BODY = 128 * 1024 * 1024
_TOO_SLOW = (
    "Combined execution time of incoming requests exceeded limit of 1,200,000  milliseconds over time window of 300 seconds. "
    "Decrease number of concurrent requests or reduce the duration of requests and try again later."
)
_REFUSALS = {
    "rate_limit": too_many_requests(),
    "execution_time": Refusal(429, "0x80072321", _TOO_SLOW, {"Retry-After": "1"}),
    "concurrency": Refusal(429, "0x80072326", "Number of concurrent requests exceeded the limit of 52.", {"Retry-After": "1"}),
    "server_error": Refusal(503, "0x80044150", "The server is busy and the request was not completed. Try again later."),
}
_AUTHORITY = "https://login.microsoftonline.com/common/oauth2/authorize"
_CHALLENGE = {"WWW-Authenticate": f'Bearer authorization_uri={_AUTHORITY}, error="invalid_token"'}


def application(emulation: Emulation) -> web.Application:
    """The environment, ready to be served."""
    app = web.Application(middlewares=[middleware(emulation, refuse)], client_max_size=_LARGEST_BODY)
    app[ENVIRONMENT] = Environment(emulation)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", _token)
    app.router.add_route("*", "/api/data/{rest:.*}", _data)
    return app


def refuse(kind: str) -> web.Response:
    """The answer to a request that meets a fault."""
    if kind == "expired_token":
        return web.Response(status=401, headers=_CHALLENGE)
    refusal = _REFUSALS[kind]
    return _response(Reply(refusal.body(annotated=False), refusal.status, refusal.headers))


async def _token(request: web.Request) -> web.Response:
    form = {name: str(value) for name, value in (await request.post()).items()}
    return login.token(request.app[ENVIRONMENT], request.match_info["tenant"], form, _origin(request))


async def _data(request: web.Request) -> web.Response:
    environment = request.app[ENVIRONMENT]
    if not environment.knows(request.headers.get("Authorization", "")):
        return web.Response(status=401, headers=_CHALLENGE)
    headers = {name.lower(): value for name, value in request.headers.items()}
    root = routes.ROOT.match(request.path)
    address = _origin(request) + (root[0] if root else "")
    call = Call(environment, request.method, address, headers=headers, content=await request.read())
    try:
        remaining = environment.admit()
        reply = _reply(call, request) if root else routes.refused(call, no_resource(request.path))
    except Refusal as refusal:
        return _response(routes.refused(call, refusal))
    return _response(reply, {"x-ms-ratelimit-burst-remaining-xrm-requests": str(remaining)})


def _reply(call: Call, request: web.Request) -> Reply:
    if request.method == "POST" and request.path.endswith("/$batch"):
        return batch.run(call)
    return routes.answer(call, request.raw_path)


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _response(reply: Reply, more: dict[str, str] | None = None) -> web.Response:
    kind = {} if reply.body is None else {"Content-Type": JSON if reply.status < 400 else REFUSED}
    headers = {**kind, "OData-Version": "4.0", **reply.headers, **(more or {})}
    body = reply.body if reply.body is None or isinstance(reply.body, bytes) else orjson.dumps(reply.body)
    return web.Response(body=body, status=reply.status, headers=headers)
