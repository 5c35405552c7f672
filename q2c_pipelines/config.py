"""Settings and connections: the only reader of the environment.

`Q2C_*` variables (or the defaults) say where things are; `connections.yaml` says where the platforms are and who we are there. The
sandbox writes one; for real platforms you write it yourself. A value `env:NAME` is taken from the environment, so that no secret
needs to be in a file.
"""

from __future__ import annotations

import csv
import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from q2c_pipelines import yaml_file
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.yaml_file import NotYaml

PROJECT = Path(__file__).parent.parent
SEEDS = PROJECT / "dbt_project" / "seeds"
_PREFIX = "Q2C_"
_NOT_SETTINGS = {"Q2C_CONTRACTS"}  # read by the tests only
_WEB_ADDRESS = re.compile(r"https://[^/\s@]+(/|$)|http://(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(/|$)")  # in clear here alone
_ADDRESSES = {"https": _WEB_ADDRESS, "postgresql": re.compile(r"postgresql://[^/\s@]+/[^/\s?]+")}  # who we are is a credential
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_PLATFORM = re.compile(r"[a-z0-9_]{1,40}")
_AS_JSON = {"platforms": 'list, such as ["salesforce", "netsuite"]', "alerts": 'object, such as {"finance": "mailto://..."}'}
_DATABASES = ("sqlite", "postgresql")


class ConfigError(ValueError):
    """Something in the configuration is wrong or missing; the message names the file or variable, the key and the remedy."""


class Settings(BaseSettings):
    """Where everything is. Paths are relative to the current folder unless absolute."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default=PROJECT / "var", description="state of this installation: lake, warehouse, publication, operations")
    lake: str = Field(default="", description="lake root, a folder or an fsspec URL; default <home>/lake")
    warehouse: Path | None = Field(default=None, description="the warehouse's DuckDB file; default <home>/warehouse.duckdb")
    published: Path | None = Field(
        default=None, description="the published marts' DuckDB file; default <home>/published/marts.duckdb"
    )
    operations: str = Field(default="", description="operations store by SQLAlchemy URL; default SQLite in <home>")
    connections: Path | None = Field(default=None, description="connections.yaml; default <home>/connections.yaml")
    seeds: Path = Field(default=SEEDS, description="who plays which role, owns which field and books where: the seeds' folder")
    platforms: list[str] = Field(
        default_factory=lambda known: _in_use(known["seeds"]),
        description="enabled platforms, as a JSON list; default those of the seeds",
    )
    policy: Path = Field(default=PROJECT / "policy.yaml", description="what may be written back unattended")
    cases: Path = Field(default=PROJECT / "cases.yaml", description="whose a case is, by when it is due, and who is told")
    alerts: dict[str, str] = Field(
        default_factory=dict, repr=False, description="where the channels of cases.yaml are: apprise URLs by name, as JSON"
    )
    matching: Path = Field(default=PROJECT / "matching.yaml", description="how documents find each other that nothing refers to")
    threads: int = Field(default=2, ge=1, description="threads of the warehouse's build")
    memory: str = Field(
        default="",
        pattern=r"^(\d+(\.\d+)? ?[KMGT]i?B)?$",
        description="how much DuckDB may keep in memory in a build, such as 8GB; default three fifths of what there is",
    )

    @property
    def lake_store(self) -> Lake:
        return Lake(self.lake or str(self.home.absolute() / "lake"))

    @property
    def warehouse_file(self) -> Path:
        return (self.warehouse or self.home / "warehouse.duckdb").absolute()

    @property
    def published_file(self) -> Path:
        return (self.published or self.home / "published" / "marts.duckdb").absolute()

    @property
    def operations_url(self) -> str:
        return self.operations or f"sqlite:///{(self.home / 'operations.db').absolute()}"

    @property
    def connections_file(self) -> Path:
        return (self.connections or self.home / "connections.yaml").absolute()

    @property
    def dlt_folder(self) -> Path:
        return self.home.absolute() / "dlt"

    def elsewhere(self, home: Path) -> Settings:
        """An installation as this one is set up, with all its state in another folder, and nobody who is told of its cases."""
        nowhere: dict[str, Any] = {
            "lake": "",
            "warehouse": None,
            "published": None,
            "operations": "",
            "connections": None,
            "alerts": {},
        }
        return self.model_copy(update={"home": home} | nowhere)

    @cached_property
    def enabled(self) -> list[spec.Platform]:
        """The declarations of the enabled platforms. Raises ConfigError for one that does not exist."""
        try:
            return [spec.load(name) for name in self.platforms]
        except spec.InvalidPlatform as error:
            raise ConfigError(str(error)) from error


def _in_use(seeds: Path) -> list[str]:
    """Every platform that plays a role for some company."""
    try:
        with (seeds / "systems.csv").open(encoding="utf-8", newline="") as file:
            named = {row.get("platform") or "" for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{seeds / 'systems.csv'} cannot be read: {error}") from error
    return sorted(name for name in named if spec.is_known(name))


def _plain(value: object) -> object:
    """A setting as text, where YAML takes it for a truth."""
    return str(value).lower() if isinstance(value, bool) else value


class Declared(BaseModel):
    """A platform's entry in connections.yaml, before its secrets are looked up."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    base_url: str = Field(min_length=1)
    credentials: dict[str, str] = {}
    settings: dict[str, Annotated[str, BeforeValidator(_plain)]] = {}


def settings() -> Settings:
    """The settings of this process. Raises ConfigError naming the variable that is unknown or wrong."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields} | _NOT_SETTINGS
    unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
    if unknown:
        raise ConfigError(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known - _NOT_SETTINGS))}")
    if empty := [name for name in known if os.environ.get(name) == "" and _is_path(name)]:
        raise ConfigError(f"{', '.join(sorted(empty))} is empty: name a place, or leave the variable out")
    try:
        made = Settings()
    except ValidationError as error:
        wrong = [(str(each["loc"][0]), each["msg"]) for each in error.errors()]
        told = (f"{_PREFIX}{name.upper()}: {said}: {Settings.model_fields[name].description}" for name, said in wrong)
        raise ConfigError("; ".join(told)) from error
    except SettingsError as error:
        named = next(name for name in _AS_JSON if f'"{name}"' in str(error))
        raise ConfigError(f"{_PREFIX}{named.upper()} must be a JSON {_AS_JSON[named]}: {error}") from None
    if not made.platforms and "Q2C_PLATFORMS" not in os.environ:
        raise ConfigError(f"{made.seeds / 'systems.csv'} names no platform: begin with a copy of {SEEDS / 'systems.csv'}")
    if not made.platforms or len(set(made.platforms)) < len(made.platforms):
        raise ConfigError("Q2C_PLATFORMS must name at least one platform, and each once")
    if strange := sorted(name for name in made.platforms if not spec.is_known(name)):
        known_are = f"known are {', '.join(spec.names())}, and instances of them, as salesforce_emea"
        raise ConfigError(f"Q2C_PLATFORMS: there is no platform {', '.join(strange)}; {known_are}")
    if "@" in made.lake:
        raise ConfigError("Q2C_LAKE holds a login: give the place alone, and the credentials as its storage takes them elsewhere")
    _require_database(made)
    return made


def _is_path(variable: str) -> bool:
    field = Settings.model_fields.get(variable.removeprefix(_PREFIX).lower())
    return field is not None and Path in (field.annotation, *get_args(field.annotation))


def _require_database(made: Settings) -> None:
    try:
        url = make_url(made.operations_url)
    except ArgumentError as error:
        raise ConfigError(
            f"Q2C_OPERATIONS must be a SQLAlchemy URL, such as postgresql+psycopg://user@host/q2c: {error}"
        ) from error
    if (kind := url.get_backend_name()) not in _DATABASES:
        raise ConfigError(f"Q2C_OPERATIONS: the operations store is on {' or '.join(_DATABASES)}, not on {kind}")
    if kind == "sqlite" and (not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"):
        raise ConfigError(
            "Q2C_OPERATIONS: a store in memory is lost when q2c ends; name a file, as sqlite:////var/q2c/operations.db"
        )


def connection(settings: Settings, platform: str) -> Connection:
    """How to reach one platform. Raises ConfigError saying exactly what is missing and where."""
    file, known = settings.connections_file, _entries(settings)
    if platform not in known:
        needed = "base_url and credentials" if all(spec.load(platform).ways_in) else "base_url"
        rest = json.dumps([name for name in settings.platforms if name in known])
        leaving = f", or leave out what you do not have: Q2C_PLATFORMS='{rest}'" if rest != "[]" else ""
        raise ConfigError(f"{file} has no entry for {platform}; add {needed}{leaving}")
    declared = _declared(file, platform, known[platform])
    credentials = _secrets(platform, declared.credentials)
    counted = settings.home.absolute() / "limits" / f"{platform}.sqlite"
    return Connection(declared.base_url, credentials, _with_defaults(settings, platform, declared.settings), counted)


def _with_defaults(settings: Settings, platform: str, given: dict[str, str]) -> dict[str, str]:
    declared = spec.load(platform)
    known = declared.settings
    if strange := sorted(set(given) - set(known)):
        those = f"it has {', '.join(known)}" if known else "it has none"
        raise ConfigError(f"{settings.connections_file}: {platform} has no setting {', '.join(strange)}; {those}")
    if (zone := given.get("time_zone", "UTC")) not in available_timezones():
        raise ConfigError(f"{settings.connections_file}: {platform}: there is no time zone {zone}; name one as America/New_York")
    for name, value in given.items():
        if not known[name].pattern.fullmatch(value):
            raise ConfigError(f"{settings.connections_file}: {platform}: settings.{name} is {value!r}; it is the {known[name].doc}")
    return declared.defaults | given


def placed(settings: Settings, platform: spec.Platform) -> spec.Platform:
    """A platform's declaration with what the settings of its entry in connections.yaml say."""
    return platform.placed(connection(settings, platform.name).settings) if platform.settings else platform


def connections(settings: Settings) -> dict[str, Declared]:
    """What connections.yaml says of each platform. Raises ConfigError where there is no such file, or it cannot be used."""
    return {name: _declared(settings.connections_file, name, entry) for name, entry in _entries(settings).items()}


def _entries(settings: Settings) -> dict[str, Any]:
    """The entries of connections.yaml as they stand there, by platform."""
    file = settings.connections_file
    if not file.exists():
        raise ConfigError(f"{file} does not exist; start the sandbox (q2c sandbox serve), or write it for your platforms (README)")
    try:
        entries: Any = yaml_file.read(file) or {}
    except NotYaml as error:
        raise ConfigError(f"{file}: {error}") from error
    if not isinstance(entries, dict):
        raise ConfigError(f"{file} cannot be used: it must have one entry a platform, with base_url and credentials")
    if unknown := sorted(name for name in map(str, entries) if not spec.is_known(name)):
        shown = ", ".join(name if _PLATFORM.fullmatch(name) else "(not shown)" for name in unknown)
        raise ConfigError(f"{file}: unknown platform {shown}; known are {', '.join(spec.names())}")
    return entries


def _declared(file: Path, platform: str, entry: Any) -> Declared:
    try:
        declared = Declared.model_validate(entry)
    except ValidationError as error:
        wrong = "; ".join(f"{_place(platform, each['loc'])}: {each['msg']}" for each in error.errors())
        raise ConfigError(f"{file}: an entry cannot be used: {wrong}") from None
    scheme = spec.load(platform).scheme
    if spec.load(platform).role != "files" and not _ADDRESSES[scheme].match(declared.base_url):
        example = f"{scheme}://company.example.com{'/database' if scheme == 'postgresql' else ''}"
        given = "(not shown: it holds a login)" if "@" in declared.base_url else repr(declared.base_url)
        wrong = f"{platform}.base_url is {given}; it begins with {scheme}:// and a host, as {example}"
        raise ConfigError(f"{file}: {wrong}")
    return declared


def _place(platform: str, steps: tuple[int | str, ...]) -> str:
    """Where in an entry. A key that it does not have may be a secret in the wrong place, and is not told."""
    if not set(steps[:1]) <= set(Declared.model_fields):
        return f"{platform} has a key that is none of {', '.join(Declared.model_fields)}"
    strange = steps[:1] == ("credentials",) and not set(steps[1:2]) <= set(spec.load(platform).credentials)
    return ".".join([platform, *map(str, steps[:1] if strange else steps)])


def _secrets(platform: str, given: dict[str, str]) -> dict[str, str]:
    """Each credential as it is. Raises ConfigError naming all that are to come from an environment that does not have them."""
    names = {key: value.removeprefix("env:") for key, value in given.items() if value.startswith("env:")}
    if unset := [(key, name) for key, name in names.items() if name not in os.environ]:
        shown = {name: name if _VARIABLE.fullmatch(name) else "(not shown)" for _, name in unset}
        told = (f"credential {key} is to come from the environment variable {shown[name]}, which is not set" for key, name in unset)
        raise ConfigError(f"{platform}: {'; '.join(told)}")
    return given | {key: os.environ[name] for key, name in names.items()}
