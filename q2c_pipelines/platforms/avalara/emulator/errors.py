"""How AvaTax says no: one code, and details that say where and how badly."""

from __future__ import annotations

from aiohttp import web

_STATUSES = {
    "AuthenticationException": 401,
    "AuthorizationException": 403,
    "EntityNotFoundError": 404,
    "RateLimitExceeded": 429,
    "ServerUnreachable": 500,
    "ServiceTimeout": 503,
}
_NUMBERS = {"CannotModifyLockedTransaction": 1100, "EntityNotFoundError": 4, "AuthenticationException": 30, "ValueRequiredError": 5}
FAULTS = ("service_timeout",)


class Refusal(Exception):
    """A request that is turned down. `refers_to`: the field it is about."""

    def __init__(self, code: str, message: str, description: str = "", refers_to: str = ""):
        super().__init__(message)
        self.code, self.message, self.description, self.refers_to = code, message, description, refers_to

    def response(self) -> web.Response:
        """The reply that carries it."""
        detail = {
            "code": self.code,
            "number": _NUMBERS.get(self.code, 0),
            "message": self.message,
            "description": self.description,
            "faultCode": "Client",
            "helpLink": f"http://developer.avalara.com/avatax/errors/{self.code}",
            "refersTo": self.refers_to,
            "severity": "Error",
        }
        target = "HttpRequestHeaders" if self.code.startswith("Auth") else "HttpRequest"
        error = {"code": self.code, "message": self.message, "target": target, "details": [detail]}
        return web.json_response({"error": error}, status=_STATUSES.get(self.code, 400))


def required(field: str) -> Refusal:
    """A field that has to be given is not."""
    return Refusal("ValueRequiredError", f"Field {field} is required.", f"Please provide a value for {field}.", field)


def missing(what: str, key: object) -> Refusal:
    """There is no such thing."""
    return Refusal("EntityNotFoundError", f"{what} not found", f"The {what} with code '{key}' was not found.", "code")


def refuse(kind: str) -> web.Response:
    """AvaTax's wording of a fault: rate_limit, service_timeout, server_error, expired_token."""
    response = _REFUSALS[kind]().response()
    if kind == "rate_limit":
        response.headers["Retry-After"] = "1"
    return response


def not_authenticated() -> Refusal:
    """Account and license key are not known."""
    words = "The user or account could not be authenticated."
    return Refusal("AuthenticationException", "Authentication failed.", words)


_REFUSALS = {
    "rate_limit": lambda: Refusal("RateLimitExceeded", "Your account has exceeded its rate limit.", "Please try again later."),
    "service_timeout": lambda: Refusal("ServiceTimeout", "The service did not answer in time."),
    "server_error": lambda: Refusal("ServerUnreachable", "The server is not reachable.", "Please try again later."),
    "expired_token": not_authenticated,
}
