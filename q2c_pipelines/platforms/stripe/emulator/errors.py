"""How Stripe says no: one error body, an advice on retrying, and whether the refusal came before anything was executed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import orjson
from aiohttp import web


class StripeError(Exception):
    """A refusal. Those from before execution are not remembered under an Idempotency-Key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        type: str = "invalid_request_error",
        param: str = "",
        decline_code: str = "",
        headers: Mapping[str, str] | None = None,
        before_execution: bool = False,
    ):
        super().__init__(message)
        said = {"type": type, "code": code, "message": message, "param": param, "decline_code": decline_code}
        self.body = {name: value for name, value in said.items() if value}
        if code:
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        self.status, self.before_execution, self._headers = status, before_execution, dict(headers or {})

    def response(self) -> web.Response:
        """The reply that carries it."""
        retry = "true" if self.status in (409, 429) or self.status >= 500 else "false"
        return web.Response(
            status=self.status,
            body=orjson.dumps({"error": self.body}),
            content_type="application/json",
            headers={"Stripe-Should-Retry": retry} | self._headers,
        )


def invalid(message: str, code: str = "", param: str = "") -> StripeError:
    """A parameter is wrong: refused before execution."""
    return StripeError(400, message, code=code, param=param, before_execution=True)


def missing(kind: str, key: str, param: str = "id", status: int = 404) -> StripeError:
    """The object named by a path (404) or by a parameter (400) is not there."""
    return StripeError(status, f"No such {kind}: '{key}'", code="resource_missing", param=param, before_execution=status == 400)


def money(amount: int, currency: str) -> str:
    """An amount in the smallest unit as the vendor's messages write it: $60.00."""
    digits = 0 if currency in _WHOLE else 2
    return f"{_SIGNS.get(currency, currency.upper() + ' ')}{Decimal(amount).scaleb(-digits):,.{digits}f}"


def refuse(kind: str) -> web.Response:
    """Stripe's wording of a fault: rate_limit, lock_timeout, server_error, expired_token."""
    return _REFUSALS[kind]().response()


FAULTS = ("lock_timeout",)
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$"}
_WHOLE = {"jpy", "krw", "vnd", "clp"}  # currencies without a smaller unit, as far as they are met here
_REFUSALS = {
    "rate_limit": lambda: StripeError(
        429, "Too many requests hit the API too quickly.", code="rate_limit", headers={"Stripe-Rate-Limited-Reason": "global-rate"}
    ),
    "lock_timeout": lambda: StripeError(
        429,
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.",
        code="lock_timeout",
        headers={"Stripe-Rate-Limited-Reason": "resource-specific"},
    ),
    "server_error": lambda: StripeError(500, "An unexpected error occurred. We have been notified.", type="api_error"),
    "expired_token": lambda: StripeError(401, "Expired API Key provided: rk_****", code="api_key_expired"),
}
