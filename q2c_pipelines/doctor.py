"""Is everything there that a cycle needs: configuration, credentials, reach and permission of every platform."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from q2c_pipelines.actions.policy import InvalidPolicy, load_policy
from q2c_pipelines.config import ConfigError, Settings, connection
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import PlatformError
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.spec import Platform, Table


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    where: str
    what: str
    is_well: bool
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, the installation first, then each platform."""
    return [*_installation(settings), *(finding for platform in settings.enabled for finding in _platform(settings, platform))]


def _installation(settings: Settings) -> Iterator[Finding]:
    try:
        load_policy(settings.policy)
        yield Finding("policy", str(settings.policy), True)
    except (InvalidPolicy, OSError) as error:
        yield Finding("policy", str(settings.policy), False, str(error))
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
    missing = [name for name, each in platform.credentials.items() if not each.optional and not known.credentials.get(name)]
    for name in missing:
        remedy = f"add credentials.{name} ({platform.credentials[name].doc}) under {platform.name} in {settings.connections_file}"
        yield Finding(platform.name, f"credential {name}", False, remedy)
    if missing:
        return
    yield Finding(platform.name, "credentials", True)
    yield from _tables(platform, known)


def _tables(platform: Platform, known: Connection) -> Iterator[Finding]:
    """Whether each table answers; the first one that cannot be reached at all ends it."""
    source = importlib.import_module(f"q2c_pipelines.platforms.{platform.name}.source")
    with Client(platform, known, attempts=1, timeout=10) as client:
        for table in platform.tables.values():
            try:
                _first_page(client, platform, table, source)
            except PlatformError as error:
                rights = "; ".join(platform.least_privilege)
                yield Finding(platform.name, f"read {table.name}", False, f"{error}. It needs: {rights}")
                if error.status == 0:
                    return
            else:
                yield Finding(platform.name, f"read {table.name}", True)


def _first_page(client: Client, platform: Platform, table: Table, source: object) -> None:
    since = (client.server_time or datetime.now(UTC)) if table.cursor else None
    next(iter(source.pages(client, platform, table, Window(since))), None)  # type: ignore[attr-defined]
