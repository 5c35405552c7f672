"""What makes an action the same action: its key, and the hash of what it would send.

command <-> payload (canonical JSON: sorted, decimals plain, dates ISO) -> content hash
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from q2c_pipelines.platforms import commands
from q2c_pipelines.platforms.commands import Command

KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


class InvalidPayload(ValueError):
    """A payload that is no command; the message names the field."""

    code = "INVALID_PAYLOAD"


@cache
def kinds() -> dict[str, type[Command]]:
    """Every command there is, by name."""
    return {kind.__name__: kind for kind in Command.__subclasses__() if kind.__module__ == commands.__name__}


def payload_of(command: Command) -> str:
    """The command as it was planned, as canonical JSON: equal commands give equal text."""
    planned = {name: value for name, value in dataclasses.asdict(command).items() if name != "refusals"}
    return json.dumps(planned, sort_keys=True, default=_plain, ensure_ascii=False, separators=(",", ":"))


def content_hash(kind: str, payload: str) -> str:
    """What an approval is bound to."""
    return hashlib.sha256(f"{kind}\n{payload}".encode()).hexdigest()


def command_of(kind: str, fields: Mapping[str, Any] | str) -> Command:
    """The command that these fields, or this payload, spell. Raises InvalidPayload naming what is wrong."""
    if kind not in kinds():
        raise InvalidPayload(f"there is no command {kind!r}; known are {', '.join(sorted(kinds()))}")
    adapter = _adapter(kind)
    try:
        command = adapter.validate_json(fields) if isinstance(fields, str) else adapter.validate_python(fields)
    except ValueError as error:
        raise InvalidPayload(f"{kind}: {_problems(error)}") from error
    if not KEY.fullmatch(command.key):
        raise InvalidPayload(
            f"{kind}: key {command.key!r} must be 1 to 64 letters, digits and hyphens: platforms take it as external id"
        )
    return command


@cache
def _adapter(kind: str) -> TypeAdapter[Command]:
    return TypeAdapter(kinds()[kind])


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _problems(error: ValueError) -> str:
    listed = getattr(error, "errors", None)
    if not listed:
        return str(error)
    return "; ".join(f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in listed())
