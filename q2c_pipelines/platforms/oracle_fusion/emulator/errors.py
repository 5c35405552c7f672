"""How the pod says no: a bare sentence, or error details where the client asked for them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

ERROR = "application/vnd.oracle.adf.error+json"
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Refusal(Exception):
    """A request that the pod refuses: the status, its code and the attribute it is about."""

    def __init__(self, detail: str, code: str = "", path: str = "", status: int = 400):
        super().__init__(detail)
        self.status, self.code, self.path = status, code, path

    def within(self, part: str) -> Refusal:
        """The same, said of one part of a batch."""
        return Refusal(f"Error in part {part}: {self}", self.code, self.path, self.status)


def product(name: str, number: str, text: str, path: str = "", module: str = "AR") -> Refusal:
    """A refusal in the words of a product: `JBO-AR:::AR_... <NUMBER>...`."""
    said = f"JBO-{module}:::{name}: <MESSAGE><NUMBER>{number}</NUMBER><TEXT>{text}</TEXT></MESSAGE>"
    return Refusal(said, number, path)


def answer(refusal: Refusal, request: web.Request) -> web.Response:
    """A refusal as the client can take it."""
    if ERROR not in request.headers.get("Accept", ""):
        return web.Response(status=refusal.status, text=str(refusal))
    detail: dict[str, Any] = {"detail": str(refusal), "o:errorCode": refusal.code or None, "o:errorPath": refusal.path or None}
    said = {name: value for name, value in detail.items() if value is not None}
    body = {"title": _TITLES[refusal.status], "status": str(refusal.status), "o:errorDetails": [said]}
    return web.json_response(body, status=refusal.status, content_type=ERROR)


def refuse(kind: str) -> web.Response:
    """The pod's wording of a fault."""
    if kind == "rate_limit":
        return web.Response(status=429, text="Too many requests. Try again later.", headers={"Retry-After": "1"})
    if kind == "expired_token":
        challenge = {"WWW-Authenticate": 'Bearer realm="fusion", error="invalid_token"'}
        return web.Response(status=401, text="The access token is expired or not valid.", headers=challenge)
    return web.Response(status=503, text="The server is temporarily unable to service your request.")
