"""The sandbox's own API, on its own port: move the clock, inject a fault, plant a break, tell the truth.

A token that only the owner of the home can read guards it; `remote.py` calls it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Fault
from q2c_pipelines.sandbox import plants
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import FAULTS

_Call = Callable[[dict[str, Any]], Any]


def application(company: Company, rules: Path, token: str) -> web.Application:
    """The control API over a running company."""
    calls: dict[str, _Call] = {
        "status": lambda _: _status(company),
        "advance": lambda body: {"now": company.advance(timedelta(seconds=body["seconds"])).isoformat()},
        "fault": lambda body: _fault(company, body),
        "clear": lambda body: _clear(company, body),
        "change": lambda body: _change(company, **body),
        "plant": lambda body: plants.planted(company, rules, body.get("rules") or plants.known(rules), body.get("count", 1)),
        "truth": lambda _: plants.truth(company.memory),
        "effects": lambda _: company.effects(),
    }

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {token}":
            return web.json_response({"error": "the token of this sandbox is in its home folder"}, status=401)
        call = calls.get(request.match_info["name"])
        if call is None:
            return web.json_response({"error": f"no such call; there are {', '.join(calls)}"}, status=404)
        return web.json_response(call(await request.json()), dumps=lambda value: json.dumps(value, default=str))

    served = web.Application(middlewares=[_explained])
    served.router.add_post("/{name}", answer)
    return served


@web.middleware
async def _explained(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    try:
        return await handler(request)
    except SandboxError as error:
        return web.json_response({"error": str(error)}, status=400)


def _status(company: Company) -> dict[str, Any]:
    platforms = {
        name: {"url": it.base_url, "faults": [asdict(fault) for fault in it.faults]} for name, it in company.emulations.items()
    }
    return {"now": company.now.isoformat(), "seed": company.size.seed, "deals": company.size.deals, "platforms": platforms}


def _fault(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    platform = body.pop("platform", "")
    emulation = company.emulation(platform)
    allowed = {field.name for field in fields(Fault)}
    if unknown := sorted(set(body) - allowed):
        raise SandboxError(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(allowed))}")
    fault = Fault(**body)
    if fault.kind not in (known := (*FAULTS, *company.emulators[platform].faults)):
        raise SandboxError(f"{platform} has no fault {fault.kind!r}; there are {', '.join(known)}")
    if fault.kind == "schema_change" and not (fault.table and fault.column and fault.change):
        raise SandboxError("a schema_change needs a table, a column and a change (drop, retype or add)")
    emulation.faults.append(fault)
    return asdict(fault)


def _change(
    company: Company, platform: str, table: str, key: str, values: dict[str, Any], minutes_late: float = 0
) -> dict[str, Any]:
    """Change one record as if by hand on the platform; late: committed now, but stamped with the time it began."""
    state = company.emulation(platform).state
    try:
        return state.update(table, key, values, company.now - timedelta(minutes=minutes_late), by="sandbox")
    except KeyError as error:
        raise SandboxError(f"{platform} has no {error.args[0]}; its records are in {company.folder / platform}.sqlite") from None
    except sqlite3.Error as error:
        raise SandboxError(f"{platform}: {error}; its tables are in {company.folder / platform}.sqlite") from error


def _clear(company: Company, body: dict[str, Any]) -> dict[str, int]:
    names = [body["platform"]] if body.get("platform") else list(company.emulations)
    cleared = {name: len(company.emulation(name).faults) for name in names}
    for name in names:
        company.emulation(name).faults.clear()
    return cleared
