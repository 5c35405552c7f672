"""What every flow asks: rows, one row, whether the command's key is there; and the mark that it leaves."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.legacy_oms.statements import Look, Rows, Statement, Write

T = TypeVar("T")
Asking = Generator[Look | Write, Any, T]


def rows(statement: Statement) -> Asking[Rows]:
    """What a query finds."""
    found: Rows = yield Look(statement)
    return found


def one(statement: Statement) -> Asking[dict[str, Any] | None]:
    """The first row that a query finds, if any."""
    found = yield from rows(statement)
    return found[0] if found else None


def was_written(command: Command) -> Asking[bool]:
    """Whether this command has been carried out."""
    look = Statement("select 1 as one from {schema}.integration_outbox where command_key = %(key)s", {"key": command.key})
    return bool((yield from rows(look)))


def marked(command: Command) -> Statement:
    """Leaves the command's key; touches nothing where it is there."""
    return Statement(
        "insert into {schema}.integration_outbox (command_key, command) values (%(key)s, %(command)s) "
        "on conflict (command_key) do nothing",
        {"key": command.key, "command": type(command).__name__},
        must_touch=True,
    )


def refused(what: str, code: str = "NOT_FOUND") -> Terminal:
    """The error of something that only a person can put right."""
    return Terminal(f"Legacy OMS: {what}", platform="legacy_oms", code=code)
