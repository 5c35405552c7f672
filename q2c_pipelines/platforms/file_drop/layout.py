"""How a partner writes the files of one layout: what `options` of its table in platform.yaml may say.

table -> Layout: dialect, numbers, trailer, when a file is complete, and which file comes after which.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.spec import Platform, Table
from q2c_pipelines.yaml_file import faults

OURS = ("file_name", "row_number")  # where a line stood; no file says it
MANIFEST = ".manifest.json"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


class Layout(BaseModel):
    """One layout. Fields of a file are called by its header, or by the declared columns where it has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: tuple[str, ...]
    fields: tuple[str, ...]  # as a header names them, in the order they are declared
    numbers: frozenset[str] = frozenset()  # those of them that hold numbers
    times: dict[str, str] = {}  # how those of them that hold dates and times are written

    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: str = Field(default=".", min_length=1, max_length=1)
    thousands: str = Field(default="", max_length=1)
    sheet: str = ""  # of a workbook; none named: its first
    skip_lines: int = Field(default=0, ge=0)  # before the header
    header: bool = True
    trailer: str = ""  # the first field of the last line: mark, rows, and the sum of `amount` where that is declared
    amount: str = ""  # the field that control totals and balances are about

    complete_by: Literal["name", "manifest", "marker", "quiet"] = "name"
    marker: str = ".done"
    quiet_minutes: float = Field(default=5, ge=0)
    alert_minutes: float = Field(default=60, ge=0)  # how long what is incomplete waits before it is told
    sequence: re.Pattern[str] | Literal["manifest"] | None = (
        None  # a pattern on the name has a group `sequence`, may have `revision`
    )

    def takes(self, name: str) -> bool:
        """Whether a finished file of this name, with its folders below the root, is of this layout."""
        own = name.rpartition("/")[2]
        if own.startswith(".") or own.endswith((*_UNFINISHED, MANIFEST, self.marker)):
            return False
        return any(fnmatchcase(name, pattern) and name.count("/") == pattern.count("/") for pattern in self.patterns)

    @property
    def folders(self) -> list[str]:
        """The folders below the root that files of this layout lie in; they may have wildcards."""
        return sorted({pattern.rpartition("/")[0] for pattern in self.patterns})

    @property
    def is_plain(self) -> bool:
        """Whether numbers are written as the lake reads them."""
        return (self.decimal, self.thousands) == (".", "")

    @property
    def number(self) -> re.Pattern[str]:
        """A number as this layout writes it; a minus may stand before or after it."""
        mark, point = re.escape(self.thousands), re.escape(self.decimal)
        grouped = rf"\d{{1,3}}(?:{mark}\d{{3}})+|" if mark else ""
        return re.compile(rf"(?P<sign>[+-]?)\s*(?P<whole>{grouped}\d+)(?:{point}(?P<rest>\d+))?(?P<minus>-?)")


def layout_of(platform: Platform, table: Table) -> Layout:
    """The layout of a table. Raises Terminal naming the option that cannot be used."""
    own = {name: table.columns[name] for name in table.asked if name not in OURS}
    named = {name: column.path or name for name, column in own.items()}
    try:
        layout = Layout.model_validate(
            table.options
            | {
                "patterns": tuple(table.object.split(" | ")),
                "fields": tuple(named.values()),
                "numbers": frozenset(named[name] for name, column in own.items() if column.type.startswith(("decimal", "int"))),
                "times": {named[name]: column.format for name, column in own.items() if column.type in ("date", "timestamp")},
            }
        )
        if layout.amount and layout.amount not in layout.numbers:
            raise Terminal(f"{platform.title}: {table.name}: options.amount is {layout.amount!r}, which is no declared number")
    except ValidationError as error:
        raise Terminal(f"{platform.title}: the options of {table.name} in platform.yaml: {faults(error)}") from error
    return layout
