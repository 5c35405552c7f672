"""The seeds, held against what their YAML twins declare, before a build takes them.

seeds/<name>.csv, <name>.yml -> nothing, or ConfigError naming file, line and column
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from q2c_pipelines.config import ConfigError

_WRITTEN = {"bigint": (r"-?\d+", "a whole number"), "boolean": ("true|false", "true or false")}


def check(folder: Path) -> None:
    """Nothing, where every seed has its declared columns, types, values and keys. Raises ConfigError for the first that has not."""
    for twin in sorted(folder.glob("*.yml")):
        for seed in yaml.safe_load(twin.read_text())["seeds"]:
            _check(folder / f"{seed['name']}.csv", seed)


def _check(file: Path, seed: dict[str, Any]) -> None:
    wanted = [column["name"] for column in seed["columns"]]
    keys = [test["unique_together"]["arguments"]["columns"] for test in seed.get("data_tests", [])]
    met: set[tuple[str, ...]] = set()
    for line, values in _lines(file, wanted):
        for column in seed["columns"]:
            if wrong := _wrong(column, values[column["name"]]):
                raise ConfigError(f"{file}: line {line}: column {column['name']}: {wrong}")
        for key in keys:
            one = (",".join(key), *(values[name] for name in key))
            if one in met:
                raise ConfigError(f"{file}: line {line}: column {', '.join(key)}: {', '.join(one[1:])} is there twice")
            met.add(one)


def _lines(file: Path, wanted: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(newline="") as text:
        reader = csv.reader(text)
        header = next(reader, [])
        if header != wanted:
            raise ConfigError(f"{file}: line 1: the columns must be {','.join(wanted)}, not {','.join(header)}")
        for row in reader:
            if len(row) != len(wanted):
                raise ConfigError(f"{file}: line {reader.line_num}: {len(row)} values for {len(wanted)} columns")
            yield reader.line_num, dict(zip(wanted, row, strict=True))


def _wrong(column: dict[str, Any], value: str) -> str:
    tests = column.get("data_tests", [])
    if not value:
        return "there is no value" if "not_null" in tests else ""
    pattern, said = _WRITTEN.get(column["data_type"], (".*", ""))
    if not re.fullmatch(pattern, value):
        return f"{value!r} is not {said}"
    for test in tests:
        accepted = test["accepted_values"]["arguments"]["values"] if "accepted_values" in test else [value]
        if value not in map(str, accepted):
            return f"{value!r} is none of {', '.join(map(str, accepted))}"
    return ""
