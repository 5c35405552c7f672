"""A platform as declared in its `platform.yaml`, typed and checked.

The columns declared here are the one contract of a table: the parser's schema, the lake's types and the documentation.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal, Self

import pyarrow as pa
from dlt.common.normalizers.naming.snake_case import NamingConvention
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from q2c_pipelines import yaml_file
from q2c_pipelines.yaml_file import NotYaml

PLATFORMS = Path(__file__).parent
Required = bool | dict[str, list[str | None]]  # by all rows, or by those whose other columns have one of these values (null: none)
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_TYPES = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


class InvalidPlatform(ValueError):
    """A `platform.yaml` that cannot be used; the message names the file and the key."""


def arrow_type(declared: str) -> pa.DataType:
    """The Arrow type of `string|bool|int|date|timestamp|decimal(p,s)`."""
    if match := _DECIMAL.fullmatch(declared):
        return pa.decimal128(int(match[1]), int(match[2]))
    if declared not in _TYPES:
        raise ValueError(f"unknown type {declared!r}; use {', '.join(_TYPES)} or decimal(p,s)")
    return _TYPES[declared]


@cache
def lake_name(vendor_name: str) -> str:
    """The lake's column name for a vendor's field: `SBQQ__NetAmount__c` -> `sbqq_net_amount_c`."""
    return _naming().normalize_identifier(vendor_name.replace(".", "_"))


@cache
def _naming() -> NamingConvention:
    return NamingConvention()


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Model):
    """One field of a vendor's record."""

    type: Annotated[str, AfterValidator(lambda t: str(arrow_type(t)) and t)]
    doc: str = Field(min_length=3)
    path: str = ""  # dotted place in the record where it differs from the column's name
    required: Required = False  # a row without it is quarantined
    setting: str = ""  # an installation that gives this setting has no such field there: its value is every record's
    value: str | None = None  # what that setting says, once the platform is placed
    format: str = "iso"  # how a time is written: iso, epoch (seconds), local (platform's time zone), or a strptime pattern (local)


class Table(_Model):
    """One object of a platform, and how it is read."""

    name: str = ""
    object: str = Field(min_length=1)  # the vendor's name
    doc: str = Field(min_length=3)
    key: list[str] = Field(min_length=1)
    cursor: str | None = None  # the column that moves when a row changes; none: reloaded, only changed rows are kept
    is_critical: bool = False  # looked at between the hourly reads: quote accepted, order booked, payment made
    is_control: bool = False  # the platform's own sums of its records: read before the other tables and again after them
    columns: dict[str, Column]
    ignore: list[str] = []  # fields the vendor sends that are knowingly not kept; any other is reported as new
    options: dict[str, str] = {}  # what only this platform's source understands (a file's delimiter, its encoding)
    explicit_nulls: bool = False  # the vendor sends every field, so a field that is absent from a page has gone missing

    @property
    def asked(self) -> list[str]:
        """The columns that the platform is asked for."""
        return [name for name, column in self.columns.items() if column.value is None]

    @property
    def keys_only(self) -> Table:
        """The table with nothing but its key."""
        return self.model_copy(update={"columns": {name: self.columns[name] for name in self.key}})

    @property
    def schema(self) -> pa.Schema:
        """The lake's schema: lake names, Arrow types, documentation as field metadata."""
        return pa.schema(
            pa.field(lake_name(name), arrow_type(column.type), nullable=column.required is not True, metadata={"doc": column.doc})
            for name, column in self.columns.items()
        )


class Credential(_Model):
    doc: str = Field(min_length=3)
    secret: bool = True


class Setting(_Model):
    """A plain value that differs from one installation to the next; without a default it has to be given."""

    doc: str = Field(min_length=3)
    default: str | None = None
    pattern: re.Pattern[str] = re.compile(".*", re.DOTALL)  # how a value is written


class Limits(_Model):
    """The vendor's limits as this project respects them."""

    requests_per_second: float = Field(gt=0)
    write_reserve: float = Field(default=0.2, ge=0, lt=1)  # the share that reading leaves to writing


Told = Annotated[str, Field(min_length=3)]
Names = list[str] | Literal["all"]


class Right(_Model):
    """What the platform's own user has to be allowed, in the vendor's words; one that is for no table and no command is for all."""

    right: Told
    reads: Names = []  # the tables that are not read without it
    writes: Names = []  # the commands that are not obeyed without it

    def is_to_read(self, table: str) -> bool:
        """Whether the table is not read without it."""
        return self.reads == "all" or table in self.reads

    def is_to_write(self, command: str) -> bool:
        """Whether the command is not obeyed without it."""
        return self.writes == "all" or command in self.writes


class Handling(_Model):
    """What is particular to a platform, in a few words each; where there is nothing, why. Written into docs/platforms.md."""

    deletes: Told
    bulk: Told
    idempotency: Told  # what keeps a write that is sent twice from taking twice
    lock: Told  # what keeps a write from going over a change that nobody looked at
    unknown_outcome: Told  # how it is found out whether a write without an answer took
    sweep: Told  # how records never loaded, and deletes never seen, are found
    tie_out: Told  # the platform's own report that what was read is held against


class Platform(_Model):
    """All that `platform.yaml` says."""

    name: str  # of the installation: the platform's folder, or an instance of it
    kind: str = ""  # the platform's folder; empty: as the name
    title: str
    role: Literal["crm", "signature", "orders", "erp", "billing", "payments", "tax", "files"]
    protocol: str  # the vendor's pages this was written from
    scheme: Literal["https", "postgresql"] = "https"  # how its base_url begins
    time_zone: str = "UTC"
    values_as_text: bool = False  # the vendor writes every value as a string (SuiteQL)
    overlap_minutes: int = Field(default=10, ge=0)  # how far before the last cursor a read starts again: rows commit late
    sweep_days: int = Field(default=7, ge=1)  # how often the keys of all living records are held against what is held
    credentials: dict[str, Credential]
    logins: list[list[str]] = []  # the credentials that each way of logging in needs, the sandbox's way first; empty: all of them
    settings: dict[str, Setting] = {}
    least_privilege: list[Right] = Field(min_length=1)
    limits: Limits
    handling: Handling
    bulk_threshold: int = 0  # rows above which the bulk endpoint is used; 0: there is none
    tables: dict[str, Table]
    commands: list[str] = []
    updates: dict[str, list[str]] = {}  # the attributes of each entity that UpdateField sets

    @model_validator(mode="after")
    def _rights_are_whole(self) -> Self:
        """Every right is for what there is, and there is one for every table and every command."""
        for kind, there, uses, covers in (
            ("table", self.tables, "reads", Right.is_to_read),
            ("command", self.commands, "writes", Right.is_to_write),
        ):
            for right in self.least_privilege:
                named = getattr(right, uses)
                if strange := [] if named == "all" else [name for name in named if name not in there]:
                    raise ValueError(f"least_privilege: {right.right!r} {uses} {', '.join(strange)}: no {kind} of this platform")
            if bare := [name for name in there if not any(covers(right, name) for right in self.least_privilege)]:
                raise ValueError(f"least_privilege: nothing {uses} {', '.join(bare)}: name the right that each {kind} takes")
        return self

    def to_read(self, table: str) -> list[str]:
        """The rights that reading this table takes."""
        return [each.right for each in self.least_privilege if each.is_to_read(table)]

    @property
    def to_write(self) -> dict[str, list[str]]:
        """The rights that writing takes, each with the commands that it is for."""
        found = {each.right: [name for name in self.commands if each.is_to_write(name)] for each in self.least_privilege}
        return {right: commands for right, commands in found.items() if commands}

    @property
    def controls(self) -> list[str]:
        """The tables that what is read of the others is held against."""
        return [name for name, table in self.tables.items() if table.is_control]

    @property
    def overlap(self) -> timedelta:
        return timedelta(minutes=self.overlap_minutes)

    def placed(self, settings: Mapping[str, str]) -> Platform:
        """The declaration with what an installation's settings say: the time zone, and columns that have one value there."""
        tables = {name: _placed(table, settings) for name, table in self.tables.items()}
        return self.model_copy(update={"time_zone": settings.get("time_zone") or self.time_zone, "tables": tables})

    @property
    def ways_in(self) -> list[list[str]]:
        """The credentials that each way of logging in needs."""
        return self.logins or [list(self.credentials)]

    def missing(self, credentials: Mapping[str, str]) -> list[str]:
        """The credentials still to be given: those of the way of logging in that what is given comes nearest to."""
        given = {name for name, value in credentials.items() if value}
        nearest = max(self.ways_in, key=lambda way: (len(given & set(way)), -len(set(way) - given)))
        return [name for name in nearest if name not in given]

    def lacking(self, settings: Mapping[str, str]) -> list[str]:
        """The settings that have to be given and are not."""
        return [name for name, each in self.settings.items() if each.default is None and not settings.get(name)]

    @property
    def defaults(self) -> dict[str, str]:
        """The settings that need not be given, with what they are then."""
        return {name: each.default for name, each in self.settings.items() if each.default is not None}

    @property
    def folder(self) -> Path:
        return PLATFORMS / (self.kind or self.name)


def _placed(table: Table, settings: Mapping[str, str]) -> Table:
    said = {name: settings.get(column.setting) for name, column in table.columns.items() if column.setting}
    columns = {name: column.model_copy(update={"value": said.get(name) or None}) for name, column in table.columns.items()}
    return table.model_copy(update={"columns": columns}) if any(said.values()) else table


def names() -> list[str]:
    """Every platform that has a folder here, sorted."""
    return sorted(path.parent.name for path in PLATFORMS.glob("*/platform.yaml"))


def kind_of(name: str) -> str:
    """The platform that a name means: of an instance, as `salesforce_emea`, the one it begins with; else itself."""
    kinds = [kind for kind in names() if name == kind or name.startswith(f"{kind}_")]
    return max(kinds, key=len, default=name)


def is_known(name: str) -> bool:
    """Whether it is a platform that has a folder here, or an instance of one."""
    return kind_of(name) in names() and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name) is not None


def part_of(name: str, part: str) -> ModuleType:
    """A module of the platform's folder, such as its `source`."""
    return importlib.import_module(f"q2c_pipelines.platforms.{kind_of(name)}.{part}")


@cache
def load(name: str) -> Platform:
    """The declaration of one platform, or instance of one. Raises InvalidPlatform naming the file and the key that is wrong."""
    kind = kind_of(name)
    file = PLATFORMS / kind / "platform.yaml"
    if not file.exists():
        raise InvalidPlatform(f"no platform {name!r}: {file} does not exist; known are {', '.join(names())}")
    try:
        declared = yaml_file.read(file)
        for table_name, table in declared.get("tables", {}).items():
            table["name"] = table_name
        own = {"title": f"{declared.get('title')} ({name.removeprefix(kind + '_')})"} if name != kind else {}
        return Platform.model_validate(declared | own | {"name": name, "kind": kind})
    except ValidationError as error:
        raise InvalidPlatform(f"{file}: {yaml_file.faults(error)}") from error
    except (NotYaml, AttributeError, TypeError) as error:
        raise InvalidPlatform(f"{file}: {error}") from error
