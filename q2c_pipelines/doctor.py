"""Is everything there that a cycle needs: configuration, credentials, reach and permission of every platform.

It reads the first page of each table, and all of a platform's first: the ways that deletes are read have permissions of their own.
It keeps nothing; what fails is told with its remedy.
"""

from __future__ import annotations

import re
import socket
import textwrap
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from q2c_pipelines import linking, rights, seeds
from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.canonical.identity import overrides
from q2c_pipelines.config import ConfigError, Settings, connection, connections
from q2c_pipelines.mismatches import alerts, rules
from q2c_pipelines.mismatches.triage import InvalidTriage, load_triage
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table, part_of
from q2c_pipelines.quality import suites
from q2c_pipelines.rights import Refusal, to_the_end

_PATIENCE = 10  # seconds that a platform has to answer
_JOB_PATIENCE = 60  # seconds that it has for a job, a query that runs by itself
_NOT_IT = (404, 405)  # something else than the platform answered
_HERE = ("127.0.0.1", "::1", "localhost")  # where a sandbox is served
_NAME = re.compile("[a-z_]{1,30}")
_NAMED = 3  # tables of one finding that are named


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; where it is not well, `fault` says how in a word, and `remedy` what is wrong and what to do.

    `tried`: the last request, as method and path or as the platform's wire words it; `tables`: those that it is about.
    """

    where: str
    what: str
    is_well: bool
    remedy: str = ""
    fault: str = "missing"
    tried: str = ""
    tables: tuple[str, ...] = ()


def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, the installation first, then each platform; platforms are asked side by side."""
    found = list(_installation(settings))
    if not settings.connections_file.exists():
        remedy = "start the sandbox (q2c sandbox serve), which writes it, or write it for your platforms (docs/reference.md)"
        return [*found, Finding("connections", f"{settings.connections_file} does not exist", False, remedy)]
    found += _left_out(settings)
    with ThreadPoolExecutor(max(1, len(settings.enabled))) as pool:
        for each in pool.map(lambda platform: list(of_platform(settings, platform)), settings.enabled):
            found += each
    return found


def _installation(settings: Settings) -> Iterator[Finding]:
    companies, platforms = _group(settings)
    declared: dict[str, Callable[[], object]] = {
        "seeds": lambda: _check_seeds(settings),
        "policy": lambda: load_policy(settings.policy, companies, platforms),
        "ownership": lambda: load_ownership(settings.seeds),
        "matching": lambda: linking.rules(settings),
        "rules": rules.load_all,
        "cases": lambda: load_triage(settings.cases, companies, rules.codes(), platforms),
        "expectations": lambda: suites.load(suites.EXPECTATIONS),
    }
    for name, load in declared.items():
        try:
            load()
            yield Finding(name, "can be used", True)
        except (ValueError, OSError) as error:
            yield Finding(name, "cannot be used", False, str(error))
    yield from _channels(settings)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        Store(settings.operations_url).close()
        yield Finding("operations store", "opens", True)
    except Exception as error:  # whatever a database driver raises is the finding
        yield Finding("operations store", "does not open", False, f"check Q2C_OPERATIONS: {error}")


def _check_seeds(settings: Settings) -> None:
    seeds.check(settings.seeds)
    overrides.load(settings.seeds)


def _group(settings: Settings) -> tuple[set[str] | None, set[str] | None]:
    """The companies and the platforms that there are; nobody knows where the seeds cannot be used, which is told by itself."""
    with suppress(ConfigError):
        seeds.check(settings.seeds)
        return seeds.group(settings)
    return None, None


def _channels(settings: Settings) -> Iterator[Finding]:
    """Who cannot be told of cases, and who never is; a name that no channel can have may be an address, and is not shown."""
    with suppress(InvalidTriage):  # which is told by itself
        named = {each.channel for each in load_triage(settings.cases).alerts}
        for name, url in sorted(settings.alerts.items()):
            what = f"channel {name if name in named or _NAME.fullmatch(name) else '(not shown)'}"
            if not alerts.is_address(url):
                yield Finding("alerts", what, False, alerts.NO_ADDRESS, "unknown")
            elif name not in named:
                has = f"it names {', '.join(sorted(named)) or 'none'}"
                remedy = (
                    f"no rule of alerts in {settings.cases} names it, so it is told nothing; {has}. Mend it there or in Q2C_ALERTS"
                )
                yield Finding("alerts", what, False, remedy, "unused")
            else:
                yield Finding("alerts", what, True)
        if lacking := sorted(named - set(settings.alerts)):
            remedy = f"{settings.cases} would tell them, and Q2C_ALERTS does not say where they are"
            yield Finding("alerts", f"{', '.join(lacking)}: told nothing", True, remedy)


def _left_out(settings: Settings) -> Iterator[Finding]:
    """What is in connections.yaml and nobody reads."""
    with suppress(ConfigError):
        if names := sorted(set(connections(settings)) - set(settings.platforms)):
            remedy = (
                f"no role of the seed systems is played by it ({settings.seeds / 'systems.csv'}), or Q2C_PLATFORMS leaves it out"
            )
            yield Finding("connections", f"{', '.join(names)}: not enabled", True, remedy)


def of_platform(settings: Settings, platform: Platform) -> Iterator[Finding]:
    """What was looked at of one platform."""
    try:
        known = connection(settings, platform.name)
    except ConfigError as error:
        yield Finding(platform.name, "connection", False, str(error), "to be mended")
        return
    yield from _unknown(settings, platform, known)
    missing, unsaid = platform.missing(known.credentials), list(_unsaid(settings, platform, known))
    for name in missing:
        remedy = f"add credentials.{name} ({platform.credentials[name].doc}) under {platform.name} in {settings.connections_file}"
        yield Finding(platform.name, f"credential {name}", False, remedy)
    if not missing:
        if platform.credentials:
            yield Finding(platform.name, "credentials are given", True)
        yield from unsaid or _reading(settings, platform, known)


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
    """Whether each table answers, and what can be known of the rights to write."""
    refused: dict[str, Refusal] = {}
    try:
        with Client(platform, known, attempts=1, timeout=_PATIENCE, job_patience=_JOB_PATIENCE) as client:
            asked = _asked(client, platform.placed(known.settings), refused)
            is_stranger, tried, notes = client.is_login_refused, client.tried, tuple(client.notes)
            is_there = not (is_stranger or _is_nobody(asked, refused))
            told = _told(client, platform, known) if is_there else []
    except Exception as error:  # what is no answer of this platform, or no key at all, fails in ways of its own
        how = textwrap.shorten(f"{type(error).__name__}: {error}", 200)
        remedy = f"{platform.title} cannot be asked, or this is not how it answers ({how}). Check {_names(platform, known)}, and "
        yield Finding(platform.name, "read", False, remedy + _where(settings, known), "failed")
        return
    if is_stranger:
        said = next(iter(refused.values()))
        yield Finding(platform.name, "log in", False, _let_in(platform, known, said.error), "refused", said.tried)
        return
    lacking = rights.lacking(platform, refused, told if isinstance(told, list) else [])
    for (_, lacks), tables in lacking.items():
        said = refused[tables[0]]
        fault = "refused" if isinstance(said.error, Terminal) and not _is_not_it(said.error) else "failed"
        remedy = _remedy(settings, known, said.error, lacks)
        yield Finding(platform.name, f"read {_listed(tables)}", False, remedy, fault, said.tried, tuple(tables))
    for note in notes:
        yield Finding(platform.name, "state", False, note, "to be looked at")
    if read := len(asked) - len(refused):
        yield Finding(platform.name, f"{read} of {len(platform.tables)} tables can be read", True, tried=tried)
    if is_there:
        yield from _writing(platform, told, rights.maybe_missing(lacking))


def _asked(client: Client, platform: Platform, refused: dict[str, Refusal]) -> list[str]:
    """The tables that were asked. A refused login ends it, as more of them could lock the account; so does what is no platform."""
    source = part_of(platform.name, "source")
    asked = []
    first = to_the_end(platform)
    for table in platform.tables.values():
        asked.append(table.name)
        try:
            if hasattr(source, "glance"):
                source.glance(client, platform, table)
            pages = _recent(client, platform, table, source)
            next(pages, None)
            if table.name == first:
                deque(pages, maxlen=0)
        except PlatformError as error:
            refused[table.name] = Refusal(error, client.tried)
            if client.is_login_refused or _is_nobody(asked, refused):
                break
    return asked


def _told(client: Client, platform: Platform, known: Connection) -> list[rights.Told] | PlatformError:
    """What the vendor tells of rights, or why it does not."""
    try:
        return list(rights.told(client, platform, known))
    except PlatformError as error:
        return error


def _writing(platform: Platform, told: list[rights.Told] | PlatformError, is_said: set[str]) -> Iterator[Finding]:
    """What can be known of the rights to write without writing: what is missing, and what nothing tells."""
    wanted = platform.to_write
    if isinstance(told, PlatformError):
        remedy = f"{_sentence(told)}. It takes: {_with_commands(wanted)}"
        yield Finding(platform.name, "writing: cannot be looked up", True, remedy)
        return
    for each in told:
        if each.missing and each.right not in is_said:
            yield _lack(platform, each)
    untold = {right: commands for right, commands in wanted.items() if right not in {each.right for each in told}}
    if told:
        done = f"writing: {len(wanted) - len(untold)} of {len(wanted)} rights looked up"
        yield Finding(platform.name, done, True, tried=told[-1].tried)
    if untold:
        remedy = f"nothing tells it without writing; it takes: {_with_commands(untold)}"
        yield Finding(platform.name, f"writing: {len(untold)} of {len(wanted)} rights not tried", True, remedy)


def _lack(platform: Platform, told: rights.Told) -> Finding:
    """The finding about a right that is known to be missing, as a whole or in parts."""
    commands = platform.to_write.get(told.right)
    named = told.right if told.missing == (told.right,) else f"{told.right} ({', '.join(told.missing)})"
    if not commands:
        return Finding(platform.name, "a right to read", False, f"lacks to read: {named}", tried=told.tried)
    used = f"lacks to write: {named}, for {', '.join(commands)}. Where it is left so, they are refused and go to a person"
    return Finding(platform.name, "a right to write", False, used, tried=told.tried)


def _with_commands(wanted: dict[str, list[str]]) -> str:
    return "; ".join(f"{right} ({', '.join(commands)})" for right, commands in wanted.items())


def _recent(client: Client, platform: Platform, table: Table, source: Any) -> Iterator[Page]:
    """The pages of what changed from now on: hardly any; of the whole table where that cannot be asked for."""
    since = (client.server_time or datetime.now(UTC)) if table.cursor else None
    return iter(source.pages(client, platform, table, Window(since)))


def _remedy(settings: Settings, known: Connection, error: PlatformError, lacking: tuple[str, ...]) -> str:
    said = _sentence(error)
    if isinstance(error, Unauthorized):
        return f"{said}. Lacks{' one of' if len(lacking) > 1 else ''}: {'; '.join(lacking)}"
    if _is_unknown_host(error):
        return f"no host of the name {_host(known)} is known: {_where(settings, known)}, and that this machine can look names up"
    if _is_not_it(error):
        served = " (the sandbox: q2c sandbox serve)" if _host(known) in _HERE else ""
        return f"{said}. Is the platform up{served}? If so, {_where(settings, known)}"
    return f"{said}. It may pass; try again later" if isinstance(error, Transient) else said


def _let_in(platform: Platform, known: Connection, error: PlatformError) -> str:
    """What to do about a refused login: rights come after it, and are no matter of it."""
    return f"{_sentence(error)}. Check {_names(platform, known)}"


def _sentence(error: PlatformError) -> str:
    """The vendor's words as one line."""
    return " ".join(str(error).split()).rstrip(".")


def _is_nobody(asked: list[str], refused: dict[str, Refusal]) -> bool:
    """Whether the first table was answered by nobody, or by something else than the platform."""
    return asked[:1] == list(refused) and _is_not_it(refused[asked[0]].error)


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
