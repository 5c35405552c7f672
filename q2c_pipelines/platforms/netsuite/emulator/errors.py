"""How the account words a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

_TYPE = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_SECTIONS = {400: "sec10.4.1", 401: "sec10.4.2", 403: "sec10.4.4", 404: "sec10.4.5", 405: "sec10.4.6", 500: "sec10.5.1"}
_CONFLICT = "sec10.4.10"  # of a repeated idempotency key, which is answered with 400 all the same
_LOGIN = "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles."


class Refusal(Exception):
    """A request the account does not obey; becomes the answer's status and body."""

    def __init__(self, code: str, detail: str, status: int = 400, path: str = "", parameter: str = ""):
        super().__init__(detail)
        self.code, self.detail, self.status, self.path, self.parameter = code, detail, status, path, parameter


def user_error(detail: str) -> Refusal:
    """A business rule was broken."""
    return Refusal("USER_ERROR", f"Error while accessing a resource. {detail}")


def invalid_content(value: object, field: str, path: str) -> Refusal:
    """A field names something that does not exist or is no longer to be used."""
    said = f"Error while accessing resource: You have entered an Invalid Field Value {value} for the following field: {field}"
    return Refusal("INVALID_CONTENT", said, path=path)


def answer(refusal: Refusal, headers: Mapping[str, str] | None = None, title: str = "") -> web.Response:
    """The error body of the REST services."""
    status = refusal.status
    detail = {"detail": refusal.detail, "o:errorCode": refusal.code}
    if refusal.path:
        detail["o:errorPath"] = refusal.path
    if refusal.parameter:
        detail["o:errorQueryParam"] = refusal.parameter
    section = _CONFLICT if title == "Conflict" else _SECTIONS.get(status)
    body = {
        "type": f"{_TYPE}#{section}" if section else _TYPE,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "o:errorDetails": [detail],
    }
    content = "application/vnd.oracle.resource+json; type=error"
    return web.Response(status=status, text=json.dumps(body), headers={"Content-Type": content, **(headers or {})})


def refuse(kind: str) -> web.Response:
    """The account's wording of rate_limit, server_error and expired_token."""
    refusals = {
        "rate_limit": Refusal("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.", 429),
        "server_error": Refusal("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: q2c", 500),
        "expired_token": Refusal("INVALID_LOGIN", _LOGIN, 401),
    }
    return answer(refusals[kind])
