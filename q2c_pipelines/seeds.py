"""The seeds, held against what their YAML twins declare, before a build takes them.

seeds/<name>.csv, <name>.yml -> nothing, or ConfigError naming file, line and column
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from q2c_pipelines import yaml_file
from q2c_pipelines.config import SEEDS, ConfigError, Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.platforms import spec
from q2c_pipelines.yaml_file import NotYaml

_WRITTEN = {
    "bigint": (r"[0-9]+", "a whole number from 0 on"),
    "decimal": (r"[0-9]+(\.[0-9]+)?", "a positive number or 0"),
    "boolean": ("true|false", "true or false"),
    "date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day as in 2026-01-31"),
}

_DIGITS = 18  # that any bigint may have


class _Arguments(BaseModel):
    values: list[Any] = []
    columns: list[str] = []
    to: str = ""
    field: str = ""
    fields: list[str] = []
    besides: str | None = None
    min: Decimal = Decimal(0)
    max: Decimal = Decimal("Infinity")


class _Test(BaseModel):
    arguments: _Arguments


class _Column(BaseModel):
    name: str
    data_type: str
    data_tests: list[str | dict[str, _Test]] = []


class _Seed(BaseModel):
    name: str
    columns: list[_Column]
    data_tests: list[str | dict[str, _Test]] = []


class _Twin(BaseModel):
    seeds: list[_Seed]


Lines = Sequence[tuple[int, dict[str, str]]]  # each with its number


def check(folder: Path) -> None:
    """Nothing, where every seed has its declared columns, types, values and keys, and what it refers to is there.

    Raises ConfigError for the first that has not.
    """
    if missing := sorted({twin.name for twin in SEEDS.glob("*.yml")} - {twin.name for twin in folder.glob("*.yml")}):
        raise ConfigError(f"{folder} lacks {', '.join(missing)} and its table: begin with a copy of {SEEDS}")
    declared = [seed for twin in sorted(folder.glob("*.yml")) for seed in _declared(twin)]
    tables = {seed.name: list(_lines(folder / f"{seed.name}.csv", [column.name for column in seed.columns])) for seed in declared}
    for seed in declared:
        _check(folder / f"{seed.name}.csv", seed, tables[seed.name])
        _check_rows(folder / f"{seed.name}.csv", seed, tables[seed.name])
    _require_codes(folder / "systems.csv", tables)
    for seed in declared:
        _check_references(folder / f"{seed.name}.csv", seed, tables)


def group(settings: Settings) -> tuple[set[str], set[str]]:
    """The companies of which some platform plays a role, and those platforms, with all that are enabled."""
    with (settings.seeds / "systems.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return {row["legal_entity"] for row in rows}, {*(row["platform"] for row in rows), *settings.platforms}


def _require_codes(file: Path, tables: Mapping[str, Lines]) -> None:
    """Each platform that plays a role for a company is one, and has a code there by which it means the company."""
    meant = {(row["legal_entity"], row["platform"]) for _, row in tables["companies"]}
    for _, row in tables["systems"]:
        if not spec.is_known(row["platform"]):
            raise ConfigError(f"{file}: there is no platform {row['platform']}; known are {', '.join(spec.names())}")
        if (row["legal_entity"], row["platform"]) not in meant:
            said = f"{row['platform']} plays {row['role']} for {row['legal_entity']}, and companies.csv has no code for it there"
            raise ConfigError(f"{file}: {said}")


def _declared(twin: Path) -> list[_Seed]:
    try:
        return _Twin.model_validate(yaml_file.read(twin)).seeds
    except NotYaml as error:
        raise ConfigError(f"{twin}: {error}") from error
    except ValidationError as error:
        raise ConfigError(f"{twin}: {yaml_file.faults(error, whole='the file')}") from error


def _check(file: Path, seed: _Seed, lines: Lines) -> None:
    keys = [arguments.columns for arguments in _asked("unique_together", seed)]
    keys += [[column.name] for column in seed.columns if "unique" in column.data_tests]
    met: set[tuple[str, ...]] = set()
    for line, values in lines:
        for column in seed.columns:
            if wrong := _wrong(column, values[column.name]):
                raise ConfigError(f"{file}: line {line}: column {column.name}: {wrong}")
        for asked in _asked("in_order", seed):
            first, second = asked.columns
            if Decimal(values[first]) > Decimal(values[second]):
                raise ConfigError(f"{file}: line {line}: column {first}: {values[first]} is more than {second}, {values[second]}")
        for key in keys:
            one = (",".join(key), *(values[name] for name in key))
            if one in met:
                raise ConfigError(f"{file}: line {line}: column {', '.join(key)}: {', '.join(one[1:])} is there twice")
            met.add(one)


def _check_rows(file: Path, seed: _Seed, lines: Lines) -> None:
    """Where nothing may be missing, an empty table or a value that is not there would be taken for that all is well."""
    if "has_rows" in seed.data_tests and not lines:
        raise ConfigError(
            f"{file}: it has no rows, and rules that read it would find nothing: begin with a copy of {SEEDS / file.name}"
        )
    for column in seed.columns:
        wanted = [str(value) for asked in _asked("has_all", column) for value in asked.values]
        there = {values[column.name] for _, values in lines}
        if missing := [value for value in wanted if value not in there]:
            raise ConfigError(f"{file}: column {column.name}: there is no row for {', '.join(missing)}, and rules read it")


def _check_references(file: Path, seed: _Seed, tables: Mapping[str, Lines]) -> None:
    """What a line names in another seed, or as a rule, is there; no value names nothing, and neither does `besides`."""
    for asked in _references(seed):
        target = re.sub(r"ref\('(\w+)'\)", r"\1", asked.to)
        known = _known(target, asked.fields, tables)
        for line, values in tables[seed.name]:
            named = tuple(values[name] for name in asked.columns)
            if all(named) and asked.besides not in named and named not in known:
                said = f"{', '.join(named)} is not there as {', '.join(asked.fields)} of {target}"
                raise ConfigError(f"{file}: line {line}: column {', '.join(asked.columns)}: {said}")


def _references(seed: _Seed) -> Iterator[_Arguments]:
    """Those of several columns together, then those of one."""
    yield from _asked("refers_to", seed)
    for column in seed.columns:
        for asked in _asked("relationships", column):
            yield asked.model_copy(update={"columns": [column.name], "fields": [asked.field]})


def _known(target: str, fields: list[str], tables: Mapping[str, Lines]) -> set[tuple[str, ...]]:
    if target == "rule":
        return {(code,) for code in rules.codes()}
    return {tuple(values[name] for name in fields) for _, values in tables[target]}


def _asked(test: str, of: _Seed | _Column) -> list[_Arguments]:
    return [each[test].arguments for each in of.data_tests if isinstance(each, dict) and test in each]


def _lines(file: Path, wanted: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Raises ConfigError where there is no such file, or none that can be read."""
    try:
        yield from _read(file, wanted)
    except OSError as error:
        said = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise ConfigError(
            f"{file}: the seed cannot be read: {said}; put a copy of {SEEDS / file.name} there, and mend that"
        ) from error


def _read(file: Path, wanted: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        try:
            header = next(reader, [])
            if header and header[0].startswith(codecs.BOM_UTF8.decode()):
                raise ConfigError(f"{file}: line 1: it begins with a byte order mark; save it as UTF-8 without one")
            if header != wanted:
                raise ConfigError(f"{file}: line 1: the columns must be {','.join(wanted)}, not {','.join(header)}")
            for row in reader:
                if len(row) != len(wanted):
                    raise ConfigError(f"{file}: line {reader.line_num}: {len(row)} values for {len(wanted)} columns")
                yield reader.line_num, dict(zip(wanted, row, strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read after line {reader.line_num}: {error}") from error


def _wrong(column: _Column, value: str) -> str:
    if not value:
        return "there is no value" if "not_null" in column.data_tests else ""
    if value != value.strip() or not value.isprintable():
        return f"{value!r} has a blank before or after it, or what cannot be seen"
    pattern, said = _WRITTEN.get(column.data_type.split("(")[0], (".*", ""))
    if not re.fullmatch(pattern, value):
        return f"{value!r} is not {said}"
    if misfit := _misfit(column.data_type, value):
        return f"{value} {misfit}"
    for arguments in _asked("accepted_values", column):
        if value not in map(str, arguments.values):
            return f"{value!r} is none of {', '.join(map(str, arguments.values))}"
    for arguments in _asked("within", column):
        if not arguments.min <= Decimal(value) <= arguments.max:
            return f"{value} is not from {arguments.min} to {arguments.max}"
    return ""


def _misfit(data_type: str, value: str) -> str:
    """Why what is written as it should be is no such value all the same; empty where it is one."""
    name, _, size = data_type.rstrip(")").partition("(")
    if name == "date":
        with suppress(ValueError):
            date.fromisoformat(value)
            return ""
        return "is no day of the calendar"
    if name == "bigint" and len(value.lstrip("0")) > _DIGITS:
        return f"has more than {_DIGITS} digits"
    if name == "decimal":
        digits, scale = map(int, size.split(","))
        whole, _, decimals = value.partition(".")
        if len(whole.lstrip("0")) > digits - scale or len(decimals) > scale:
            return f"has more digits than {digits - scale} before the point and {scale} after it"
    return ""
