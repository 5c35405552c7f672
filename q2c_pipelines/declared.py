"""What people may say in our YAML files beside the code: strict types, each fault told with its file and key.

policy.yaml, cases.yaml -> typed models.  A key without a value, an unknown one, a number that is none: refused.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from q2c_pipelines import yaml_file
from q2c_pipelines.config import SEEDS
from q2c_pipelines.platforms import spec
from q2c_pipelines.yaml_file import NotYaml


def _named(platform: str) -> str:
    if not spec.is_known(platform):
        raise ValueError(f"there is no platform {platform!r}; known are {', '.join(spec.names())}, and instances of them")
    return platform


def _traded(currency: str) -> str:
    if currency not in _currencies():
        raise ValueError(f"there is no currency {currency!r} in ISO 4217")
    return currency


@cache
def _currencies() -> frozenset[str]:
    with (SEEDS / "currencies.csv").open(encoding="utf-8", newline="") as text:
        return frozenset(row["currency"] for row in csv.DictReader(text))


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def exact(value: Any) -> Any:
    """A number that was written as one, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return Decimal(str(value))


One = TypeVar("One")
Model = TypeVar("Model", bound=BaseModel)
Some = Annotated[list[One], BeforeValidator(_listed), Field(min_length=1)]  # or one alone, which need not be a list
PlatformName = Annotated[str, AfterValidator(_named)]
Currency = Annotated[str, AfterValidator(_traded)]
Amount = Annotated[Decimal, BeforeValidator(exact), Field(ge=0)]


class Declared(BaseModel):
    """A part of such a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: Any) -> Any:
        """A key without a value would match everything."""
        if isinstance(given, dict) and (empty := [str(key) for key, value in given.items() if value is None]):
            raise ValueError(f"there is no value for {', '.join(empty)}: give it one, or leave the key out")
        return given


def in_one_currency(key: str, amount: Decimal | None, currency: list[str] | None) -> None:
    """Raises ValueError where an amount is not in one currency: of another it would be much more, or less."""
    if amount is not None and len(currency or ()) != 1:
        said = f"several: {', '.join(currency)}" if currency else "none"
        raise ValueError(f"{key} needs one currency to be an amount of, and there is {said}; write a rule for each")


def load(model: type[Model], path: Path, refused: type[ValueError], what: str) -> Model:
    """The file as this model. Raises `refused` with the file and the key; also where the file says nothing at all."""
    try:
        if not (said := yaml_file.read(path)):
            raise refused(f"{path}: it says nothing: begin with a copy of the one in the checkout")
        return model.model_validate(said)
    except OSError as error:
        raise refused(f"{path}: {what} cannot be read: {error.strerror}") from error
    except NotYaml as error:
        raise refused(f"{path}: {error}") from error
    except ValidationError as error:
        raise refused(f"{path}: {yaml_file.faults(error, whole='the file')}") from error


def strangers(named: Iterable[str], known: Collection[str] | None) -> str:
    """Names that nobody knows, and those that there are, in words; empty where all are known, or nothing is."""
    if known is None or not (strange := sorted(set(named) - set(known))):
        return ""
    return f"{', '.join(strange)}; known are {', '.join(sorted(known))}"


def strange_instances(named: Iterable[str], platforms: Collection[str] | None) -> str:
    """As `strangers`, of platforms; one that is called as its folder is known, also where nobody has it."""
    return strangers(named, None if platforms is None else {*platforms, *spec.names()})
