"""Who may come in, and how much of it: tokens of the sign-in service for about an hour, and service protection limits.

client id and secret -> token -> Authorization: Bearer;  429 with Retry-After beyond 6,000 requests, 1,200 s, 52 at once
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.dynamics365_finance.emulator import errors
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, answer, forbidden, refuse, throttled
from q2c_pipelines.platforms.emulation import Emulation

_LIFE = timedelta(seconds=3599)
_WINDOW = 300.0  # seconds
_OPEN = ("/oauth2/v2.0/token", "/oauth2/token")
_EXEMPT = ("/data/DataManagementDefinitionGroups/", "/api/connector/", "/dmf/")  # data management is not limited
_ENTITIES = {
    "Customers V3": "CustomersV3",
    "Payment terms": "PaymentTerms",
    "Released products V2": "ReleasedProductsV2",
    "Sales order headers V2": "SalesOrderHeadersV2",
    "Sales order lines V2": "SalesOrderLinesV2",
    "Sales invoice headers V2": "SalesInvoiceHeadersV2",
    "Sales invoice lines V2": "SalesInvoiceLinesV2",
    "General journal headers": "LedgerJournalHeaders",
    "General journal lines": "LedgerJournalLines",
    "Customer payment journal headers": "CustomerPaymentJournalHeaders",
    "Customer payment journal lines": "CustomerPaymentJournalLines",
    "Customer payment journal settled invoices": "CustomerPaymentJournalLineSettledInvoices",
    "Ledgers, Fiscal periods, Ledger fiscal periods": "(Ledgers|FiscalPeriods|LedgerFiscalPeriods)",
    "Financial dimension values": "FinancialDimensionValues",
}
RIGHTS = {f"{name}: read": rf"GET /data/{entity}(\(|$)" for name, entity in _ENTITIES.items()}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Limits:
    """Service protection, by user."""

    requests: int = 6000
    seconds: int = 1200
    at_once: int = 52


class Gate:
    """The environment's door."""

    def __init__(self, emulation: Emulation, limits: Limits):
        self._emulation, self._limits = emulation, limits
        self._tokens: dict[str, datetime] = {}
        self._served: deque[tuple[float, float]] = deque()  # when, and the seconds it took
        self._inside = 0

    async def token(self, request: web.Request) -> web.Response:
        """A token for the application that is listed here."""
        form, known = await request.post(), self._emulation.credentials
        if form.get("client_id") != known["client_id"] or request.match_info["tenant"] != known["tenant_id"]:
            return _denied(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != known["client_secret"]:
            return _denied(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        resource = f"{request.scheme}://{request.host}"
        if form.get("grant_type") != "client_credentials" or resource not in (form.get("resource"), _scoped(form.get("scope"))):
            return _denied(400, "invalid_scope", "AADSTS70011: The provided value for the input parameter 'scope' is not valid.")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self._emulation.now() + _LIFE
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token})

    def middleware(self) -> Any:
        """Lets in who holds a live token, within the limits."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.endswith(_OPEN) or request.path.startswith("/dmf/"):
                return await handler(request)
            if not self._holds_token(request):
                return refuse("expired_token")
            try:
                if right := self._emulation.withheld(RIGHTS, request):
                    raise forbidden(right)
                return await self._within_limits(request, handler)
            except Refusal as refusal:
                return answer(refusal)

        return gate

    async def _within_limits(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_EXEMPT):
            return await handler(request)
        began = time.monotonic()
        self._require_room(began)
        self._inside += 1
        try:
            return await handler(request)
        finally:
            self._inside -= 1
            self._served.append((began, time.monotonic() - began))

    def _require_room(self, now: float) -> None:
        while self._served and self._served[0][0] < now - _WINDOW:
            self._served.popleft()
        if self._inside >= self._limits.at_once:
            raise throttled(errors.TOO_MANY_AT_ONCE.format(limit=self._limits.at_once))
        if len(self._served) >= self._limits.requests:
            raise throttled(errors.TOO_MANY.format(limit=self._limits.requests))
        if sum(took for _, took in self._served) >= self._limits.seconds:
            raise throttled(errors.TOO_LONG.format(limit=self._limits.seconds))

    def _holds_token(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        expires = self._tokens.get(token) if scheme.lower() == "bearer" else None
        return expires is not None and self._emulation.now() < expires


def _scoped(scope: object) -> str:
    return str(scope or "").removesuffix("/.default")


def _denied(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description, "error_codes": []}, status=status)
