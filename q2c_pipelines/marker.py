"""Small JSON files in the home that one step leaves for the next: replaced whole, so that none is ever read half-written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

Kind = TypeVar("Kind")


def write(file: Path, value: Any) -> None:
    """Put the value in the file's place, all of it or nothing."""
    temporary = file.with_suffix(".part")
    temporary.write_bytes(to_json(value, indent=1))
    temporary.replace(file)


def read(file: Path, kind: type[Kind]) -> Kind | None:
    """The value in the file; none where there is no file, or it holds no value of that kind: what it marked is done again."""
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
