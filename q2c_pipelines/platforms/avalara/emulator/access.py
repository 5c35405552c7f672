"""Who may come in: account number and license key with every request. Ping tells strangers too that they are none."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import BasicAuth, web

from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, not_authenticated
from q2c_pipelines.platforms.emulation import Emulation

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VERSION = "26.6.0"
_PING = "/api/v2/utilities/ping"
RIGHTS = {
    "Role CompanyUser of the one company: transactions": r"\w+ /api/v2/(companies/[^/]+/)?transactions",
    "Role CompanyUser of the one company: customers": r"\w+ /api/v2/companies/[^/]+/customers",
}


def gate(emulation: Emulation) -> Any:
    """Lets in who has the license key, and words the refusals of what is behind it."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path != _PING and not is_known(emulation, request):
                raise not_authenticated()
            if emulation.withheld(RIGHTS, request):
                words = "The user or account is not authorized to make this request."
                raise Refusal("AuthorizationException", "You are not authorized.", words)
            response = await handler(request)
        except Refusal as refusal:
            response = refusal.response()
        response.headers.update({"serverduration": "00:00:00.01", "databaseduration": "00:00:00.005", "databasecalls": "3"})
        response.headers["x-correlation-id"] = str(uuid.uuid4())
        return response

    return gate


def is_known(emulation: Emulation, request: web.Request) -> bool:
    """Whether the request carries the account and its key."""
    known = emulation.credentials
    try:
        given = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return False
    pairs = ((given.login, known["account_id"]), (given.password, known["license_key"]))
    return all(hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs)


def ping(emulation: Emulation) -> Handler:
    """GET /utilities/ping: never an error."""

    async def answer(request: web.Request) -> web.Response:
        said: dict[str, Any] = {"version": VERSION, "authenticated": is_known(emulation, request)}
        if said["authenticated"]:
            said |= {"authenticationType": "AccountIdLicenseKey", "authenticatedUserName": emulation.credentials["account_id"]}
        return web.json_response(said)

    return answer
