"""How the pretended tenant words its answers: values on the wire, successes, and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.zuora.emulator.schema import Kind

TENANT_ZONE = timezone(timedelta(hours=-8))  # a tenant answers in its own zone, not in UTC

ORDERS, PAYMENTS, ACCOUNTS, JOURNALS, READS = "531000", "582000", "501000", "520000", "500000"  # resources, as codes begin
INVALID_VALUE, UNKNOWN_FIELD, MISSING_FIELD, BAD_PARAMETER = "20", "21", "22", "27"  # categories, as codes end
RULE, NOT_FOUND, MALFORMED = "30", "40", "90"
LOCKED = f"{READS}50"


class Refused(Exception):
    """The tenant says no; rolls back what the request had done so far."""

    def __init__(self, code: str, message: str, status: int = 200):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def wire(kind: Kind | None, value: Any) -> Any:
    """A stored value as JSON shows it."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    return on_the_clock(value) if kind == "datetime" else value


def on_the_clock(stamp: str) -> str:
    """A stored UTC stamp in the tenant's zone, with its offset."""
    return datetime.fromisoformat(stamp).astimezone(TENANT_ZONE).isoformat()


def stored_stamp(text: str) -> str:
    """A time as a caller writes it (with offset, Z, or a blank for T), as it is stored: UTC to the second."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" +", "+").replace(" -", "-"))
    except ValueError as error:
        raise Refused(f"{READS}{BAD_PARAMETER}", f"Not a time: {text}.", 400) from error
    return f"{(at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)


def done(**values: Any) -> web.Response:
    """A success in the manner of the v1 operations."""
    return answer({"success": True} | values)


def refusal(code: str, message: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A failure in the manner of the v1 operations: HTTP 200 unless the gateway itself refuses."""
    reasons = [{"code": int(code), "message": message}]
    body = {"success": False, "processId": uuid.uuid4().hex[:16].upper(), "reasons": reasons}
    return answer(body, status, headers)


def crud_refusal(code: str, message: str, status: int = 200) -> web.Response:
    """A failure in the manner of /v1/object and /v1/action, which capitalise their keys."""
    return answer({"Success": False, "Errors": [{"Code": code, "Message": message}]}, status)


def refuse(kind: str) -> web.Response:
    """The vendor's wording of a fault that the gateway reports."""
    return _GATEWAY[kind]()


def too_many_requests(limit: int = 50_000, reset: int = 1) -> web.Response:
    headers = {"ratelimit-limit": str(limit), "ratelimit-remaining": "0", "ratelimit-reset": str(reset)}
    message = f"API Rate limit exceeded for the minute. Limit: {limit}"
    return answer({"reasons": [{"code": 70, "message": message}]}, 429, headers)


def too_many_at_once(kind: str, limit: int) -> web.Response:
    headers = {
        "Concurrency-Limit-Type": kind,
        "Concurrency-Limit-Limit": str(limit),
        "Concurrency-Limit-Remaining": "0",
        "Retry-After": "120",
    }
    message = f"Too many concurrent requests for limit type {kind}."
    return answer({"reasons": [{"code": 50000070, "message": message}]}, 429, headers)


def unauthorized() -> web.Response:
    return refusal("90000011", "this resource is protected, please sign in first", 401)


def forbidden(right: str) -> web.Response:
    """The user's role does not hold this permission."""
    return refusal(f"{READS}10", f"You do not have permission to access this resource: {right}.", 403)


_GATEWAY: dict[str, Callable[[], web.Response]] = {
    "rate_limit": too_many_requests,
    "server_error": lambda: refusal("50000060", "An internal error occurred.", 500),
    "expired_token": unauthorized,
}


def found(row: Row | None, what: str, key: str, resource: str = READS) -> Row:
    """The row, or the vendor's refusal that names the key that leads nowhere."""
    if row is None:
        raise Refused(f"{resource}{NOT_FOUND}", f"Cannot find entity by key: '{key}' ({what}).")
    return row
