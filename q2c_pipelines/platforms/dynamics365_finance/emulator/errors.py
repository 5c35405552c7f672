"""How the environment words a refusal."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

_GENERAL = "An error has occurred."
RETRY_AFTER = "1"
TOO_MANY = "Number of requests exceeded the limit of {limit} over the time window of 300 seconds."
TOO_LONG = "Combined execution time of incoming requests exceeded limit of {limit} seconds over the time window of 300 seconds."
TOO_MANY_AT_ONCE = "Number of concurrent requests exceeded the limit of {limit}."
OVERLOADED = "This request could not be processed at this time due to system experiencing high resource utilization."


class Refusal(Exception):
    """A request that the environment does not obey; becomes the answer's status and body."""

    def __init__(self, status: int, message: str, inner: str = "", headers: dict[str, str] | None = None):
        super().__init__(inner or message)
        self.status, self.message, self.inner, self.headers = status, message, inner, headers or {}

    @property
    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": "", "message": self.message}
        if self.inner:
            error["innererror"] = {"message": self.inner, "type": "System.InvalidOperationException", "stacktrace": ""}
        return {"error": error}


def invalid(message: str) -> Refusal:
    """The request itself is wrong."""
    return Refusal(400, message)


def infolog(entity: str, *lines: str) -> Refusal:
    """What the business rules do not let in: told as if the server had failed."""
    told = " ".join(lines)
    return Refusal(500, _GENERAL, f"Write failed for table row of type '{entity}Entity'. Infolog: {told}")


def not_found(what: str) -> Refusal:
    return Refusal(404, f"No HTTP resource was found that matches the request URI '{what}'.")


def forbidden(right: str) -> Refusal:
    """None of the user's duties holds this right."""
    return Refusal(403, _GENERAL, f"Access denied: the user has no privilege for {right.partition(':')[0]}.")


def throttled(message: str) -> Refusal:
    return Refusal(429, message, headers={"Retry-After": RETRY_AFTER})


def answer(refusal: Refusal) -> web.Response:
    """The refusal over HTTP."""
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)


def refuse(kind: str) -> web.Response:
    """The wording of a fault."""
    if kind == "expired_token":
        return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if kind == "rate_limit":
        return answer(throttled(TOO_MANY.format(limit=6000)))
    if kind == "overloaded":
        return answer(throttled(OVERLOADED))
    return web.Response(status=500, text=json.dumps({"Message": _GENERAL}), content_type="application/json")
