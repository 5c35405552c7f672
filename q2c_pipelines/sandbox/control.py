"""The sandbox's own API, on its own port: move the clock, inject a fault, plant a break, tell the truth.

A token that only the owner of the home can read guards it; `remote.py` calls it. What cannot be understood is answered with 400
and why, and changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from q2c_pipelines.sandbox import faults, plants, spread
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.errors import SandboxError

_LONGEST = timedelta(days=3660).total_seconds()  # the company's future is made as the clock goes through it


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class _Advance(_Asked):
    seconds: float


class _Change(_Asked):
    platform: str
    table: str
    key: str | int
    values: dict[str, Any] = Field(min_length=1)
    minutes_late: float = Field(default=0, ge=0, le=_LONGEST / 60)


class _Plant(_Asked):
    rules: list[str] | None = None
    count: int = 1
    chain: str = ""


class _Spread(_Asked):
    share: float


class _Clear(_Asked):
    platform: str = ""


def application(company: Company, rules: Path, token: str) -> web.Application:
    """The control API over a running company."""
    calls: dict[str, Callable[[dict[str, Any]], Any]] = {
        "status": lambda _: _status(company),
        "advance": lambda body: _advance(company, _Advance(**body)),
        "fault": lambda body: _fault(company, body),
        "clear": lambda body: _clear(company, _Clear(**body)),
        "change": lambda body: _change(company, _Change(**body)),
        "plant": lambda body: _plant(company, rules, _Plant(**body)),
        "spread": lambda body: spread.spread(company, rules, _Spread(**body).share),
        "truth": lambda _: plants.truth(company),
        "effects": lambda _: company.effects(),
    }

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {token}":
            return web.json_response({"error": "the token of this sandbox is in its home folder"}, status=401)
        call = calls.get(request.match_info["name"])
        if call is None:
            return web.json_response({"error": f"no such call; there are {', '.join(calls)}"}, status=404)
        return web.json_response(call(_body(await request.read())), dumps=lambda value: json.dumps(value, default=str))

    served = web.Application(middlewares=[_explained])
    served.router.add_post("/{name}", answer)
    return served


@web.middleware
async def _explained(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return web.json_response({"error": f"{request.match_info['name']}: {wrong}"}, status=400)
    except SandboxError as error:
        return web.json_response({"error": str(error)}, status=400)


def _body(sent: bytes) -> dict[str, Any]:
    try:
        body = json.loads(sent, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise SandboxError(f"the body of a call is a JSON object: {error}") from error
    if not isinstance(body, dict):
        raise SandboxError("the body of a call is a JSON object, with a name for each value")
    return body


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number")
    return number


def _status(company: Company) -> dict[str, Any]:
    platforms = {
        name: {"url": it.base_url, "faults": [asdict(fault) for fault in it.faults]} for name, it in company.emulations.items()
    }
    return {"now": company.now.isoformat(), "seed": company.size.seed, "deals": company.size.deals, "platforms": platforms}


def _advance(company: Company, asked: _Advance) -> dict[str, str]:
    if not 0 < asked.seconds <= _LONGEST:
        raise SandboxError("the clock only moves forward, and at most ten years at a time")
    return {"now": company.advance(timedelta(seconds=round(asked.seconds))).isoformat()}


def _plant(company: Company, rules: Path, asked: _Plant) -> list[dict[str, Any]]:
    return plants.planted(company, rules, asked.rules or None, asked.count, asked.chain)


def _fault(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    return asdict(faults.strike(company, str(body.pop("platform", "")), body))


def _change(company: Company, asked: _Change) -> dict[str, Any]:
    """Change one record as if by hand on the platform; late: committed now, but stamped with the time it began."""
    state, file = company.holder(asked.platform, asked.table), company.file(asked.platform)
    stamped, key = company.now - timedelta(minutes=asked.minutes_late), state.key(asked.table)
    if key.lower() in map(str.lower, asked.values):
        raise SandboxError(f"{asked.platform}: {key} is the key of {asked.table}, and a record keeps its key")
    try:
        return state.update(asked.table, asked.key, asked.values, stamped, by="sandbox")
    except KeyError as error:
        raise SandboxError(f"{asked.platform} has no {error.args[0]}; its records are in {file}") from None
    except state.Error as error:
        raise SandboxError(f"{asked.platform}: {error}; its tables are in {file}") from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise SandboxError(f"{asked.platform} cannot keep these values of {asked.table} {asked.key}: {error}") from error


def _clear(company: Company, asked: _Clear) -> dict[str, int]:
    names = [asked.platform] if asked.platform else list(company.emulations)
    cleared = {name: len(company.emulation(name).faults) for name in names}
    for name in names:
        company.emulation(name).faults.clear()
        if name in company.emulators:
            company.emulators[name].mend(company.emulation(name))
    return cleared
