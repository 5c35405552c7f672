"""How DocuSign says no: `errorCode` and `message`, in HTTP 400 for almost everything."""

from __future__ import annotations

import uuid

from aiohttp import web

FAULTS = ("burst_limit", "maintenance")


class Refusal(Exception):
    """A request that is turned down, in the vendor's code and words."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self) -> web.Response:
        """The reply that carries it."""
        trace = {"X-DocuSign-TraceToken": str(uuid.uuid4())}
        return web.json_response({"errorCode": self.code, "message": self.message}, status=self.status, headers=trace)


def invalid(message: str) -> Refusal:
    """A parameter is wrong."""
    return Refusal("INVALID_REQUEST_PARAMETER", f"The request contained at least one invalid parameter. {message}")


def bad_body(message: str) -> Refusal:
    """The body is not what it should be."""
    return Refusal("INVALID_REQUEST_BODY", f"The request body is missing or improperly formatted. {message}")


def missing(envelope_id: str) -> Refusal:
    """There is no such envelope, or none that the user may see."""
    words = f"The envelope {envelope_id} specified either does not exist or you have no rights to it."
    return Refusal("ENVELOPE_DOES_NOT_EXIST", words, 404)


def too_many_an_hour() -> Refusal:
    """The hourly limit of the account is used up."""
    return Refusal("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of hourly API invocations has been exceeded.")


def too_many_at_once() -> Refusal:
    """The limit of 30 seconds is used up."""
    return Refusal("BURST_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of burst API invocations has been exceeded.", 429)


def refuse(kind: str) -> web.Response:
    """DocuSign's wording of a fault: rate_limit, burst_limit, server_error, maintenance, expired_token."""
    return _REFUSALS[kind]().response()


def not_signed_in() -> Refusal:
    """The token is unknown or has expired."""
    return Refusal("AUTHORIZATION_INVALID_TOKEN", "The access token provided is expired, revoked or malformed.", 401)


_REFUSALS = {
    "rate_limit": too_many_an_hour,
    "burst_limit": too_many_at_once,
    "server_error": lambda: Refusal("INTERNAL_SERVER_ERROR", "An unexpected error occurred.", 500),
    "maintenance": lambda: Refusal("SERVICE_UNAVAILABLE", "The service is down for maintenance.", 503),
    "expired_token": not_signed_in,
}
