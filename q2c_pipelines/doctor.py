"""Is everything there that a cycle needs: configuration, credentials, reach and permission of every platform.

It reads the first page of each table, and all of a platform's first: the ways that deletes are read have permissions of their own.
It keeps nothing; what fails is told with its remedy.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.config import ConfigError, Settings, connection
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table, part_of
from q2c_pipelines.quality import suites

_PATIENCE = 10  # seconds that a platform has to answer
_JOB_PATIENCE = 60  # seconds that it has for a job, a query that runs by itself
_NOT_IT = (404, 405)  # something else than the platform answered
_HERE = ("127.0.0.1", "::1", "localhost")  # where a sandbox is served
_NAME = re.compile("[a-z_]{1,30}")
_NAMED = 3  # tables of one finding that are named


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; where it is not well, `fault` says how in a word, and `remedy` what is wrong and what to do."""

    where: str
    what: str
    is_well: bool
    remedy: str = ""
    fault: str = "missing"


def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, the installation first, then each platform; platforms are asked side by side."""
    found = list(_installation(settings))
    if not settings.connections_file.exists():
        remedy = "start the sandbox (q2c sandbox serve), which writes it, or write it for your platforms (docs/reference.md)"
        return [*found, Finding("connections", f"{settings.connections_file} does not exist", False, remedy)]
    with ThreadPoolExecutor(max(1, len(settings.enabled))) as pool:
        for each in pool.map(lambda platform: list(_platform(settings, platform)), settings.enabled):
            found += each
    return found


def _installation(settings: Settings) -> Iterator[Finding]:
    declared: dict[str, Callable[[], object]] = {
        "policy": lambda: load_policy(settings.policy),
        "ownership": lambda: load_ownership(settings.seeds),
        "rules": rules.load_all,
        "expectations": lambda: suites.load(suites.EXPECTATIONS),
    }
    for name, load in declared.items():
        try:
            load()
            yield Finding(name, "can be used", True)
        except (ValueError, OSError) as error:
            yield Finding(name, "cannot be used", False, str(error))
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        Store(settings.operations_url).close()
        yield Finding("operations store", "opens", True)
    except Exception as error:  # whatever a database driver raises is the finding
        yield Finding("operations store", "does not open", False, f"check Q2C_OPERATIONS: {error}")


def _platform(settings: Settings, platform: Platform) -> Iterator[Finding]:
    try:
        known = connection(settings, platform.name)
    except ConfigError as error:
        yield Finding(platform.name, "connection", False, str(error))
        return
    yield from _unknown(settings, platform, known)
    missing = platform.missing(known.credentials)
    for name in missing:
        remedy = f"add credentials.{name} ({platform.credentials[name].doc}) under {platform.name} in {settings.connections_file}"
        yield Finding(platform.name, f"credential {name}", False, remedy)
    if not missing:
        if platform.credentials:
            yield Finding(platform.name, "credentials are given", True)
        yield from _unsaid(settings, platform, known)
        yield from _reading(settings, platform, known)


def _unknown(settings: Settings, platform: Platform, known: Connection) -> Iterator[Finding]:
    """The credentials that the platform does not have; what does not look like a name may be a secret, and is not shown."""
    for name in sorted(set(known.credentials) - set(platform.credentials)):
        told = name if _NAME.fullmatch(name) else "(not shown)"
        has = f"it has {', '.join(platform.credentials)}" if platform.credentials else "it has none"
        remedy = f"{platform.name} has no such credential; {has}. Mend or remove it in {settings.connections_file}"
        yield Finding(platform.name, f"credential {told}", False, remedy, "unknown")


def _unsaid(settings: Settings, platform: Platform, known: Connection) -> Iterator[Finding]:
    """The settings that have to be given and are not."""
    for name in platform.lacking(known.settings):
        remedy = f"add settings.{name} ({platform.settings[name].doc}) under {platform.name} in {settings.connections_file}"
        yield Finding(platform.name, f"setting {name}", False, remedy)


def _reading(settings: Settings, platform: Platform, known: Connection) -> Iterator[Finding]:
    """Whether each table answers; tables that fail for one reason are one finding."""
    errors: dict[str, PlatformError] = {}
    try:
        with Client(platform, known, attempts=1, timeout=_PATIENCE, job_patience=_JOB_PATIENCE) as client:
            asked = _asked(client, platform.placed(known.settings), errors)
            is_stranger = client.is_login_refused
            notes = tuple(client.notes)
    except Exception as error:  # what is no answer of this platform, or no key at all, fails in ways of its own
        how = f"{type(error).__name__}: {error}"[:200]
        remedy = f"{platform.title} cannot be asked, or this is not how it answers ({how}). Check {_names(platform, known)}, and "
        yield Finding(platform.name, "read", False, remedy + _where(settings, known), "failed")
        return
    reasons: dict[str, list[str]] = {}
    for table, refused in errors.items():
        reasons.setdefault(str(refused).rpartition(": ")[2], []).append(table)
    for tables in reasons.values():
        said = errors[tables[0]]
        what = "log in" if is_stranger else f"read {_listed(tables)}"
        fault = "refused" if isinstance(said, Terminal) and not _is_not_it(said) else "failed"
        remedy = _let_in(platform, known, said) if is_stranger else _remedy(settings, platform, known, said)
        yield Finding(platform.name, what, False, remedy, fault)
    for note in notes:
        yield Finding(platform.name, "state", False, note, "to be looked at")
    if read := len(asked) - len(errors):
        yield Finding(platform.name, f"{read} of {len(platform.tables)} tables can be read", True)


def _asked(client: Client, platform: Platform, errors: dict[str, PlatformError]) -> list[str]:
    """The tables that were asked. A first refusal ends it: more of them could lock the account."""
    source = part_of(platform.name, "source")
    asked = []
    to_the_end = next((table for table in platform.tables.values() if table.cursor), None)
    for table in platform.tables.values():
        asked.append(table.name)
        try:
            pages = _recent(client, platform, table, source)
            next(pages, None)
            if table is to_the_end:
                deque(pages, maxlen=0)
        except PlatformError as error:
            errors[table.name] = error
            if len(asked) == len(errors) and (isinstance(error, Unauthorized) or _is_not_it(error)):
                break
    return asked


def _recent(client: Client, platform: Platform, table: Table, source: Any) -> Iterator[Page]:
    """The pages of what changed from now on: hardly any; of the whole table where that cannot be asked for."""
    since = (client.server_time or datetime.now(UTC)) if table.cursor else None
    return iter(source.pages(client, platform, table, Window(since)))


def _remedy(settings: Settings, platform: Platform, known: Connection, error: PlatformError) -> str:
    said = str(error).rstrip(".")
    rights = "; ".join(platform.least_privilege)
    if isinstance(error, Unauthorized):
        return f"{said}. It takes {_names(platform, known)} of a user with these rights: {rights}"
    if _is_unknown_host(error):
        return f"no host of the name {_host(known)} is known: {_where(settings, known)}, and that this machine can look names up"
    if _is_not_it(error):
        served = " (the sandbox: q2c sandbox serve)" if _host(known) in _HERE else ""
        return f"{said}. Is the platform up{served}? If so, {_where(settings, known)}"
    if isinstance(error, Transient):
        return f"{said}. It may pass; try again later"
    return f"{said}. It takes a user with these rights: {rights}"


def _let_in(platform: Platform, known: Connection, error: PlatformError) -> str:
    """What to do about a refused login: rights come after it, and are no matter of it."""
    return f"{str(error).rstrip('.')}. Check {_names(platform, known)}"


def _is_not_it(error: PlatformError) -> bool:
    """Whether nothing answered, or something else than the platform."""
    return error.status in _NOT_IT or not (error.status or error.code)


def _is_unknown_host(error: BaseException | None) -> bool:
    """Whether it began with a name that cannot be looked up."""
    return error is not None and (isinstance(error, socket.gaierror) or _is_unknown_host(error.__cause__ or error.__context__))


def _host(known: Connection) -> str:
    return httpx.URL(known.base_url).host


def _names(platform: Platform, known: Connection) -> str:
    given = [name for name in platform.credentials if name in known.credentials]
    return f"the credentials {', '.join(given)}" if given else "what is behind it"


def _where(settings: Settings, known: Connection) -> str:
    return f"check base_url ({known.base_url}) in {settings.connections_file}"


def _listed(tables: list[str]) -> str:
    return ", ".join(tables[:_NAMED]) + (f" and {len(tables) - _NAMED} more" if len(tables) > _NAMED else "")
