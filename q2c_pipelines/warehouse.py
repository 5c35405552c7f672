"""Building the warehouse: the lake becomes entities, expectations, mismatches, actions and marts, by dbt in this process.

One writer: the build holds a lock, and a second one is refused at once. The file is disposable: `rebuild` makes it anew.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from q2c_pipelines import event_log, project
from q2c_pipelines.config import Settings

_STANDS = "stands"  # the tag of what a build leaves as it is
_BUILD = ["build", "--exclude", f"tag:{_STANDS}", "--no-write-json"]  # the manifest is written by `parse` alone
_KEPT = ("partial_parse.msgpack", "manifest.json")  # by `parse`
Progress = Callable[[str, int, int], None]  # model, done, all
_NAMED = 5  # failed models
_TELLING = 400  # characters of an error of the database; what follows is its advice
_PLACE = re.compile(r" in \w+ \w+ \(\S+\)")  # of the model, which is named already
_TRAIL = " > in macro "  # and all the macros that called it
_CUT_OFF = re.compile(r"No magic bytes found at end of file '(.+?\.parquet)'|File '(.+?\.parquet)' too small to be")
_BROKEN = re.compile("not a valid DuckDB database|Could not read enough bytes|Corrupt database|with version number")


class BuildFailed(RuntimeError):
    """The warehouse could not be built; the message names each model and what went wrong. What was published stays."""


class AlreadyRunning(RuntimeError):
    """Another run is writing; this one did nothing."""


@dataclass(frozen=True)
class Build:
    """How a build went: models and seeds built, and the seconds each took, each after what it depends on."""

    built: int
    seconds: dict[str, float]


@contextmanager
def exclusive(settings: Settings, what: str) -> Iterator[None]:
    """Hold the one right to write, or raise AlreadyRunning at once. A run that was killed holds nothing."""
    settings.home.mkdir(parents=True, exist_ok=True)
    file = settings.home / f"{what}.lock"
    try:
        with FileLock(file, timeout=0):
            yield
    except Timeout as error:
        raise AlreadyRunning(f"another {what} run is under way ({file} is locked); wait for it, or stop it") from error


def build(settings: Settings, progress: Progress | None = None) -> Build:
    """Bring the warehouse up to date with the lake. Raises BuildFailed naming each model that failed, AlreadyRunning at once."""
    with exclusive(settings, "build"):
        return _build(settings, progress)


def rebuild(settings: Settings, progress: Progress | None = None) -> Build:
    """Make the warehouse anew from the lake. Raises as `build` does."""
    with exclusive(settings, "build"):
        with _parsed(settings):  # where that fails, what stands is not gone
            for file in (settings.warehouse_file, Path(f"{settings.warehouse_file}.wal")):
                file.unlink(missing_ok=True)
        return _build(settings, progress)


def _build(settings: Settings, progress: Progress | None) -> Build:
    """The touched deals alone, without views and seeds, where the last build came to its end and all is defined as it was then."""
    now = project.definitions(settings)
    at_rest = _at_rest(settings) if _defined(settings) == now else None
    done = _invoke(settings, progress, at_rest)
    while at_rest and at_rest & _behind(settings):
        at_rest = _at_rest(settings)
        done = _invoke(settings, progress, at_rest)
    event_log.keep(settings)
    _define(settings, now)
    return done


def _at_rest(settings: Settings) -> set[str]:
    """The base models that have taken every file that the lake has for them."""
    return set(_base_models(settings).values()) - {model for model, _ in _awaited(settings)}


def _behind(settings: Settings) -> set[str]:
    """The base models that have not taken all of a load that counts: it was committed while the others were built."""
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        counting = set(db.sql("select platform || '/' || load_id from canonical.lake_load").fetchall())
    return {model for model, load in _awaited(settings) if (load,) in counting}


def _awaited(settings: Settings) -> set[tuple[str, str]]:
    """Base models and the loads, each as platform/load, that have files for them which they have not taken."""
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        taken = set(db.sql("select model_name, load_id from staging.taken_load").fetchall())
    models, files = _base_models(settings), (name.split("/") for name in settings.lake_store.names("*/*/*.parquet"))
    loads = {(platform, models.get((platform, table)), file.rsplit(".", 2)[0]) for platform, table, file in files}
    return {(model, f"{platform}/{load}") for platform, model, load in loads if model and (model, load) not in taken}


def _base_models(settings: Settings) -> dict[tuple[str, str], str]:
    """By platform and table."""
    return {(each.name, table): f"base_{each.name}__{table}" for each in settings.enabled for table in each.tables}


def _defined(settings: Settings) -> str:
    """By which definitions the last build that came to its end made this warehouse; empty where that is not known."""
    with suppress(duckdb.Error), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        return str(db.sql("select digest from staging.defined").fetchall()[0][0])
    return ""


def _define(settings: Settings, digest: str) -> None:
    """Say that a build has come to its end; every run of dbt, whoever started it, begins by taking that back."""
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(f"create or replace view staging.defined as select '{digest}' as digest")


def manifest(settings: Settings) -> dict[str, Any]:
    """The dbt project's manifest, parsed anew where it was defined otherwise."""
    with _parsed(settings) as folder:
        parsed: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return parsed


@contextmanager
def _parsed(settings: Settings) -> Iterator[Path]:
    """Where dbt keeps what it knows of the project as it is defined now; nobody parses it anew for as long as the block lasts.

    dbt itself would know it by the warehouse's place as well, and look through all files at each run. What is kept and was not
    kept whole is parsed anew, too.
    """
    folder, now = settings.home.absolute() / "target", project.definitions(settings).encode()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "parse.lock"):
        digest = folder / "manifest.digest"
        parsed, _, held = digest.read_bytes().partition(b" ") if digest.exists() else (b"", b"", b"")
        is_whole = held == _held(folder)
        if not is_whole or parsed != now:
            digest.unlink(missing_ok=True)
            for name in () if is_whole else _KEPT:
                (folder / name).unlink(missing_ok=True)
            project.written(settings)
            with _nothing_collected():
                _dbt(settings, ["parse"], {})
            digest.write_bytes(now + b" " + _held(folder))
        yield folder


def _held(folder: Path) -> bytes:
    """A digest of what dbt keeps there."""
    files = (folder / name for name in _KEPT)
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()).encode()


def _remembered(settings: Settings, at_rest: set[str] | None) -> Any:
    """The project as dbt kept it, without its tests; its seeds are those of this home, wherever that was when it was parsed.

    Views, seeds and the models `at_rest` are tagged as standing; None: nothing stands.
    """
    from dbt.artifacts.resources.types import NodeType
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    with _parsed(settings) as folder:
        kept = (folder / _KEPT[0]).read_bytes()
    known: Any = Manifest.from_msgpack(kept, decoder=extended_mashumuro_decoder)
    known.nodes = {name: node for name, node in known.nodes.items() if node.resource_type != NodeType.Test}
    known.unit_tests = {}
    for node in known.nodes.values():
        if node.resource_type == NodeType.Seed:
            node.root_path = str(project.folder(settings))
        if at_rest is not None and (node.config.materialized in ("seed", "view") or node.name in at_rest):
            node.tags = [*node.tags, _STANDS]
    known.build_flat_graph()
    return known


def query(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of the warehouse as dicts; empty where nothing was built yet."""
    if not settings.warehouse_file.exists():
        return []
    with legible(settings), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        return told(db.execute(sql))[0]


def told(result: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a query and the names of their columns; a name that comes again gets a number, as in `name`, `name_1`."""
    names: list[str] = []
    for column in result.description or []:
        numbered = (f"{column[0]}_{number}" for number in count(1))
        names.append(next(each for each in chain([column[0]], numbered) if each not in names))
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()], names


@contextmanager
def legible(settings: Settings) -> Iterator[None]:
    """What is read of the warehouse here. Where the file is broken, duckdb.IOException says what to do about it."""
    try:
        yield
    except duckdb.IOException as error:
        raise duckdb.IOException(f"{error}{_remedy(settings, str(error))}") from error


def _remedy(settings: Settings, said: str) -> str:
    """What to do where this was said of memory, or of a broken warehouse or lake file; nothing where of something else."""
    if cut := _CUT_OFF.search(said):
        lost = Path(cut[1] or cut[2])
        platform = lost.parent.parent.name
        again = f"delete it, then q2c sync -p {platform} --sweep reads again what was in it"
        return f"; {again if platform in settings.platforms else 'restore it, or move it away to go on without'}"
    if "Out of Memory Error" in said:
        return "; allow it more memory (Q2C_MEMORY), or fewer threads (Q2C_THREADS)"
    file = settings.warehouse_file
    return f"; {file} is disposable: q2c rebuild makes it anew from the lake, nothing is lost" if _BROKEN.search(said) else ""


def _invoke(settings: Settings, progress: Progress | None, at_rest: set[str] | None, selected: Sequence[str] = ()) -> Build:
    """A build of everything but what is at rest, or of what dbt is told to select."""
    command = [*_BUILD, "--select", *selected] if selected else _BUILD
    derived = "whole" if at_rest is None else "touched"
    with _nothing_collected():
        done = _dbt(settings, command, {"Q2C_BUILD": derived}, _remembered(settings, at_rest), progress)
    results = [each for each in done.results if each.node.resource_type != "operation"]
    return Build(len(results), {each.node.name: float(each.execution_time) for each in results})


def _dbt(
    settings: Settings, command: list[str], told: dict[str, str], manifest: Any = None, progress: Progress | None = None
) -> Any:
    """The result of a run of dbt; raises BuildFailed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    place = str(project.linked(settings))
    runner = dbtRunner(manifest, [_watch(progress)] if progress else [])
    arguments = [
        *command,
        *("--project-dir", place, "--profiles-dir", place, "--vars", json.dumps(project.variables(settings))),
        *("--target-path", str(settings.home.absolute() / "target")),
        *("--log-path", str(settings.home / "logs"), "--log-level", "none", "--quiet", "--threads", str(settings.threads)),
    ]
    try:
        with _told(project.environment(settings) | told):
            done = runner.invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not done.success:
        raise BuildFailed(_failures(settings, done))
    return done.result


@contextmanager
def _told(variables: dict[str, str]) -> Iterator[None]:
    """These environment variables for as long as the block lasts: dbt's files read nothing else."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without searches for garbage: each looks through all that dbt keeps, a tenth of a small build, a fourth of parsing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _failures(settings: Settings, done: Any) -> str:
    if isinstance(done.exception, OSError):
        place = done.exception.filename or f"{settings.warehouse_file} or {settings.home}"
        return f"{done.exception.strerror or done.exception} when writing to {place}"
    if done.exception:
        return f"the dbt project cannot be run: {done.exception}{_remedy(settings, str(done.exception))}"
    failed = [each for each in getattr(done.result, "results", []) if each.status in ("error", "fail")]
    told = [f"{each.node.original_file_path}: {_short(str(each.message))}" for each in failed]
    more = [f"and {len(told) - _NAMED} more"] if len(told) > _NAMED else []
    said = "; ".join(told[:_NAMED] + more) or "dbt failed without saying why"
    return said + _remedy(settings, said)


def _short(message: str) -> str:
    """What went wrong with a model: without where, which is told already, and without the way there."""
    said = " ".join(message.split()).partition(_TRAIL)[0]
    return _PLACE.sub(":", said, count=1)[:_TELLING]


def _watch(progress: Progress) -> Callable[[Any], None]:
    def told(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress(event.data.description, event.data.index, event.data.total)

    return told
