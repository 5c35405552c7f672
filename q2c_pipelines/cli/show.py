"""How answers look: a table for people that fits the terminal, JSON for programs; errors and progress on standard error.

Only prose is ever wrapped. Where a terminal is too narrow for a table, long ids before its prose are shortened, and so is a rule's
name where it is the last there is room for; the columns after that are left out, and that is said. What a terminal would obey
instead of showing (escape codes, turned writing directions, line breaks inside a value) is written out, so that no value a platform
holds can paint over what a person reads.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Row = Mapping[str, Any]
_PIPE = 100_000  # a pipe has no width of its own, so nothing is left out of it
_PROSE = {
    "error",
    "remedy",
    "reason",
    "raw",
    "message",
    "value",
    "evidence",
    "missed",
    "surplus",
    "waiting",
    "why",
    "void_reason",
    "note",
}
_IDS = {"document_number", "native_id", "reference"}
_ID_WIDTH = 20  # what is left of a long id where prose has too little room
_PROSE_WIDTH = 30  # what prose needs at least to be readable
_LEAST_WIDTH = 15  # of the last column that there is room for
_GAP = 2
_MEANT = 12  # that are named where something given is the beginning of several
_RIGHT = (int, float, Decimal)
_STYLES = {
    **dict.fromkeys(("critical", "failed", "dead", "rejected", "missing"), "red"),
    **dict.fromkeys(("high", "proposed", "awaiting_approval", "unknown", "indeterminate"), "yellow"),
    **dict.fromkeys(("confirmed", "healed", "ok"), "green"),
}


def out() -> Console:
    """Standard output, as wide as the terminal."""
    return Console(width=None if sys.stdout.isatty() else _PIPE)


def err() -> Console:
    """Standard error."""
    return Console(stderr=True)


def visible(said: str) -> str:
    r"""The text with every character that is not seen as itself written out, as `\x1b`, `\n` or `\u202e`."""
    return said if said.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in said)


def heading(name: str) -> str:
    """A column's name in words; a currency stands beside its amount and needs none."""
    return "" if name == "currency" else visible(name).replace("_", " ")


def rows(
    title: str,
    found: Sequence[Row],
    as_json: bool,
    columns: Sequence[str] = (),
    empty: str = "nothing",
    named: Callable[[str], str] = heading,
) -> None:
    """The rows, as a table of these columns, the most important first (all where none are named), or as a JSON list with all.

    `named` gives the words above a column.
    """
    if as_json:
        return write_json(list(found))
    if not found:
        return line(f"{title}: {empty}")
    table(title, found, columns or _names(found), named)
    return None


def table(title: str, found: Sequence[Row], columns: Sequence[str], named: Callable[[str], str] = heading) -> None:
    """A heading, and as many of the columns as fit unbroken."""
    console = out()
    texts = {name: [visible(text(row.get(name))) for row in found] for name in columns}
    shown = _fitting(texts, {name: len(named(name)) for name in columns}, console.width)
    drawn = Table(header_style="bold", box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name, width in shown.items():
        prose = name in _PROSE and width is None
        right = not prose and any(isinstance(row.get(name), _RIGHT) and not isinstance(row.get(name), bool) for row in found)
        overflow: Literal["fold", "ellipsis"] = "fold" if width is None else "ellipsis"
        justify: Literal["left", "right"] = "right" if right else "left"
        drawn.add_column(styled(named(name)), justify=justify, no_wrap=not prose, overflow=overflow, max_width=width)
    for index in range(len(found)):
        drawn.add_row(*(styled(texts[name][index], _STYLES.get(texts[name][index], "")) for name in shown))
    console.print(styled(title, "bold italic"))
    with console.capture() as captured:
        console.print(drawn)
    console.file.writelines(f"{each.rstrip(' ')}\n" for each in captured.get().splitlines())
    if left := [named(name) for name in columns if name not in shown and named(name)]:
        console.print(styled(f"too narrow for: {', '.join(left)}; --json has everything", "dim"))


def line(message: str, style: str = "") -> None:
    """One sentence of an answer."""
    out().print(styled(message, style))


def write_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, indent=2) + "\n")


def text(value: Any) -> str:
    """A value as a person reads it: money with its cents, times in UTC to the minute, lists in words, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(text, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def styled(said: str, style: str = "") -> Text:
    """What is printed, always by way of this: never markup, and nothing in it that a terminal obeys."""
    return Text(visible(said), style=style)


def counted(number: int, one: str, many: str) -> str:
    """So many of them, in the right words: `1 mismatch`, `2 mismatches`."""
    return f"{number:,} {one if number == 1 else many}"


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong in one line on standard error, as JSON too where that was asked for, and leave with this code."""
    told = " ".join(message.split())
    if "--json" in sys.argv:
        write_json({"error": told, "exit_code": code})
    err().print(styled(f"q2c: {told}", "red"), soft_wrap=True)
    raise SystemExit(code)


def unclear(what: str, beginning: str, meant: Sequence[str]) -> NoReturn:
    """Leave with code 2 where what was given is the beginning of several, and name them."""
    left = f" and {len(meant) - _MEANT:,} more" if len(meant) > _MEANT else ""
    fail(f"{len(meant)} {what} begin with {beginning}; give more of it: {', '.join(meant[:_MEANT])}{left}", 2)


def require(what: str, given: str, known: Iterable[str]) -> None:
    """Leave with code 2 where something was named that does not exist, and say what does; nothing named is all of them."""
    if given and given not in (there := sorted(known)):
        fail(f"there is no {what} {given}; there are {', '.join(there)}", 2)


def say(message: str) -> None:
    """A step of long work, on standard error, so that it never mixes with an answer."""
    err().print(styled(message), soft_wrap=True)


def _names(found: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in found for name in row))


def _fitting(texts: Mapping[str, list[str]], headings: Mapping[str, int], width: int) -> dict[str, int | None]:
    """The columns up to the last that there is room for, the first one always; one that is shortened with its width."""
    shown: dict[str, int | None] = {}
    longest = {name: max([headings[name], *map(len, cells)]) for name, cells in texts.items()}
    cut = _cut(longest, width)
    left = width
    for name in texts:
        left -= _GAP if shown else 0
        needed = _needed(name, cut.get(name, longest[name]))
        if shown and needed > left:
            if left >= _LEAST_WIDTH and name in (_PROSE | {"rule"}):
                shown[name] = None if name in _PROSE else left
            break
        left -= needed
        shown[name] = cut.get(name)
    return shown


def _cut(longest: Mapping[str, int], width: int) -> dict[str, int]:
    """The ids that are shortened, where all that stands before the first prose leaves it too little room."""
    names = list(longest)
    prose = next((place for place, name in enumerate(names) if name in _PROSE), 0)
    if sum(_needed(name, longest[name]) + _GAP for name in names[: prose + 1]) - _GAP <= width:
        return {}
    return {name: _ID_WIDTH for name in names[1:prose] if name in _IDS and longest[name] > _ID_WIDTH}


def _needed(name: str, longest: int) -> int:
    return min(longest, _PROSE_WIDTH) if name in _PROSE else longest


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
