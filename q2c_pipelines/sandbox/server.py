"""Serves the company: one loopback port a platform, one for control, and `connections.yaml` to find them by.

Company -> aiohttp applications -> 127.0.0.1.  All in one process and one event loop, so a request never sees half a change.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from q2c_pipelines.sandbox import control, files
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.connections import check, write_connections, write_private
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import ADDRESS, FIRST_PORT

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """Where everything listens."""

    control: str
    platforms: Mapping[str, str]


@asynccontextmanager
async def serving(company: Company, rules: Path, first_port: int = FIRST_PORT, with_files: bool = True) -> AsyncIterator[Served]:
    """Listen until the block is left. The control port is `first_port`, the platforms' follow in sorted order; 0: free ones."""
    check(company.home)
    runners: list[web.AppRunner] = []
    address = company.folder / ADDRESS
    try:
        token, urls = secrets.token_urlsafe(24), {}
        for place, (name, emulator) in enumerate(company.emulators.items(), start=1):
            emulation = company.emulations[name]
            port = first_port and first_port + place
            urls[name] = (
                await _listen(emulator.application(emulation), port, runners)
                if emulator.application
                else await asyncio.to_thread(_serve, emulation.state, port)
            )
            emulation.base_url = urls[name]
        control_url = await _listen(control.application(company, rules, token), first_port, runners)
        served = Served(control_url, urls | (_files(company) if with_files else {}))
        write_connections(company.home, _entries(company, served))
        write_private(address, json.dumps({"url": control_url, "token": token, "pid": os.getpid()}))
        yield served
    finally:
        address.unlink(missing_ok=True)
        for runner in runners:
            await runner.cleanup()


async def _listen(application: web.Application, port: int, runners: list[web.AppRunner]) -> str:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    runners.append(runner)
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        raise SandboxError(
            f"port {port} cannot be used ({error.strerror}); choose others with --port, or free ones with --port 0"
        ) from error
    return f"http://{HOST}:{runner.addresses[0][1]}"


def _serve(state: Any, port: int) -> str:
    """The address of a platform that is a server of its own."""
    try:
        address: str = state.listen(port)
    except OSError as error:
        raise SandboxError(
            f"port {port} cannot be used ({error.strerror}); choose others with --port, or free ones with --port 0"
        ) from error
    return address


def _files(company: Company) -> dict[str, str]:
    drop = files.folder(company.folder).absolute()
    drop.mkdir(parents=True, exist_ok=True)
    company.leave_files()
    return {files.FILE_DROP: f"file://{drop}"}


def _entries(company: Company, served: Served) -> dict[str, Any]:
    entries: dict[str, Any] = {name: {"base_url": url, "credentials": {}} for name, url in served.platforms.items()}
    for name, emulation in company.emulations.items():
        entries[name]["credentials"] = dict(emulation.credentials)
        if settings := company.emulators[name].settings:
            entries[name]["settings"] = {key: _filled_in(value, company, name) for key, value in settings.items()}
    if files.FILE_DROP in entries:
        entries[files.FILE_DROP]["settings"] = files.SETTINGS
    return entries


def _filled_in(template: str, company: Company, platform: str) -> str:
    """A setting, with the currency of the first company that the platform serves."""
    for chain in company.chains:
        if chain.plays(platform):
            return template.replace("{currency}", chain.currency)
    return template
