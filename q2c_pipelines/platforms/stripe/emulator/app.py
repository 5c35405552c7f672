"""The account as a web application: its gateway, and behind it the operations, each all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, middleware
from q2c_pipelines.platforms.stripe.emulator import access, cycles, invoice_steps
from q2c_pipelines.platforms.stripe.emulator.call import Call, Operation, called
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, refuse
from q2c_pipelines.platforms.stripe.emulator.events import expire
from q2c_pipelines.platforms.stripe.emulator.expanding import expanded
from q2c_pipelines.platforms.stripe.emulator.operations import OPERATIONS

CREDENTIALS = {"api_key": "rk_test_{secret}"}


def application(emulation: Emulation) -> web.Application:
    """The account's HTTP."""
    access.release(emulation)
    app = web.Application(middlewares=[middleware(emulation, refuse), *access.middlewares(emulation)])
    app[access.GATEWAY] = access.Gateway()
    for method, path, operation in OPERATIONS:
        app.router.add_route(method, f"/v1/{path}", _handler(emulation, operation))
    return app


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """What time does by itself: subscriptions go on or end, drafts are finalised, old events are forgotten."""
    cycles.advance(emulation, after)
    invoice_steps.advance(emulation, after)
    expire(emulation.state, after)


def _handler(emulation: Emulation, operation: Operation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        call = await called(emulation, request)
        try:
            body = _executed(call, operation)
        except sqlite3.Error as broken:
            raise StripeError(500, f"An unexpected error occurred: {broken}", type="api_error") from broken
        return web.Response(body=orjson.dumps(_in_mode(body, emulation)), content_type="application/json")

    return handle


def _executed(call: Call, operation: Operation) -> Row:
    """What the operation answers. A refusal that came of executing, like a declined card, keeps what was done until then."""
    with call.state.transaction():
        try:
            return expanded(call, operation(call))
        except StripeError as no:
            if no.before_execution:
                raise
            refused = no
    raise refused


def _in_mode(body: Row, emulation: Emulation) -> Row:
    """The body with `livemode` as the key's prefix says."""
    is_live = "_live_" in emulation.credentials["api_key"]
    return _live(body) if is_live else body


def _live(value: Any) -> Any:
    if isinstance(value, list):
        return [_live(each) for each in value]
    if isinstance(value, dict):
        return {name: True if name == "livemode" else _live(each) for name, each in value.items()}
    return value
