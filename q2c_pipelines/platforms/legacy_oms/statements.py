"""What is asked of the database, and what kind of error an SQLSTATE is.

Look: a query that changes nothing.  Write: statements in one transaction.  OpenLog: the log, for one read of the platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, LiteralString

from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.spec import Platform

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Statement:
    """One statement with named parameters; `{schema}` stands for the schema that the tables are in.

    `must_touch`: where it touches no row, what its transaction did is undone.
    """

    sql: LiteralString
    parameters: Mapping[str, Any]
    must_touch: bool = False


@dataclass(frozen=True)
class Look:
    """Answered with its rows."""

    statement: Statement
    is_write: ClassVar[bool] = False

    def __str__(self) -> str:
        return " ".join(self.statement.sql.split())  # without its parameters


@dataclass(frozen=True)
class Write:
    """Answered with whether it was committed: not, where a statement that must touch a row touched none."""

    statements: tuple[Statement, ...]
    is_write: ClassVar[bool] = True

    def __str__(self) -> str:
        return "; ".join(" ".join(each.sql.split()) for each in self.statements)


@dataclass(frozen=True)
class OpenLog:
    """Answered with the log of this read, the same each time."""

    platform: Platform
    is_write: ClassVar[bool] = False


_BY_CODE: dict[str, type[PlatformError]] = {
    "28000": Unauthorized,  # no such role, or none that may come from here
    "28P01": Unauthorized,  # wrong password
    "42501": Unauthorized,  # a permission is missing
    "55006": Transient,  # the slot is being read by somebody else
    "55P03": Transient,  # the record is locked
    "57014": Transient,  # took too long, or was cancelled
}
_BY_CLASS: dict[str, type[PlatformError]] = {
    "08": Transient,  # the connection
    "40": Transient,  # serialization, deadlock
    "53": Transient,  # memory, disk, connections
    "57": Transient,  # shutdown, start-up, terminated by an administrator
}


def kind_of(code: str) -> type[PlatformError]:
    """What to do about an error of this SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    return _BY_CODE.get(code) or _BY_CLASS.get(code[:2], Terminal)
