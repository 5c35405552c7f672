"""What a correction may write: the seeds `ownership` and `systems`, read by themselves and not by way of the warehouse's plan.

(command, platform's role) -> the company's own row of the attribute, or else that for all (*) -> allowed | NotOwned

A command that creates a document corrects no attribute: the policy alone decides on it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from q2c_pipelines.platforms.commands import Command, UpdateField, UpdateStatus

Role = Literal["crm", "signature", "orders", "erp", "billing", "payments", "tax"]
Word = Annotated[str, Field(min_length=1)]
_EVERY = "*"


class InvalidOwnership(ValueError):
    """A seed that cannot be used; the message names the file, the line and the column."""


class NotOwned(PermissionError):
    """A correction of a field whose owner is another; the message says whose word counts."""

    code = "FIELD_NOT_OWNED"


class PersonRequired(NotOwned):
    """A correction that nobody has looked at, of a field that needs a person."""

    code = "PERSON_REQUIRED"


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_entity: Word


class Owned(_Row):
    """Who has the last word on an attribute, whose copies of it may be put right, and whether without a person."""

    entity: Word
    attribute: Word
    role: Role
    copies_allowed_in: Annotated[frozenset[Role], BeforeValidator(str.split)]
    unattended: Annotated[bool, BeforeValidator(_truth)]


class _System(_Row):
    role: Role
    platform: Word


Row = TypeVar("Row", bound=_Row)


@dataclass(frozen=True)
class Ownership:
    """Who owns which attribute, by (entity, attribute, legal entity), and who plays which roles, by (legal entity, platform)."""

    owned: Mapping[tuple[str, str, str], Owned]
    roles: Mapping[tuple[str, str], frozenset[str]]

    def check(self, command: Command, *, unattended: bool) -> None:
        """Nothing, where the command may be sent so. Raises NotOwned."""
        if (field := _field(command)) is None:
            return
        name, row = ".".join(field), self._row(command, field)
        if row is None:
            raise NotOwned(f"{name} has no row in the seed ownership: correct it by hand, or say there who owns it")
        roles = self.roles.get((command.legal_entity, command.platform), frozenset())
        if not roles & row.copies_allowed_in:
            raise NotOwned(
                f"{name} is owned by {row.role} and may be corrected in {_listed(row.copies_allowed_in)}, but {command.platform} "
                f"is {_listed(roles)} for {command.legal_entity}: correct it by hand, or change the seed ownership"
            )
        if unattended and not row.unattended:
            raise PersonRequired(
                f"{name} is corrected only after a person agreed, as the seed ownership says: replay the action, and from the next "
                "plan on it waits for approval"
            )

    def lets_unattended(self, command: Command) -> bool:
        """Whether the policy may let it go without a person."""
        try:
            self.check(command, unattended=True)
        except NotOwned:
            return False
        return True

    def _row(self, command: Command, field: tuple[str, str]) -> Owned | None:
        return self.owned.get((*field, command.legal_entity)) or self.owned.get((*field, _EVERY))


def load_ownership(seeds: Path) -> Ownership:
    """What the seeds in this folder say. Raises InvalidOwnership."""
    owned: dict[tuple[str, str, str], Owned] = {}
    for line, row in _rows(seeds / "ownership.csv", Owned):
        key = (row.entity, row.attribute, row.legal_entity)
        if key in owned:
            raise InvalidOwnership(f"{seeds / 'ownership.csv'}: line {line}: {'.'.join(key[:2])} for {key[2]} is there twice")
        owned[key] = row
    roles: dict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for _, system in _rows(seeds / "systems.csv", _System):
        roles[system.legal_entity, system.platform] |= {system.role}
    return Ownership(owned, dict(roles))


def _rows(file: Path, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    try:
        with file.open(encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text, restkey="beyond the header")
            for found in reader:
                yield reader.line_num, kind.model_validate({name: "" if held is None else held for name, held in found.items()})
    except OSError as error:
        raise InvalidOwnership(f"{file}: cannot be read: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidOwnership(f"{file}: cannot be read after line {reader.line_num}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"column {'.'.join(str(step) for step in one['loc'][:1])}: {_told(one)}" for one in error.errors())
        raise InvalidOwnership(f"{file}: line {reader.line_num}: {wrong}") from error


def _told(one: Any) -> str:
    return str(one["ctx"]["error"]) if one["type"] == "value_error" else f"{one['msg']}, not {one['input']!r}"


def _listed(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles)) or "nothing"


def _field(command: Command) -> tuple[str, str] | None:
    """The attribute that a command corrects."""
    if isinstance(command, UpdateField):
        return command.entity, command.attribute
    if isinstance(command, UpdateStatus):
        return command.entity, "status"
    return None
