"""The dbt project as this installation has it: what it is told, where it lies, and what tells one definition of it from another."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from q2c_pipelines.config import PROJECT, Settings, connections
from q2c_pipelines.lake import instances
from q2c_pipelines.platforms import spec

DBT_PROJECT = PROJECT / "dbt_project"
_READING = (DBT_PROJECT / "macros" / "lake", DBT_PROJECT / "macros" / "made.sql")
_LINKED = ("dbt_project.yml", "profiles.yml", "models", "macros", "tests")


def definitions(settings: Settings, more: Iterable[Path] = ()) -> str:
    """A digest of what dbt is told, and of what each file of the project, and of `more`, is called and holds."""
    shipped = _files(DBT_PROJECT / name for name in _LINKED)
    files = (*shipped, *_files((settings.seeds, *more)))
    seen = sorted(f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    told = [version("dbt-core"), settings.warehouse_file.stem, json.dumps(variables(settings))]
    return hashlib.sha256("\n".join([*told, *seen]).encode()).hexdigest()


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """These files, and those in these folders."""
    return (each for place in places for each in (place, *place.rglob("*")) if each.is_file())


def environment(settings: Settings) -> dict[str, str]:
    """What the dbt project's files read of the settings."""
    return {
        "Q2C_HOME": str(settings.home.absolute()),
        "Q2C_LAKE": settings.lake_store.url,
        "Q2C_WAREHOUSE": str(settings.warehouse_file),
        "Q2C_MEMORY": settings.memory or _spared(),
        "Q2C_READING": hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_files(_READING)))).hexdigest(),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _spared() -> str:
    """Three fifths of what this machine, or its container, has: DuckDB takes four, and in a large build more than it counts."""
    with duckdb.connect() as db:
        taken, unit = db.execute("select current_setting('memory_limit')").fetchall()[0][0].split()
    return f"{float(taken) * 3 / 4:.1f} {unit}"


def variables(settings: Settings) -> dict[str, Any]:
    """What the dbt project is told: the enabled platforms, and where people open their records where connections.yaml says so."""
    declared = connections(settings) if settings.connections_file.exists() else {}
    links = {f"{name}_url": each.settings["web_url"].rstrip("/") for name, each in declared.items() if each.settings.get("web_url")}
    kinds = {platform.name: platform.kind for platform in settings.enabled if platform.kind != platform.name}
    return {"enabled_platforms": [platform.name for platform in settings.enabled], "kinds": kinds, **links}


def folder(settings: Settings) -> Path:
    """Where the project lies, as dbt sees it."""
    return settings.home.absolute() / "project"


def linked(settings: Settings) -> Path:
    """The project as dbt is to see it: ours, with this installation's seeds; what is `written` for it lies beside them.

    By links in one folder: dbt writes what it ran under each file's path in the project, which outside of it is the file itself.
    """
    ours = folder(settings)
    ours.mkdir(parents=True, exist_ok=True)
    places = {each.name: each for each in DBT_PROJECT.iterdir() if each.name in _LINKED} | {"seeds": settings.seeds.absolute()}
    for name, place in places.items():
        link = ours / name
        if link.is_symlink() and link.readlink() == place:
            continue
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)  # a home that was copied has copies where links were
        else:
            link.unlink(missing_ok=True)
        link.symlink_to(place)
    enabled = {platform.name for platform in settings.enabled}
    unread = "".join(f"models/staging/{name}/\n" for name in spec.names() if name not in enabled)
    (ours / ".dbtignore").write_text(unread)  # a platform that is off costs nothing
    return ours


def written(settings: Settings) -> None:
    """The staging of this installation's further instances, in the linked project: what dbt parses beside what is shipped."""
    instances.write(settings.enabled, DBT_PROJECT, folder(settings) / "instances")
