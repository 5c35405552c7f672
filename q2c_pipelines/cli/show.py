"""How answers look: a table for people, JSON for programs; errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_WIDE = None if sys.stdout.isatty() else 200  # a pipe has no width of its own
out = Console(width=_WIDE)
_err = Console(stderr=True)
_RIGHT = (int, float, Decimal)


def rows(
    title: str, found: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = (), empty: str = "nothing"
) -> None:
    """The rows, as a table with these columns (all where none are named) or as a JSON list with all of them."""
    if as_json:
        return write_json(list(found))
    if not found:
        out.print(f"{title}: {empty}")
        return None
    names = list(columns) or list(found[0])
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        right = any(isinstance(row.get(name), _RIGHT) and not isinstance(row.get(name), bool) for row in found)
        table.add_column(name.replace("_", " "), justify="right" if right else "left", overflow="fold")
    for row in found:
        table.add_row(*(Text(text(row.get(name))) for name in names))
    out.print(table)
    return None


def write_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, indent=2) + "\n")


def text(value: Any) -> str:
    """A value as a person reads it: money with its cents, times in UTC to the minute, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return f"{value:,}" if isinstance(value, int) else str(value)


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong on standard error and leave with this code."""
    _err.print(Text(f"q2c: {message}", style="red"), soft_wrap=True)
    raise SystemExit(code)


def say(message: str) -> None:
    """Progress, on standard error, so that it never mixes with an answer."""
    _err.print(message, highlight=False, soft_wrap=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
