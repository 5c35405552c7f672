"""The declared expectations, one YAML file a gated table, read and checked; importing this costs no Great Expectations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from q2c_pipelines import yaml_file
from q2c_pipelines.config import PROJECT
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Platform
from q2c_pipelines.yaml_file import NotYaml

EXPECTATIONS = PROJECT / "expectations"
LAYERS = ("lake", "canonical", "mismatches", "actions")


class InvalidExpectations(ValueError):
    """An expectations file that cannot be used; the message names the file and the key."""


class Expectation(BaseModel):
    """One expectation, in Great Expectations' own words. `critical` blocks; the others are reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(min_length=3)
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"] = "critical"
    notes: str = Field(min_length=5)


class Suite(BaseModel):
    """What is expected of one table of the warehouse."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layer: Literal["lake", "canonical", "mismatches", "actions"]
    table: str
    key: list[str] = Field(min_length=1)  # the columns by which a row that fails is told
    expectations: list[Expectation] = Field(min_length=1)


def load(folder: Path, only_tables: set[str] | None = None) -> list[Suite]:
    """Every suite in the folder, by layer and table. Raises InvalidExpectations naming the file and the key that is wrong."""
    files = sorted(folder.glob("*/*.yml"))
    unknown = sorted({file.parent.name for file in files} - set(LAYERS))
    if unknown:
        raise InvalidExpectations(f"{folder}: unknown layer {', '.join(unknown)}; the layers are {', '.join(LAYERS)}")
    suites = [_suite(file) for file in files if only_tables is None or file.stem in only_tables]
    return sorted(suites, key=lambda suite: (LAYERS.index(suite.layer), suite.table))


def in_force(folder: Path, platforms: Iterable[Platform]) -> list[Suite]:
    """The suites as these platforms need them: what is expected of a platform's table, of that table of each of its instances."""
    return [each for suite in load(folder) for each in _of_each(suite, list(platforms))]


def _of_each(suite: Suite, platforms: list[Platform]) -> list[Suite]:
    kind = next((name for name in spec.names() if suite.table.startswith(f"base_{name}__")), None)
    if kind is None:
        return [suite]
    names = [platform.name for platform in platforms if spec.kind_of(platform.name) == kind]
    return [suite.model_copy(update={"table": suite.table.replace(f"base_{kind}__", f"base_{name}__")}) for name in names]


def _suite(file: Path) -> Suite:
    try:
        declared = yaml_file.read(file)
        return Suite.model_validate({"layer": file.parent.name, "table": file.stem} | declared)
    except ValidationError as error:
        raise InvalidExpectations(f"{file}: {yaml_file.faults(error)}") from error
    except (NotYaml, TypeError, KeyError) as error:
        raise InvalidExpectations(f"{file}: {error}") from error
